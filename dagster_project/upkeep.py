"""Upkeep by schedule: every hour small files are taken together, every night what is over goes."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import dagster as dg

from dagster_project.resources import SPARK, Lakehouse
from schemas.tables import TABLES
from schemas.topics import TOPICS

RETRY = dg.RetryPolicy(max_retries=2, delay=60, backoff=dg.Backoff.EXPONENTIAL, jitter=dg.Jitter.PLUS_MINUS)


@dg.op(pool=SPARK, retry_policy=RETRY, description="OPTIMIZE each table, today's files among them.")
def optimise_today(context: dg.OpExecutionContext, lakehouse: dg.ResourceParam[Lakehouse]) -> None:
    """Compact the small files of every table."""
    from spark_jobs.upkeep import optimise

    tomorrow = datetime.now(UTC).date() + timedelta(days=1)
    with lakehouse.session() as session:
        _tell(context, (optimise(session, table, tomorrow) for table in TABLES))


@dg.op(pool=SPARK, retry_policy=RETRY, description="Delete days beyond DEPTHLAKE_RETENTION, and files nobody can read.")
def delete_what_is_over(context: dg.OpExecutionContext, lakehouse: dg.ResourceParam[Lakehouse]) -> None:
    """Retention, then VACUUM, then checkpoints of topics that are no more."""
    from spark_jobs.upkeep import clean_checkpoints, expire, first_kept, parse_retention, vacuum

    today, names = datetime.now(UTC).date(), [table.name for table in TABLES]
    kept = parse_retention(lakehouse.settings.retention, names)
    with lakehouse.session() as session:
        old = (expire(session, t, first_kept(today, kept[t.name])) for t in TABLES if t.name in kept)
        _tell(context, old)
        _tell(context, (vacuum(session, table) for table in TABLES))
    _tell(context, clean_checkpoints(lakehouse.settings, TOPICS))


def _tell(context: dg.OpExecutionContext, done: Iterable[object]) -> None:
    for each in done:
        context.log.info(str(each))


@dg.job(description="Compact small files.")
def hourly_upkeep() -> None:
    """One op."""
    optimise_today()


@dg.job(description="Delete what is beyond its retention, unreadable files, dead checkpoints.")
def nightly_upkeep() -> None:
    """One op."""
    delete_what_is_over()


JOBS = [hourly_upkeep, nightly_upkeep]
RUNNING = dg.DefaultScheduleStatus.RUNNING
SCHEDULES = [
    dg.ScheduleDefinition(job=hourly_upkeep, cron_schedule="20 * * * *", default_status=RUNNING),
    dg.ScheduleDefinition(job=nightly_upkeep, cron_schedule="0 3 * * *", default_status=RUNNING),
]
