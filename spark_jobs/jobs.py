"""The streaming jobs: one declaration a topic, naming its tables and what is computed from its silver rows."""

from collections.abc import Callable
from dataclasses import dataclass

import pyarrow as pa

from pipelines.gold import book_snapshots, obi_100ms, portfolios_1m, prices_1s, trades_1m
from schemas import bronze, silver
from schemas.gold import ACCOUNT_PARTIALS, OBI_PARTIALS, PRICE_PARTIALS, SNAPSHOT_PARTIALS, TRADE_PARTIALS
from schemas.registry import Table, Topic
from schemas.topics import DEPTH, ORDER_EVENTS, ORDERS, QUOTES, TRADES

BuildGold = Callable[[pa.Table], pa.Table]


@dataclass(frozen=True)
class GoldStep:
    """A gold table and the builder that makes its rows of the topic's silver rows, of which it reads some columns."""

    table: Table
    build: BuildGold
    reads: tuple[str, ...]


@dataclass(frozen=True)
class TopicJob:
    """All that one micro-batch of a topic writes."""

    topic: Topic
    bronze: Table
    silver: Table
    rejected: Table
    gold: tuple[GoldStep, ...] = ()

    @property
    def layers(self) -> tuple[Table, ...]:
        """The tables that hold deliveries, each in its own way."""
        return (self.bronze, self.silver, self.rejected)

    @property
    def tables(self) -> tuple[Table, ...]:
        """Every table that the job owns."""
        return (*self.layers, *(step.table for step in self.gold))


def _job(topic: Topic, *gold: GoldStep) -> TopicJob:
    layers = (bronze.TABLES, silver.TABLES, silver.REJECTED_TABLES)
    raw, typed, rejected = (next(t for t in tables if t.topic == topic) for tables in layers)
    return TopicJob(topic, raw, typed, rejected, gold)


JOBS = (
    _job(ORDERS),
    _job(
        TRADES,
        GoldStep(TRADE_PARTIALS, trades_1m.build_trade_partials, trades_1m.READS),
        GoldStep(PRICE_PARTIALS, prices_1s.build_price_partials, prices_1s.READS),
    ),
    _job(QUOTES, GoldStep(OBI_PARTIALS, obi_100ms.build_obi_partials, obi_100ms.READS)),
    _job(DEPTH, GoldStep(SNAPSHOT_PARTIALS, book_snapshots.build_snapshot_partials, book_snapshots.READS)),
    _job(ORDER_EVENTS, GoldStep(ACCOUNT_PARTIALS, portfolios_1m.build_account_partials, portfolios_1m.READS)),
)


def job_of(topic: str) -> TopicJob:
    """The job of the topic of that name. Raises StopIteration when there is none."""
    return next(job for job in JOBS if job.topic.name == topic)


def table_named(name: str) -> Table:
    """The table of that name. Raises StopIteration when no job writes it."""
    return next(table for job in JOBS for table in job.tables if table.name == name)
