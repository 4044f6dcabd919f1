"""The law of the gold layer: however the input is cut into micro-batches, the views give the same bits."""

import random
from datetime import timedelta
from decimal import Decimal
from itertools import pairwise
from typing import TypeVar

import pyarrow as pa
import pytest
from pyspark.sql import DataFrame, Row, SparkSession

from pipelines.gold.ats_weekly import ATS_WEEKLY
from pipelines.gold.obi_100ms import OBI_100MS
from pipelines.gold.spread_1m import SPREAD_1M
from pipelines.gold.venue_liquidity_5m import VENUE_LIQUIDITY_5M
from pipelines.gold.venues import VENUES_VIEW
from schemas.daily import BOOK_INTEGRITY
from schemas.registry import Table
from schemas.silver import SILVER_QUOTES, SILVER_TRADES
from schemas.topics import QUOTES, TRADES
from schemas.venue_reports import VENUE_QUOTES
from schemas.venues import VENUES
from spark_jobs.io import Lake
from spark_jobs.jobs import Step, job_of
from spark_jobs.lakehouse import view_statement
from tests.pipelines.gold.conftest import Load
from tests.pipelines.gold.partials import START, columns_of, nanoseconds

OBI = (job_of(QUOTES.name).steps[0], SILVER_QUOTES)
TRADED = (job_of(TRADES.name).steps[0], SILVER_TRADES)
FOLDED = (VENUES_VIEW, OBI_100MS, SPREAD_1M, VENUE_LIQUIDITY_5M, ATS_WEEKLY)
T = TypeVar("T")


def random_quotes(chance: random.Random, count: int) -> list[tuple]:
    def quote() -> tuple:
        ts = START + timedelta(microseconds=chance.randrange(150_000_000))
        obi = chance.choice([None, -1.0, 1.0, chance.uniform(-1, 1)])
        touch = (chance.uniform(1, 1e6), chance.lognormvariate(1, 2)) if chance.random() < 0.8 else (None, None)
        return (chance.choice("AB"), chance.choice(VENUES).code, ts, ts.date(), obi, obi, *touch)

    return [quote() for _ in range(count)]


def random_trades(chance: random.Random, count: int) -> list[tuple]:
    def trade() -> tuple:
        ts = START + timedelta(microseconds=chance.randrange(150_000_000))
        price, quantity = (Decimal(chance.randrange(1, 10**15)).scaleb(-9) for _ in range(2))
        side = chance.choice(["BUY", "SELL", None])
        received = nanoseconds(ts) + chance.randrange(300_000_000_000)
        return (chance.choice("AB"), chance.choice(VENUES).code, ts, received, ts.date(), side, price, quantity)

    return [trade() for _ in range(count)]


def cut(chance: random.Random, rows: list[T], parts: int) -> list[list[T]]:
    """The rows in any order, in parts of any size."""
    shuffled = chance.sample(rows, len(rows))
    borders = [0, *sorted(chance.randrange(len(rows)) for _ in range(parts - 1)), len(rows)]
    return [shuffled[a:b] for a, b in pairwise(borders)]


def partials(spark: SparkSession, step: Step, silver: Table, batches: list[list[tuple]]) -> DataFrame:
    built = pa.concat_tables(step.build(columns_of(silver, step.reads, batch)) for batch in batches)
    return spark.createDataFrame(built, step.table.schema)


@pytest.mark.spark
def test_the_views_do_not_depend_on_the_cut(spark: SparkSession, lake: Lake, load: Load) -> None:
    for table in (BOOK_INTEGRITY, VENUE_QUOTES):
        lake.create(table)
    chance = random.Random(0)
    quotes, trades = random_quotes(chance, 300), random_trades(chance, 200)

    def rows_of_views(parts: int) -> dict[str, list[Row]]:
        load(
            quotes=partials(spark, *OBI, cut(chance, quotes, parts)),
            trades=partials(spark, *TRADED, cut(chance, trades, parts)),
        )
        for view in FOLDED:
            spark.sql(view_statement(view))
        return {view.name: sorted(spark.table(view.name).collect(), key=repr) for view in FOLDED}

    whole = rows_of_views(1)
    assert all(whole.values())
    assert rows_of_views(5) == whole
