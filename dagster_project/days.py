"""Days as partitions."""

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import dagster as dg

if TYPE_CHECKING:
    from spark_jobs.refresh import Days

FIRST_DAY = "2020-01-01"
# A day is there when it is over: streams write to the one that is not.
DAYS = dg.DailyPartitionsDefinition(FIRST_DAY)
# A range of days is one run, and one Spark job a table.
AT_ONCE = dg.BackfillPolicy.single_run()
DAY_TAG = "depthlake/day"  # of a run without partitions that is about a day
RANGE = ("dagster/asset_partition_range_start", "dagster/asset_partition_range_end")
ONE_DAY = ("dagster/partition", "dagster/partition")
DAY_OF_SEVERAL = ("dagster/partition/day", "dagster/partition/day")  # of partitions by day and something else
SPANS = (DAY_OF_SEVERAL, RANGE, ONE_DAY)


def days_of_run(run: dg.DagsterRun) -> "Days":
    """The days that a run is about. Raises SettingsError when one of them is not over."""
    from spark_jobs.backfill import closed_days

    begin, end = next((run.tags[first], run.tags[last]) for first, last in SPANS if first in run.tags)
    return closed_days(date.fromisoformat(begin), date.fromisoformat(end), datetime.now(UTC))


def days_if_any(run: dg.DagsterRun) -> "Days | None":
    """The days that a run is about, by its partitions or its tag, or None when it is about all."""
    from spark_jobs.refresh import Days

    if day := run.tags.get(DAY_TAG):
        return Days(date.fromisoformat(day), date.fromisoformat(day))
    return days_of_run(run) if any(first in run.tags for first, _ in SPANS) else None
