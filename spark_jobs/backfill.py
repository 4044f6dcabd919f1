"""Backfills: days of silver, and of what follows from it, computed again from bronze while the streams go on.

The rows come from the builders that the stream uses. What a day had is replaced in one commit, and the tables of a
topic are read at versions that belong together. A batch with rows of the day that came between those versions and the
commit would be lost: then the days are computed once more, as they are when anything but a stream wrote meanwhile. One
that comes after the commit is an append like any other.
"""

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

from pyspark.sql import DataFrame, Row

from pipelines.gold.daily.declare import Daily
from pipelines.gold.daily.tables import DAILY
from pipelines.silver.repeats import SeenSequences, filter_first
from schemas.errors import LakeError, SettingsError
from spark_jobs.books import rebuild
from spark_jobs.cuts import reached_in, take_cut
from spark_jobs.jobs import JOBS, Step, TopicJob
from spark_jobs.mishaps import SPARK_ERRORS, full_disk_said, is_conflict
from spark_jobs.offsets import BatchOffsets
from spark_jobs.parity.ledger import Print, take_prints
from spark_jobs.refresh import Days, build, daily_named, read_input
from spark_jobs.states import States
from spark_jobs.tables import Session, history, read_version, read_versions
from spark_jobs.worker import Plan, Target, build_rows, judge_records

TRIES = 5
BOOK = ("producer_id", "symbol", "venue")
NOWHERE = Target("", BatchOffsets({}, {}), States(""))  # of a step without state
# Rows of bronze in the columns of Spark's Kafka source.
RECORDS = (
    *("raw_key AS key", "raw_value AS value", "kafka_partition AS partition", "kafka_offset AS offset"),
    "kafka_ts AS timestamp",
)


@dataclass(frozen=True)
class Written:
    """What became of days of a table: a print of each, the versions read and the one written, and how long it took.

    `before` are the prints of what was replaced.
    """

    table_name: str
    prints: Sequence[Print]
    before: Sequence[Print]
    versions_read: Mapping[str, int]
    version: int
    took_s: float

    @property
    def row_count(self) -> int:
        """Rows of all days."""
        return sum(each.row_count for each in self.prints)

    @property
    def changed_days(self) -> list[date]:
        """The days that have other rows than before, in order."""
        found = {*self.prints} ^ {*self.before}
        return sorted({each.event_date for each in found if each.event_date})


def backfillable() -> list[str]:
    """The names of the tables that can be computed again, in the order in which they follow from each other."""
    of_topics = [table.name for job in JOBS for table in (job.silver, *(step.table for step in job.steps))]
    return [*of_topics, *(daily.table.name for daily in DAILY)]


def closed_days(begin: date, end: date, now: datetime) -> Days:
    """Days that are over. Raises SettingsError when they are in the wrong order, or one is not over at `now`."""
    if begin > end:
        raise SettingsError(f"The days go from {begin} to {end}: give the earlier one first.")
    if end >= now.astimezone(UTC).date():
        raise SettingsError(f"{end} is not over in UTC, and streams write to it: give days before {now:%Y-%m-%d}.")
    return Days(begin, end)


def backfill(session: Session, name: str, days: Days, moment: datetime) -> Written:
    """Compute days of a table again and replace what it has of them; `moment` stands in the rows' ingest_ts.

    Silver follows from bronze, what a stream makes of silver from silver, a table by the day from its inputs.
    Raises LakeError when others keep writing to the days or the disk is full, SettingsError when nothing computes the
    table.
    """
    if name not in backfillable():
        raise SettingsError(f"{name} cannot be computed again: there are {', '.join(backfillable())}.")
    state = "nothing was changed"
    for _ in range(TRIES):
        began = time.monotonic()
        source = _source(session, name, days, moment)
        with full_disk_said(f"{name}, {days}", state):
            commit = _replace(session, name, source.rows, days)
        if commit is None:
            continue
        if source.base is None or not _is_overtaken(session, name, days, source.base, commit.readVersion):
            took_s = time.monotonic() - began
            before, after = (_prints(session, name, days, at) for at in (commit.readVersion, commit.version))
            return Written(name, after, before, source.read, commit.version, took_s)
        state = "rows that arrived meanwhile may be missing there"
    raise LakeError(f"Others keep writing to {days} of {name}: {state}; run this again when they do not.")


