"""Suites of expectations as asset checks, and what the ledgers say as checks."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import dagster as dg

from dagster_project.days import days_if_any
from dagster_project.lineage import key_of
from dagster_project.resources import SPARK, Lakehouse
from expectations.checks import Suite
from expectations.suites import SUITES
from schemas.parity import PARITY

if TYPE_CHECKING:
    from spark_jobs.quality import Outcome, QualityResult

CRITICAL = "critical"
SHOWN = 10  # rows of an expectation that does not hold


def expected(suite: Suite) -> dg.AssetChecksDefinition:
    """The suite of a table: what a critical expectation refuses does not go on to what follows from it.

    It is asked about the days of the run, where the table has days and the run is about some, or about all of it.
    """

    @dg.asset_check(
        asset=key_of(suite.name),
        name="expectations",
        description="; ".join(check.sentence for check in suite.checks),
        blocking=any(check.severity == CRITICAL for check in suite.checks),
        pool=SPARK,
    )
    def run(context: dg.AssetCheckExecutionContext, lakehouse: dg.ResourceParam[Lakehouse]) -> dg.AssetCheckResult:
        from spark_jobs.quality import append_results, read_rows, run_suite

        days = days_if_any(context.run) if suite.day_column else None
        with lakehouse.session() as session:
            rows = read_rows(session, suite, days)
            result = run_suite(rows, suite, days.begin if days and days.begin == days.end else None)
            append_results(session, [result], context.run.run_id, datetime.now(UTC))
        return told(result)

    return run


@dg.asset_check(
    asset=key_of(PARITY.name),
    name="paths_agree",
    description="In the last run of depthlake parity, backfill and replay came to what the stream came to.",
    pool=SPARK,
)
def paths_agree(lakehouse: dg.ResourceParam[Lakehouse]) -> dg.AssetCheckResult:
    """Passes when every table and day of the last run is equal by all paths; there must have been a run."""
    query = f"""
SELECT run_ts, count(*) AS entries, count_if(NOT is_equal) AS unequal FROM {PARITY.name}
GROUP BY run_ts ORDER BY run_ts DESC LIMIT 1"""
    with lakehouse.session() as session:
        found = session.sql(query).collect()
    if not found:
        return dg.AssetCheckResult(passed=False, severity=dg.AssetCheckSeverity.WARN, description="It was never run.")
    (row,) = found
    metadata = {"run": str(row.run_ts), "tables_and_days": row.entries, "unequal": row.unequal}
    return dg.AssetCheckResult(passed=row.unequal == 0, metadata=metadata)


def told(result: "QualityResult") -> dg.AssetCheckResult:
    """A suite's result: what was seen, and rows that break it."""
    severity = dg.AssetCheckSeverity.ERROR if result.is_blocked else dg.AssetCheckSeverity.WARN
    held = len(result.outcomes) - len(result.failures)
    metadata: dict[str, dg.MetadataValue] = {
        "expectations": dg.MetadataValue.int(len(result.outcomes)),
        "held": dg.MetadataValue.int(held),
        "seconds": dg.MetadataValue.float(round(result.seconds, 2)),
    }
    if result.failures:
        metadata["failures"] = dg.MetadataValue.md("\n\n".join(map(_markdown, result.failures)))
    return dg.AssetCheckResult(passed=not result.failures, severity=severity, metadata=metadata)


def _markdown(outcome: "Outcome") -> str:
    """An expectation that does not hold: its sentence, how many rows, some of them."""
    count = "" if outcome.unexpected_count is None else f" ({outcome.unexpected_count:,} rows)"
    rows = [f"    {row}" for row in outcome.sample[:SHOWN]]
    seen = f"Seen: {outcome.observed_value}" if outcome.observed_value else ""
    return "\n".join([f"**{outcome.check.severity}**: {outcome.check.sentence}{count}. {seen}", "", *rows])


CHECKS = [*(expected(suite) for suite in SUITES.values()), paths_agree]
