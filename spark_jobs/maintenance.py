"""Upkeep of the tables beside the streams, which never wait for it.

Each commit adds a small file or two to a table, and who reads the table opens each of them, which costs more than its
rows: of gold's partial aggregates, which people look at while they grow, those of today become large ones.
"""

import logging
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path

from schemas import gold
from schemas.registry import Table
from spark_jobs.io import Lake
from spark_jobs.logs import count_small
from spark_jobs.mishaps import SPARK_ERRORS, is_conflict
from spark_jobs.pools import beside
from spark_jobs.upkeep import SMALL, compact

log = logging.getLogger(__name__)

CHECKPOINT_AFTER = 100  # commits
SMALL_FILES = 1_000  # to take them together costs a second of a core for each fifty, and opens them once
EVERY_S = 5.0  # a look at every table is some hundred calls into the JVM


@contextmanager
def maintenance(lake: Lake, tables: Sequence[Table]) -> Iterator[None]:
    """Keep tables up in a thread of its own while the block runs; what it does last is finished at the end."""
    with beside(lake.spark, "maintenance", partial(_keep_up, lake, tables)):
        yield


def keep_up(lake: Lake, tables: Sequence[Table], stop: threading.Event) -> list[str]:
    """Checkpoint each log that has grown by CHECKPOINT_AFTER commits; take files of partial aggregates together before.

    That is where there are SMALL_FILES of them. One table after the other; names them.
    """
    due = [table for table in tables if lake.commits_to_replay(table) >= CHECKPOINT_AFTER]
    done = []
    for table in due:
        if stop.is_set():
            break
        began = time.monotonic()
        today = datetime.now(UTC).date()
        if table in gold.TABLES and count_small(Path(lake.path(table)), today, SMALL) >= SMALL_FILES:
            _compact(lake, table, today)
        lake.checkpoint(table)
        done.append(table.name)
        log.info("%s: upkeep in %.2f s", table.name, time.monotonic() - began)
    return done


def _compact(lake: Lake, table: Table, day: date) -> None:
    try:
        log.info("%s", compact(lake.spark.newSession(), table, day))
    except SPARK_ERRORS as error:
        if not is_conflict(error):
            raise
        log.info("%s: others took the files of today together", table.name)


def _keep_up(lake: Lake, tables: Sequence[Table], stop: threading.Event) -> None:
    while not stop.wait(EVERY_S):
        keep_up(lake, tables, stop)
