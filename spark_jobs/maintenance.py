"""Upkeep of the tables beside the streams, which never wait for it."""

import logging
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from schemas.registry import Table
from spark_jobs.io import Lake

log = logging.getLogger(__name__)

CHECKPOINT_AFTER = 100  # commits
EVERY_S = 5.0  # a look at every table is some hundred calls into the JVM


@contextmanager
def maintenance(lake: Lake, tables: Sequence[Table]) -> Iterator[None]:
    """Keep tables up in a thread of its own while the block runs; what it does last is finished at the end."""
    stop = threading.Event()
    thread = threading.Thread(target=_keep_up, args=(lake, tables, stop), name="maintenance")
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def checkpoint_tables(lake: Lake, tables: Sequence[Table], stop: threading.Event) -> list[str]:
    """Write a checkpoint of each log that has grown by CHECKPOINT_AFTER commits, one after the other; names them."""
    due = [table for table in tables if lake.commits_to_replay(table) >= CHECKPOINT_AFTER]
    done = []
    for table in due:
        if stop.is_set():
            break
        began = time.monotonic()
        lake.checkpoint(table)
        done.append(table.name)
        log.info("%s: checkpoint in %.2f s", table.name, time.monotonic() - began)
    return done


def _keep_up(lake: Lake, tables: Sequence[Table], stop: threading.Event) -> None:
    while not stop.wait(EVERY_S):
        checkpoint_tables(lake, tables, stop)
