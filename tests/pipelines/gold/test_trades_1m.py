"""Trades to partials of a minute."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from pyspark.sql import DataFrame, SparkSession

from pipelines.gold.trades_1m import build_trade_partials
from schemas.gold import TRADE_PARTIALS
from tests.conftest import assert_rows
from tests.pipelines.gold.partials import START, minute

TRADES = (
    "symbol STRING, venue STRING, event_ts TIMESTAMP, event_date DATE, "
    "aggressor_side STRING, price DECIMAL(18,9), quantity DECIMAL(18,9)"
)


def trades_of(spark: SparkSession, *rows: tuple[datetime, str | None, str, str]) -> DataFrame:
    """Trades by time, aggressor side, price and quantity."""
    trades = [("S", "V", ts, ts.date(), side, Decimal(price), Decimal(quantity)) for ts, side, price, quantity in rows]
    return spark.createDataFrame(trades, TRADES)


@pytest.mark.spark
def test_build_trade_partials_gives_the_columns_of_the_table(spark: SparkSession) -> None:
    built = build_trade_partials(trades_of(spark))
    assert [(f.name, f.dataType) for f in built.schema] == [(c.name, c.type) for c in TRADE_PARTIALS.columns]
    assert built.collect() == []


@pytest.mark.spark
def test_build_trade_partials_adds_up_exactly(spark: SparkSession) -> None:
    trades = [
        (START, "BUY", "100.5", "2"),
        (START, "SELL", "100.25", "0.5"),
        (START, None, "0.000000001", "0.000000003"),
    ]
    (row,) = build_trade_partials(trades_of(spark, *trades)).collect()
    assert (row.trade_count, row.quantity) == (3, Decimal("2.500000003"))
    assert row.value == Decimal("251.125")  # 12 decimals
    assert (row.buy_quantity, row.sell_quantity) == (2, Decimal("0.5"))


@pytest.mark.spark
def test_build_trade_partials_without_aggressors(spark: SparkSession) -> None:
    (row,) = build_trade_partials(trades_of(spark, (START, None, "100", "2"))).collect()
    assert (row.quantity, row.buy_quantity, row.sell_quantity) == (2, 0, 0)


@pytest.mark.spark
def test_build_trade_partials_at_the_borders_of_a_minute(spark: SparkSession) -> None:
    midnight = datetime(2024, 8, 9, tzinfo=UTC)
    micro = timedelta(microseconds=1)
    times = [START, minute(1) - micro, minute(1), midnight - micro, midnight]
    built = build_trade_partials(trades_of(spark, *[(ts, "BUY", "1", "1") for ts in times]))
    assert_rows(
        built.select("window_start", "event_date", "trade_count"),
        [
            (START, START.date(), 2),
            (minute(1), START.date(), 1),
            (midnight - timedelta(minutes=1), date(2024, 8, 8), 1),
            (midnight, date(2024, 8, 9), 1),
        ],
        "window_start TIMESTAMP, event_date DATE, trade_count BIGINT NOT NULL",
    )
