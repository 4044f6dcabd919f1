"""A lake with a recorded market in silver, shared by the tests of backtests."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from pyspark.sql import SparkSession

from pipelines.research.settings import Latency, Settings
from schemas import audit, research
from spark_jobs.backtests.experiment import Dataset, Experiment
from spark_jobs.io import Lake
from spark_jobs.refresh import Days
from tests.conftest import LAYERS, settings_in
from tests.pipelines.gold.daily.conftest import read_day

DAY = date(2024, 8, 8)
NOON = datetime(2024, 8, 9, 12, tzinfo=UTC)
DATASET = Dataset("BTCUSDT", "BINANCE", Days(DAY, DAY))
SETTINGS = Settings(
    order_quantity=Decimal("0.01"),
    inventory_limit=Decimal("0.01"),
    taker_fee_bps=1.0,
    order_latency=Latency(5_000_000),
)


@pytest.fixture(scope="package")
def recorded(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lake]:
    """Silver has a capture; the tables of backtests are there."""
    for layer in LAYERS:
        spark.sql(f"CREATE SCHEMA IF NOT EXISTS {layer}")
    lake = Lake(spark, settings_in(tmp_path_factory.mktemp("recorded")))
    for name, rows in read_day("spot_btcusdt").tables.items():
        written = spark.createDataFrame(rows.combine_chunks()).write.format("delta").mode("append")
        written.partitionBy("event_date").saveAsTable(name)
    for table in (*research.TABLES, audit.AUDIT):
        lake.create(table)
    yield lake
    for layer in LAYERS:
        spark.sql(f"DROP SCHEMA {layer} CASCADE")


def obi(threshold: float = 0.8, settings: Settings = SETTINGS) -> Experiment:
    """The mission's strategy."""
    return Experiment("obi_threshold", {"threshold": threshold}, DATASET, settings)
