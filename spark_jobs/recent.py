"""Schema `recent`: its views read what is held of tables in memory, which follows their commits.

While somebody asks for a view, its rows are held too, and computed again after EVERY_S, no sooner than RESTS times what
it took. Until its tables have been read once, after a start, a view reads them as views of gold do.
"""

import logging
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
from deltalake.exceptions import DeltaError
from pyspark.errors import PySparkException
from pyspark.sql import DataFrame

from pipelines.gold.held import Counts, RecentView, Tail
from schemas.recent import SCHEMA
from spark_jobs.io import Lake
from spark_jobs.pools import beside
from spark_jobs.tails import held_of

log = logging.getLogger(__name__)

EVERY_S = 5.0
RESTS = 3
WATCHED_S = 60.0
FOLLOW_S = 10.0  # how old what is held of a table becomes while nobody asks
LOOK_S = 0.5
LOCAL = "1MB"  # more than that goes to the tasks that read it; less is part of each question's plan


class Recent:
    """Some views. `asked` is the JVM's object that notes by name when one was last asked for, in milliseconds."""

    def __init__(self, lake: Lake, views: Sequence[RecentView], asked: Any) -> None:
        """Create the views; nothing is held."""
        self._spark, self._asked = lake.spark.newSession(), asked
        self._spark.conf.set("spark.sql.execution.arrow.localRelationThreshold", LOCAL)
        self._views = {recent.noun: recent for recent in views}
        self._held_until: dict[str, float] = {}  # by name, when a view is due again
        self._tails = {tail: held_of(tail, lake) for recent in views for tail in recent.tails}
        self._due_at = dict.fromkeys(self._tails, 0.0)
        self._shown: dict[Tail | Counts, pa.Table] = {}
        for noun in self._views:
            self._release(noun)

    @contextmanager
    def kept(self) -> Iterator[None]:
        """Follow the tables and hold what is asked for, in a thread of its own, while the block runs."""
        with beside(self._spark, "recent", self._keep):
            yield

    def look(self) -> list[str]:
        """Compute what is watched and due, the oldest first, let go what nobody watches; names what was computed."""
        for noun in sorted(self._views, key=self._due):
            is_watched = time.time() - self._asked.askedAt(noun) / 1e3 < WATCHED_S
            if not is_watched and noun in self._held_until:
                self._release(noun)
            elif is_watched and time.monotonic() >= self._due(noun):
                self._hold(noun)
                return [noun]
        return []

    def follow(self) -> None:
        """Read what commits added to the table that was read the longest ago, when that is FOLLOW_S."""
        tail = min(self._due_at, key=lambda tail: self._due_at[tail], default=None)
        if tail and time.monotonic() >= self._due_at[tail]:
            self._read(tail)

    def _due(self, noun: str) -> float:
        return self._held_until.get(noun, 0.0)

    def _keep(self, stop: threading.Event) -> None:
        while not stop.wait(LOOK_S):
            try:
                self.look()
                self.follow()
            except (PySparkException, DeltaError, OSError, pa.ArrowException) as error:
                log.warning("Rows of schema recent stay as they are: %s", error)

    def _hold(self, noun: str) -> None:
        began = time.monotonic()
        for tail in self._views[noun].tails:
            self._read(tail)
        found = self._spark.sql(self._views[noun].held)
        self._show(noun, self._spark.createDataFrame(found.toArrow(), found.schema))
        took = time.monotonic() - began
        self._held_until[noun] = time.monotonic() + max(EVERY_S, RESTS * took)
        log.info("%s.%s: computed in %.2f s", SCHEMA, noun, took)

    def _show(self, name: str, rows: DataFrame) -> None:
        rows.coalesce(1).createOrReplaceGlobalTempView(name)  # so that a question to it is one task

    def _read(self, tail: Tail | Counts) -> None:
        self._due_at[tail] = time.monotonic() + FOLLOW_S
        rows = self._tails[tail].rows(datetime.now(UTC))
        shown = self._shown.get(tail)
        if rows is shown:
            return
        self._show(tail.name, self._spark.createDataFrame(rows))
        self._shown[tail] = rows
        if shown is None:
            for noun, recent in self._views.items():
                if tail in recent.tails and self._is_read(recent):
                    self._release(noun)

    def _is_read(self, recent: RecentView) -> bool:
        return self._shown.keys() >= set(recent.tails)

    def _release(self, noun: str) -> None:
        self._held_until.pop(noun, None)
        recent = self._views[noun]
        query = recent.held if self._is_read(recent) else recent.query
        self._spark.sql(f"CREATE OR REPLACE GLOBAL TEMPORARY VIEW {noun} AS {query}")
