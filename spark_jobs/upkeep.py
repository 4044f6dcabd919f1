"""Upkeep of the lake through its door: small files become large ones, what nobody can read any more goes."""

import shutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from fnmatch import fnmatch
from pathlib import Path

from schemas.errors import SettingsError
from schemas.registry import Table, Topic
from schemas.tables import TABLES
from spark_jobs.progress import stream_name
from spark_jobs.settings import Settings
from spark_jobs.tables import Session

# Readers of an older version, and whoever travels back in time, have a week before its files go.
VACUUM_H = 7 * 24
SMALL = 16 * 1024**2  # bytes


@dataclass(frozen=True)
class Done:
    """What was done to a table or folder, in a word, and how much of it."""

    name: str
    action: str
    count: int

    def __str__(self) -> str:
        """As `VACUUM of silver.trades: 12`."""
        return f"{self.action} of {self.name}: {self.count:,}"


def optimise(session: Session, table: Table, before: date) -> Done:
    """Compact the files below SMALL of the days before one; gives how many were taken together.

    Larger ones stay: the row that streams write in the morning is not written again each hour of the day. The rows stay
    as they are, and streams may append meanwhile. Raises what Delta says when a backfill replaces one of the days at
    the same time: then the backfill has won.
    """
    return _optimise(session, table, f"{table.partition_by} < DATE'{before}'")


def compact(session: Session, table: Table, day: date) -> Done:
    """The same of one day, to which streams write."""
    return _optimise(session, table, f"{table.partition_by} = DATE'{day}'")


def vacuum(session: Session, table: Table) -> Done:
    """Delete the files that no version of the last week has; gives how many there were."""
    found = session.sql(f"VACUUM {table.name} RETAIN {VACUUM_H} HOURS DRY RUN").count()
    if found:
        session.sql(f"VACUUM {table.name} RETAIN {VACUUM_H} HOURS").collect()
    return Done(table.name, "VACUUM", found)


def expire(session: Session, table: Table, first: date) -> Done:
    """Delete the days before the first that is kept; gives how many rows went. Older versions keep them for a week."""
    condition = f"{table.partition_by} < DATE'{first}'"
    count = session.table(table.name).where(condition).count()
    if count:
        session.sql(f"DELETE FROM {table.name} WHERE {condition}").collect()
    return Done(table.name, "EXPIRE", count)


def clean_checkpoints(settings: Settings, topics: Iterable[Topic]) -> Iterator[Done]:
    """Delete the checkpoints of topics that were deleted and made again: no stream goes on from there."""
    for topic in topics:
        current = settings.checkpoints / stream_name(settings, topic)
        for old in _others(current):
            shutil.rmtree(old)
            yield Done(f"{topic.name}/{old.name}", "CHECKPOINT", 1)


def expirable() -> list[str]:
    """The names of the tables whose old days may be deleted: all but those that only ever grow."""
    return [table.name for table in TABLES if not table.is_append_only]


def parse_retention(text: str, names: Iterable[str]) -> dict[str, int]:
    """Days to keep, by table, from `bronze.*=30 silver.quotes=90`: of several that fit a table the last counts.

    Raises SettingsError, naming the part, when one is no pattern with a number of days or fits no table.
    """
    known, kept = list(names), dict[str, int]()
    for part in text.split():
        pattern, _, days = part.partition("=")
        fits = [name for name in known if fnmatch(name, pattern)]
        if not days.isdecimal() or not int(days):
            raise SettingsError(f"DEPTHLAKE_RETENTION: {part!r} is no table with its days: write it as bronze.*=30.")
        if not fits:
            raise SettingsError(f"DEPTHLAKE_RETENTION: {pattern!r} fits no table: there are {', '.join(known)}.")
        kept |= dict.fromkeys(fits, int(days))
    return kept


def first_kept(today: date, days: int) -> date:
    """The first day that is kept, today and so many days before it."""
    return today - timedelta(days=days)


def _optimise(session: Session, table: Table, condition: str) -> Done:
    session.conf.set("spark.databricks.delta.optimize.minFileSize", str(SMALL))
    (row,) = session.sql(f"OPTIMIZE {table.name} WHERE {condition}").select("metrics.numFilesRemoved").collect()
    return Done(table.name, "OPTIMIZE", int(row[0]))


def _others(current: Path) -> list[Path]:
    return [path for path in current.parent.glob("*") if path.is_dir() and path != current]
