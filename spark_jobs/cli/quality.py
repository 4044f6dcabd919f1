"""`quality`."""

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from schemas.errors import QualityError
from spark_jobs.cli.context import Caller, caller

if TYPE_CHECKING:
    from spark_jobs.quality import Outcome, QualityResult


def quality(
    context: typer.Context,
    tables: Annotated[list[str] | None, typer.Argument(help="Tables and views; without any all of them.")] = None,
    day: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], metavar="DAY", help="A UTC day of each table's partition; else all of it."),
    ] = None,
    docs: Annotated[bool, typer.Option("--docs", help="Write pages too, below <home>/expectations/docs.")] = False,
) -> None:
    """Say what holds of tables, and show rows that break it.

    Each table has a suite of expectations. What they find is printed and appended to gold.data_quality. Exit code 1
    when a critical one does not hold. Needs `up`.

    Example: `depthlake quality silver.trades gold.obi_100ms --day 2024-08-08`
    """
    from spark_jobs.audit import new_run_id
    from spark_jobs.cli.query import open_door
    from spark_jobs.quality import append_results, check, require_passed

    who, run_id, check_ts = caller(context), new_run_id(), datetime.now(UTC)
    asked = day.date() if day else None
    names = choose_suites(tables or [], asked)
    results = []
    with open_door(who.settings) as session:
        for name in names:
            results.append(check(session, name, asked))
            for line in lines_of(results[-1]):
                who.out.print(line, markup=False)
        who.say(f"Appended {append_results(session, results, run_id, check_ts)} rows to gold.data_quality.")
    if docs:
        _write_docs(who, results, run_id, check_ts)
    require_passed(results)


def choose_suites(tables: list[str], day: date | None) -> list[str]:
    """The named suites; without names all, or with a day all that have days. Raises QualityError on a bad name."""
    from expectations.suites import SUITES, suite_named

    suites = [suite_named(name) for name in tables] or [s for s in SUITES.values() if s.day_column or not day]
    if without := [suite.name for suite in suites if day and not suite.day_column]:
        raise QualityError(f"{', '.join(without)} has no days: leave --day out, or the name.")
    return [suite.name for suite in suites]


def lines_of(result: "QualityResult") -> list[str]:
    """A line on the suite, and of each expectation that does not hold its sentence and some rows."""
    held = len(result.outcomes) - len(result.failures)
    of = f" of {result.day}" if result.day else ""
    first = f"{result.table_name}{of}: passed {held} of {len(result.outcomes)}, {result.seconds:.1f} s"
    return [first, *(line for outcome in result.failures for line in _lines(outcome))]


def _lines(outcome: "Outcome") -> list[str]:
    count = "" if outcome.unexpected_count is None else f", but not of {outcome.unexpected_count:,}"
    head = f"  {outcome.check.severity}: {outcome.check.sentence}{count}"
    return [head, *(f"    {row}" for row in outcome.sample)]


def _write_docs(who: Caller, results: "list[QualityResult]", run_id: str, check_ts: datetime) -> None:
    from spark_jobs.data_docs import write_docs

    who.say(f"Pages: {write_docs(who.settings.home / 'expectations' / 'docs', results, run_id, check_ts)}")
