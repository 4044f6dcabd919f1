"""Upkeep by schedule: every hour small files are taken together, every night what is over goes."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import dagster as dg

from dagster_project.resources import SPARK, Lakehouse, actor
from schemas.tables import TABLES
from schemas.topics import TOPICS

if TYPE_CHECKING:
    from spark_jobs.tables import Session
    from spark_jobs.upkeep import Done

RETRY = dg.RetryPolicy(max_retries=2, delay=60, backoff=dg.Backoff.EXPONENTIAL, jitter=dg.Jitter.PLUS_MINUS)


@dg.op(pool=SPARK, retry_policy=RETRY, description="OPTIMIZE each table, today's files among them.")
def optimise_tables(context: dg.OpExecutionContext, lakehouse: dg.ResourceParam[Lakehouse]) -> None:
    """Compact the small files of every table."""
    from spark_jobs.upkeep import optimise

    tomorrow = datetime.now(UTC).date() + timedelta(days=1)
    with lakehouse.session() as session, _audited(context, session, lakehouse, {"optimise": "all tables"}) as told:
        told(optimise(session, table, tomorrow) for table in TABLES)


@dg.op(pool=SPARK, retry_policy=RETRY, description="Delete days beyond DEPTHLAKE_RETENTION, and files nobody can read.")
def delete_what_is_over(context: dg.OpExecutionContext, lakehouse: dg.ResourceParam[Lakehouse]) -> None:
    """Retention, then VACUUM, then checkpoints of topics that are no more."""
    from spark_jobs.upkeep import clean_checkpoints, expirable, expire, first_kept, parse_retention, vacuum

    today, settings = datetime.now(UTC).date(), lakehouse.settings
    firsts = {name: first_kept(today, days) for name, days in parse_retention(settings.retention, expirable()).items()}
    inputs = {"vacuum": "all tables", "first_kept": {name: str(first) for name, first in firsts.items()}}
    with lakehouse.session() as session, _audited(context, session, lakehouse, inputs) as told:
        told(expire(session, table, firsts[table.name]) for table in TABLES if table.name in firsts)
        told(vacuum(session, table) for table in TABLES)
        told(clean_checkpoints(settings, TOPICS))


@contextmanager
def _audited(
    context: dg.OpExecutionContext, session: "Session", lakehouse: Lakehouse, inputs: Mapping[str, object]
) -> "Iterator[Callable[[Iterable[Done]], None]]":
    """Gives what tells the run's log of all that is done, and the audit log of what changed something."""
    from spark_jobs.audit import Deed, audited

    deed = Deed("MAINTENANCE", context.job_name, inputs, actor(), context.run_id)
    with audited(session, lakehouse.settings, deed) as said:

        def tell(done: "Iterable[Done]") -> None:
            for each in done:
                context.log.info(str(each))
                if each.count:
                    said.append(f"{each}.")

        yield tell


@dg.job(description="Compact small files.")
def hourly_upkeep() -> None:
    """One op."""
    optimise_tables()


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
