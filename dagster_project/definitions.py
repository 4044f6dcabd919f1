"""What Dagster loads: `dagster_project.definitions`. No JVM starts; work goes to the lakehouse that runs."""

import os

import dagster as dg

from dagster_project import (
    alerts,
    automation,
    bronze,
    checks,
    dashboards,
    freshness,
    gold,
    recordings,
    research,
    silver,
    topics,
    upkeep,
)
from dagster_project.resources import Lakehouse
from spark_jobs.settings import Settings

defs = dg.Definitions(
    assets=[
        *recordings.ASSETS,
        *topics.ASSETS,
        *bronze.ASSETS,
        *silver.ASSETS,
        *gold.ASSETS,
        *research.ASSETS,
        *dashboards.ASSETS,
    ],
    asset_checks=[*checks.CHECKS, *freshness.CHECKS],
    jobs=[*automation.ASSET_JOBS, *research.ASSET_JOBS, *upkeep.JOBS],
    schedules=[*automation.SCHEDULES, *research.SCHEDULES, *upkeep.SCHEDULES],
    sensors=[*automation.SENSORS, *freshness.SENSORS, *recordings.SENSORS, *alerts.SENSORS],
    resources={"lakehouse": Lakehouse(Settings.from_environment(os.environ))},
    executor=dg.in_process_executor,  # what Spark does is one at a time anyway, and a process a step costs seconds
)
