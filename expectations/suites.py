"""The suites of all tables and views that have something to hold, by name."""

from expectations import (
    suites_bronze,
    suites_daily,
    suites_partials,
    suites_records,
    suites_research,
    suites_silver,
    suites_views,
)
from expectations.checks import Suite
from schemas.errors import QualityError

SUITES: dict[str, Suite] = {
    suite.name: suite
    for module in (
        *(suites_bronze, suites_silver, suites_partials, suites_daily),
        *(suites_records, suites_research, suites_views),
    )
    for suite in module.SUITES
}


def suite_named(name: str) -> Suite:
    """The suite of a table or view. Raises QualityError, naming those there are, when it has none."""
    if name not in SUITES:
        raise QualityError(f"{name} has no suite of expectations: there are {', '.join(sorted(SUITES))}.")
    return SUITES[name]
