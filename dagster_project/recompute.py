"""Tables that can be computed again: the assets that do it, and what they tell of it."""

import time
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
SHOWN = 31  # days in the table of a materialisation


def recomputed(table: Table) -> dg.AssetsDefinition:
    """The asset of a table: a step of its own, so that its blocking check stands before what follows from it."""

    @dg.multi_asset(
        name=table.name.replace(".", "__"),
        specs=[spec_of_table(table)],
        partitions_def=DAYS,
        backfill_policy=AT_ONCE,
        retry_policy=RETRY,
        pool=SPARK,
    )
    def compute(
        context: dg.AssetExecutionContext, lakehouse: dg.ResourceParam[Lakehouse]
    ) -> dg.MaterializeResult[None]:
        from spark_jobs.ledger import Run, backfill_recorded

        began = time.monotonic()
        with lakehouse.session() as session:
            connected_s = time.monotonic() - began
            run, days = Run(context.run.run_id, datetime.now(UTC), actor()), days_of_run(context.run)
            written = backfill_recorded(session, lakehouse.settings, table.name, days, run)
        rows = {str(each.event_date): each.row_count for each in written.prints}
        for day in context.partition_keys:
            context.add_asset_metadata({"dagster/row_count": rows.get(day, 0)}, partition_key=day)
        return dg.MaterializeResult(key_of(table.name), metadata=told(written, connected_s))

    return compute


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
