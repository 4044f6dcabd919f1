"""Days as partitions."""

from datetime import timedelta
from typing import TYPE_CHECKING

import dagster as dg

if TYPE_CHECKING:
    from spark_jobs.refresh import Days

FIRST_DAY = "2020-01-01"
# A day is there when it is over: streams write to the one that is not.
DAYS = dg.DailyPartitionsDefinition(FIRST_DAY)
# A range of days is one run, and one Spark job a table.
AT_ONCE = dg.BackfillPolicy.single_run()


def days_of_run(context: dg.AssetExecutionContext) -> "Days":
    """The days that a run is about. Raises SettingsError when one of them is not over."""
    from datetime import UTC, datetime

    from spark_jobs.backfill import closed_days

    window = context.partition_time_window
    return closed_days(window.start.date(), (window.end - timedelta(days=1)).date(), datetime.now(UTC))
