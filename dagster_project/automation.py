"""What happens by itself: streams are observed, yesterday is computed, what fails is told."""

import json
from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

import dagster as dg

from dagster_project.checks import CHECKS
from dagster_project.days import DAY_TAG
from dagster_project.lineage import key_of
from dagster_project.resources import Lakehouse
from pipelines.gold.daily.tables import DAILY
from schemas.errors import InstanceError
from spark_jobs.jobs import JOBS

if TYPE_CHECKING:
    from spark_jobs.observation import Observed

OBSERVE_S = 60
Seen = dg.SensorResult | dg.SkipReason

# What streams write batch by batch, a row a key and batch: computed again it is a row a key.
PARTIALS = [step.table.name for job in JOBS for step in job.steps if step.table.layer == "gold"]

gold_of_a_day = dg.define_asset_job(
    "gold_of_a_day",
    selection=dg.AssetSelection.assets(*map(key_of, (*PARTIALS, *(daily.table.name for daily in DAILY)))),
    description="Partials folded and the tables by the day computed, of a day that is over.",
)
quality_of_a_day = dg.define_asset_job(
    "quality_of_a_day",
    selection=dg.AssetSelection.checks(*CHECKS),
    description="Every suite of expectations, of a day.",
)
RUNNING = dg.DefaultScheduleStatus.RUNNING
# Half an hour past midnight UTC: what comes late has come.
nightly = dg.build_schedule_from_partitioned_job(
    gold_of_a_day, hour_of_day=0, minute_of_hour=30, default_status=RUNNING
)


@dg.schedule(job=quality_of_a_day, cron_schedule="0 2 * * *", default_status=RUNNING)
def daily_quality(context: dg.ScheduleEvaluationContext) -> dg.RunRequest:
    """What yesterday's rows look like, when they are all there."""
    day = str(context.scheduled_execution_time.date() - timedelta(days=1))
    return dg.RunRequest(run_key=day, tags={DAY_TAG: day})


@dg.sensor(
    minimum_interval_seconds=OBSERVE_S,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Offsets, lag and batch time of each topic; it asks the broker, not the lakehouse.",
)
def topics(context: dg.SensorEvaluationContext, lakehouse: dg.ResourceParam[Lakehouse]) -> Seen:
    """An observation of each topic that is not as it was when it was last observed; none while no broker answers."""
    from spark_jobs.observation import observe_topics

    try:
        return observed(list(observe_topics(lakehouse.settings)), context.cursor)
    except InstanceError as error:
        return dg.SkipReason(str(error))


@dg.sensor(
    minimum_interval_seconds=OBSERVE_S,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="The Delta version of each table that streams write; it reads their logs, and asks no lakehouse.",
)
def streams(context: dg.SensorEvaluationContext, lakehouse: dg.ResourceParam[Lakehouse]) -> Seen:
    """An observation of each table that is not as it was when it was last observed."""
    from spark_jobs.observation import observe_tables

    return observed(list(observe_tables(lakehouse.settings)), context.cursor)


def observed(found: "Sequence[Observed]", cursor: str | None) -> dg.SensorResult:
    """An observation of each that has another state than in the cursor."""
    before = json.loads(cursor or "{}")
    events = [
        dg.AssetObservation(key_of(each.name), metadata=dict(each.facts))
        for each in found
        if before.get(each.name) != each.state
    ]
    return dg.SensorResult(asset_events=events, cursor=json.dumps({each.name: each.state for each in found}))


SCHEDULES = [nightly, daily_quality]
SENSORS = [topics, streams]
ASSET_JOBS = [gold_of_a_day, quality_of_a_day]
