"""The streaming jobs: one declaration a topic, naming its tables and what is computed from its silver rows."""

from collections.abc import Callable
from dataclasses import dataclass

from pyspark.sql import DataFrame

from pipelines.gold.obi_100ms import build_obi_partials
from pipelines.gold.trades_1m import build_trade_partials
from schemas import bronze, silver
from schemas.gold import OBI_PARTIALS, TRADE_PARTIALS
from schemas.registry import Table, Topic


@dataclass(frozen=True)
class GoldStep:
    """A gold table and the builder that makes its rows of the topic's silver rows."""

    table: Table
    build: Callable[[DataFrame], DataFrame]


@dataclass(frozen=True)
class TopicJob:
    """All that one micro-batch of a topic writes."""

    topic: Topic
    bronze: Table
    silver: Table
    rejected: Table
    gold: tuple[GoldStep, ...] = ()

    @property
    def tables(self) -> tuple[Table, ...]:
        """Every table that the job owns."""
        return (self.bronze, self.silver, self.rejected, *(step.table for step in self.gold))


def _job(position: int, *gold: GoldStep) -> TopicJob:
    tables = bronze.TABLES[position], silver.TABLES[position], silver.REJECTED_TABLES[position]
    return TopicJob(tables[0].topic, *tables, gold)


JOBS = (
    _job(0),
    _job(1, GoldStep(TRADE_PARTIALS, build_trade_partials)),
    _job(2, GoldStep(OBI_PARTIALS, build_obi_partials)),
    _job(3),
)