@dataclass(frozen=True)
class _Source:
    """Rows of the days, the versions they follow from, and the table's version that has the same batches, if any."""

    rows: DataFrame
    read: Mapping[str, int]
    base: int | None = None


def _source(session: Session, name: str, days: Days, moment: datetime) -> _Source:
    for job in JOBS:
        if name == job.silver.name:
            return _from_bronze(session, job, days, moment)
        for step in job.steps:
            if name == step.table.name:
                return _from_silver(session, job, step, days, moment)
    return _from_inputs(session, daily_named(name), days)


def _from_bronze(session: Session, job: TopicJob, days: Days, moment: datetime) -> _Source:
    """Each message counts where it was delivered first. No event is delivered a day before it is."""
    cut = take_cut(session, job)
    name = job.bronze.name
    bronze = read_version(session, name, cut[name]).where(f"ingest_date >= DATE'{days.begin - timedelta(days=1)}'")
    judged = judge_records(bronze.selectExpr(*RECORDS), Plan(job.topic.name, moment, SeenSequences()))
    accepted = judged.where(f"size(violations) = 0 AND {days.condition}")
    rows = filter_first(accepted, accepted.where("false"))
    return _Source(rows, {name: cut[name]}, cut[job.silver.name])


def _from_silver(session: Session, job: TopicJob, step: Step, days: Days, moment: datetime) -> _Source:
    cut = take_cut(session, job)
    name = job.silver.name
    silver = read_version(session, name, cut[name])
    rows = _rebuilt(silver, days) if step.thaw else build_rows(silver.where(days.condition), step, NOWHERE)
    return _Source(rows, {name: cut[name]}, cut[step.table.name])


def _rebuilt(depth: DataFrame, days: Days) -> DataFrame:
    """Books of the days; of each book the messages of all days, as what it is follows from what it was."""
    of_days = depth.where(days.condition).select(*BOOK).distinct()
    return rebuild(depth.join(of_days, list(BOOK), "left_semi")).where(days.condition)


def _from_inputs(session: Session, daily: Daily, days: Days) -> _Source:
    """Rows of a table by the day, from its inputs as they are."""
    read = read_versions(session, [each.name for each in daily.inputs])
    rows = build(daily, {each.name: read_input(session, each, days, read[each.name]) for each in daily.inputs})
    return _Source(rows, read)


def _replace(session: Session, name: str, rows: DataFrame, days: Days) -> Row | None:
    """Rows in the place of those that the table has of the days; the commit, as its history tells it.

    None when another committed to the days meanwhile: then nothing was written.
    """
    mark = json.dumps({"backfill": uuid4().hex})
    columns = session.table(name).columns
    writer = rows.select(*columns).write.format("delta").mode("overwrite").option("replaceWhere", days.condition)
    try:
        writer.option("userMetadata", mark).saveAsTable(name)
    except SPARK_ERRORS as error:
        if is_conflict(error):
            return None
        raise
    return next(commit for commit in history(session, name) if commit.userMetadata == mark)


def _prints(session: Session, name: str, days: Days, version: int) -> list[Print]:
    """A print of each of the days that has rows in a version of a table."""
    return take_prints(session, name, f"(SELECT * FROM {name} VERSION AS OF {version} WHERE {days.condition})")


def _is_overtaken(session: Session, name: str, days: Days, before: int, after: int) -> bool:
    """Whether, between two versions of a table, rows of the days came to it, or another than a stream changed rows."""
    if before == after:
        return False
    between = [commit for commit in history(session, name) if before < commit.version <= after]
    if not all(commit.operation == "OPTIMIZE" or reached_in([commit]) for commit in between):
        return True
    counts = {read_version(session, name, version).where(days.condition).count() for version in (before, after)}
    return len(counts) > 1
