"""Silver: written by the streams, computed again from bronze by day, with what the streams make of it."""

import dagster as dg

from dagster_project.lineage import spec_of_table
from dagster_project.recompute import recomputed
from spark_jobs.jobs import JOBS

# Partials are cut as the micro-batches were: only what folds them is the same.
ASSETS: list[dg.AssetsDefinition | dg.AssetSpec] = [
    *(
        recomputed(table, is_compared=table.layer == "silver")
        for job in JOBS
        for table in (job.silver, *(step.table for step in job.steps))
    ),
    *(spec_of_table(job.rejected) for job in JOBS),
]
