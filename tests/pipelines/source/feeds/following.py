"""A feed at work, and what it has published."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Any

import pyarrow as pa

from pipelines.source.feeds.backoff import Backoff
from pipelines.source.feeds.engine import Engine, Limits, follow, race
from pipelines.source.feeds.events import Clock, Feed
from pipelines.source.feeds.journal import Journal
from pipelines.wire import wire_schema
from schemas.registry import Topic

DEADLINE_S = 20.0
Row = dict[str, Any]


@dataclass
class Followed:
    """Rows by topic, in the order of publication, what was said, and how long waits would have been."""

    rows: dict[Topic, list[Row]] = field(default_factory=dict)
    said: list[str] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)
    journal: Journal = field(init=False)

    def __post_init__(self) -> None:
        """Its journal writes to it."""
        self.journal = Journal(self.said.append)

    def publish(self, topic: Topic, batch: pa.RecordBatch) -> int:
        """Keep the rows."""
        assert batch.schema == wire_schema(topic)
        self.rows.setdefault(topic, []).extend(batch.to_pylist())
        return len(batch)

    def of(self, topic: Topic) -> list[Row]:
        """The rows of a topic."""
        return self.rows.get(topic, [])

    async def sleep(self, seconds: float) -> None:
        """Wait a fiftieth of the time."""
        self.waits.append(seconds)
        await asyncio.sleep(seconds / 50)


def backoff() -> Backoff:
    return Backoff(Random(1))


def wait_until(is_done: Callable[[], bool]) -> None:
    """Block a thread until this is true, for 20 s at most."""
    deadline = time.monotonic() + DEADLINE_S
    while not is_done() and time.monotonic() < deadline:
        time.sleep(0.005)


def run_until(
    followed: Followed,
    make: Callable[[Journal, Clock], Feed],
    is_done: Callable[[], bool],
    limits: Limits = Limits(),  # noqa: B008 - it is frozen
) -> None:
    """Follow a feed until `is_done`, which must come true within 20 s; then stop it as a signal does."""
    clock = Clock(time.time_ns, followed.sleep)
    feed = make(followed.journal, clock)
    engine = Engine(followed.publish, lambda _: None, clock, backoff(), limits)

    async def watch(stop: asyncio.Event) -> None:
        async with asyncio.timeout(DEADLINE_S):
            while not is_done():
                await asyncio.sleep(0.01)
        stop.set()
        await asyncio.sleep(DEADLINE_S)

    async def run() -> None:
        stop = asyncio.Event()
        await race(follow(feed, engine, stop), watch(stop))

    asyncio.run(run())
