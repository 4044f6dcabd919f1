"""The streaming jobs: one declaration a topic, naming its tables and what is computed from its silver rows."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import pyarrow as pa

from pipelines.gold import book_snapshots, obi_100ms, portfolios_1m, prices_1s, trades_1m
from pipelines.silver.book_rows import READS as DEPTH_READS
from pipelines.silver.books import Books, build_books
from schemas import bronze, silver
from schemas.gold import ACCOUNT_PARTIALS, OBI_PARTIALS, PRICE_PARTIALS, SNAPSHOT_PARTIALS, TRADE_PARTIALS
from schemas.registry import Table, Topic
from schemas.topics import DEPTH, ORDER_EVENTS, ORDERS, QUOTES, TRADES

Build = Callable[[pa.Table], pa.Table]


class Stateful(Protocol):
    """A builder whose rows depend on what came before them in their partition."""

    def apply(self, silver: pa.Table) -> pa.Table:
        """The rows that come of silver rows, which follow on those of the last call."""

    def freeze(self) -> pa.Table:
        """All that is needed to go on after the last call."""


Thaw = Callable[[pa.Table | None], Stateful]


@dataclass(frozen=True)
class Step:
    """A table and the builder that makes its rows of the topic's silver rows, of which it reads some columns.

    `thaw` takes the place of `build` where rows depend on those before them: it gives a builder that goes on after
    what another, frozen, has seen, or, of None, begins.
    """

    table: Table
    build: Build
    reads: tuple[str, ...]
    thaw: Thaw | None = None


@dataclass(frozen=True)
class TopicJob:
    """All that one micro-batch of a topic writes."""

    topic: Topic
    bronze: Table
    silver: Table
    rejected: Table
    steps: tuple[Step, ...] = ()

    @property
    def layers(self) -> tuple[Table, ...]:
        """The tables that hold deliveries, each in its own way."""
        return (self.bronze, self.silver, self.rejected)

    @property
    def tables(self) -> tuple[Table, ...]:
        """Every table that the job owns."""
        return (*self.layers, *(step.table for step in self.steps))


def _job(topic: Topic, *steps: Step) -> TopicJob:
    layers = (bronze.TABLES, silver.TABLES, silver.REJECTED_TABLES)
    raw, typed, rejected = (next(t for t in tables if t.topic == topic) for tables in layers)
    return TopicJob(topic, raw, typed, rejected, steps)


JOBS = (
    _job(ORDERS),
    _job(
        TRADES,
        Step(TRADE_PARTIALS, trades_1m.build_trade_partials, trades_1m.READS),
        Step(PRICE_PARTIALS, prices_1s.build_price_partials, prices_1s.READS),
    ),
    _job(QUOTES, Step(OBI_PARTIALS, obi_100ms.build_obi_partials, obi_100ms.READS)),
    _job(
        DEPTH,
        Step(silver.BOOKS, build_books, DEPTH_READS, Books.thaw),
        Step(SNAPSHOT_PARTIALS, book_snapshots.build_snapshot_partials, book_snapshots.READS),
    ),
    _job(ORDER_EVENTS, Step(ACCOUNT_PARTIALS, portfolios_1m.build_account_partials, portfolios_1m.READS)),
)


def job_of(topic: str) -> TopicJob:
    """The job of the topic of that name. Raises StopIteration when there is none."""
    return next(job for job in JOBS if job.topic.name == topic)


def table_named(name: str) -> Table:
    """The table of that name. Raises StopIteration when no job writes it."""
    return next(table for job in JOBS for table in job.tables if table.name == name)
