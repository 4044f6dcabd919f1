"""What happens by itself: streams are observed, yesterday is computed, what fails is told."""

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

import dagster as dg

from dagster_project.lineage import key_of
from dagster_project.resources import Lakehouse
from pipelines.gold.daily.tables import DAILY

if TYPE_CHECKING:
    from spark_jobs.observation import Observed

OBSERVE_S = 60

gold_of_a_day = dg.define_asset_job(
    "gold_of_a_day",
    selection=dg.AssetSelection.assets(*(key_of(daily.table.name) for daily in DAILY)),
    description="The tables by the day, of a day that is over.",
)
# Half an hour past midnight UTC: what comes late has come.
nightly = dg.build_schedule_from_partitioned_job(
    gold_of_a_day, hour_of_day=0, minute_of_hour=30, default_status=dg.DefaultScheduleStatus.RUNNING
)


@dg.sensor(
    minimum_interval_seconds=OBSERVE_S,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Offsets, lag and batch time of each topic; it asks the broker, not the lakehouse.",
)
def topics(context: dg.SensorEvaluationContext, lakehouse: dg.ResourceParam[Lakehouse]) -> dg.SensorResult:
    """An observation of each topic that is not as it was when it was last observed."""
    from spark_jobs.observation import observe_topics

    return observed(list(observe_topics(lakehouse.settings)), context.cursor)


@dg.sensor(
    minimum_interval_seconds=OBSERVE_S,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="The Delta version of each table that streams write.",
)
def streams(context: dg.SensorEvaluationContext, lakehouse: dg.ResourceParam[Lakehouse]) -> dg.SensorResult:
    """An observation of each table that is not as it was when it was last observed."""
    from spark_jobs.observation import observe_tables

    with lakehouse.session() as session:
        return observed(list(observe_tables(session)), context.cursor)


def observed(found: "Sequence[Observed]", cursor: str | None) -> dg.SensorResult:
    """An observation of each that has another state than in the cursor."""
    before = json.loads(cursor or "{}")
    events = [
        dg.AssetObservation(key_of(each.name), metadata=dict(each.facts))
        for each in found
        if before.get(each.name) != each.state
    ]
    return dg.SensorResult(asset_events=events, cursor=json.dumps({each.name: each.state for each in found}))


SCHEDULES = [nightly]
SENSORS = [topics, streams]
JOBS = [gold_of_a_day]
