"""Schema `recent`: its views are computed when somebody asks, and while somebody does, their rows are held in memory.

A question to rows in memory costs neither a look into Delta's logs nor a file. They are computed from what is held of
the tables, again after EVERY_S, and no sooner than RESTS times what it took. Who asks after a silence of WATCHED_S
waits until the view is computed, as ever.
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

from pipelines.gold.recent import RecentView
from pipelines.gold.tails import Tail
from spark_jobs.io import Lake
from spark_jobs.pools import beside
from spark_jobs.tails import HeldTail

log = logging.getLogger(__name__)

EVERY_S = 5.0
RESTS = 3
WATCHED_S = 60.0
LOOK_S = 0.5


class Recent:
    """Some views. `asked` is the JVM's object that notes by name when one was last asked for, in milliseconds."""

    def __init__(self, lake: Lake, views: Sequence[RecentView], asked: Any) -> None:
        """Create the views; none is held."""
        self._lake, self._spark, self._asked = lake, lake.spark.newSession(), asked
        self._views = {recent.view.name.split(".")[1]: recent for recent in views}
        self._held_until: dict[str, float] = {}  # by name, when a view is due again
        self._tails: dict[Tail, HeldTail] = {}
        for noun in self._views:
            self._release(noun)

    @contextmanager
    def kept(self) -> Iterator[None]:
        """Hold what is asked for, in a thread of its own, while the block runs."""
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

    def _due(self, noun: str) -> float:
        return self._held_until.get(noun, 0.0)

    def _keep(self, stop: threading.Event) -> None:
        while not stop.wait(LOOK_S):
            try:
                self.look()
            except (PySparkException, DeltaError, OSError, pa.ArrowException) as error:
                log.warning("Rows of schema recent stay as they are: %s", error)

    def _hold(self, noun: str) -> None:
        began = time.monotonic()
        for tail in self._views[noun].tails:
            self._spark.createDataFrame(self._read(tail)).createOrReplaceTempView(tail.name)
        found = self._spark.sql(self._views[noun].held)
        rows = self._spark.createDataFrame(found.toArrow(), found.schema)
        rows.createOrReplaceGlobalTempView(noun)
        took = time.monotonic() - began
        self._held_until[noun] = time.monotonic() + max(EVERY_S, RESTS * took)
        log.info("%s: computed in %.2f s", self._views[noun].view.name, took)

    def _read(self, tail: Tail) -> pa.Table:
        if tail not in self._tails:
            self._tails[tail] = HeldTail(tail, self._lake.settings.lake / tail.table.layer / tail.table.noun)
        return self._tails[tail].rows(datetime.now(UTC))

    def _release(self, noun: str) -> None:
        self._held_until.pop(noun, None)
        self._spark.sql(f"CREATE OR REPLACE GLOBAL TEMPORARY VIEW {noun} AS {self._views[noun].view.query}")
        needed = {tail for each in self._held_until for tail in self._views[each].tails}
        self._tails = {tail: held for tail, held in self._tails.items() if tail in needed}
