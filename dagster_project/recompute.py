"""Tables that can be computed again: the assets that do it, and what they tell of it."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import dagster as dg

from dagster_project.days import AT_ONCE, DAYS, days_of_run
from dagster_project.lineage import key_of, spec_of_table
from dagster_project.resources import SPARK, Lakehouse, actor
from schemas.registry import Table

if TYPE_CHECKING:
    from spark_jobs.backfill import Written

RETRY = dg.RetryPolicy(max_retries=2, delay=10, backoff=dg.Backoff.EXPONENTIAL)
AS_STREAMED = "backfill_equals_stream"
SHOWN = 31  # days in the table of a materialisation


def recomputed(table: Table, *, is_compared: bool = False) -> dg.AssetsDefinition:
    """The asset of a table: a step of its own, so that its blocking check stands before what follows from it.

    Where `is_compared`, a check says whether the rows that it replaces, those of the stream, were the same.
    """
    key = key_of(table.name)
    sentence = "What a backfill computes from bronze is what the stream had written, row for row."

    @dg.multi_asset(
        name=table.name.replace(".", "__"),
        specs=[spec_of_table(table)],
        check_specs=[dg.AssetCheckSpec(AS_STREAMED, asset=key, description=sentence)] if is_compared else [],
        partitions_def=DAYS,
        backfill_policy=AT_ONCE,
        retry_policy=RETRY,
        pool=SPARK,
    )
    def compute(
        context: dg.AssetExecutionContext, lakehouse: dg.ResourceParam[Lakehouse]
    ) -> Iterator[dg.MaterializeResult[None]]:
        written, connected_s = _backfilled(context.run, lakehouse, table)
        rows = {str(each.event_date): each.row_count for each in written.prints}
        for day in context.partition_keys:
            context.add_asset_metadata({"dagster/row_count": rows.get(day, 0)}, partition_key=day)
        checks = [compared(written)] if is_compared else []
        yield dg.MaterializeResult(key, metadata=told(written, connected_s), check_results=checks)

    return compute


def _backfilled(run: dg.DagsterRun, lakehouse: Lakehouse, table: Table) -> "tuple[Written, float]":
    """What the days of a run came to, and the seconds until the lakehouse answered."""
    from spark_jobs.ledger import Run, backfill_recorded

    began = time.monotonic()
    with lakehouse.session() as session:
        connected_s = time.monotonic() - began
        named = Run(run.run_id, datetime.now(UTC), actor())
        return backfill_recorded(session, lakehouse.settings, table.name, days_of_run(run), named), connected_s


def told(written: "Written", connected_s: float) -> dict[str, dg.MetadataValue]:
    """What a materialisation shows: rows, versions, how long it took and how long until the lakehouse answered."""
    return {
        "rows": dg.MetadataValue.int(written.row_count),
        "delta_version": dg.MetadataValue.int(written.version),
        "versions_read": dg.MetadataValue.json(dict(written.versions_read)),
        "seconds_to_connect": dg.MetadataValue.float(round(connected_s, 2)),
        "seconds": dg.MetadataValue.float(round(written.took_s, 2)),
        "days": dg.MetadataValue.md(days_table(written)),
    }


def compared(written: "Written") -> dg.AssetCheckResult:
    """Passes when every day has the rows that it had before."""
    changed = written.changed_days
    counts = {each.event_date: each.row_count for each in written.before}
    lines = [f"| {day} | {counts.get(day, 0):,} |" for day in changed]
    table = "\n".join(["| day | rows that were replaced |", "|---|---:|", *lines])
    return dg.AssetCheckResult(
        passed=not changed,
        check_name=AS_STREAMED,
        severity=dg.AssetCheckSeverity.WARN,
        description=f"{len(changed)} days had other rows; they are replaced." if changed else "Every day is as it was.",
        metadata={"days": dg.MetadataValue.md(table)} if changed else {},
    )


def days_table(written: "Written") -> str:
    """A Markdown table of the last days that have rows: rows, a bar in proportion to them, and hash."""
    found = [each for each in written.prints if each.event_date][-SHOWN:]
    if not found:
        return "No rows."
    most = max(each.row_count for each in found)
    lines = [
        f"| {each.event_date} | {each.row_count:,} | {'█' * round(20 * each.row_count / most)} | `{each.hash[:12]}` |"
        for each in found
    ]
    return "\n".join(["| day | rows | | hash |", "|---|---:|:---|---|", *lines])
