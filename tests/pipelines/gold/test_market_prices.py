"""The view of prices minute by minute: by hand, and against a walk through every second."""

import math
import random
from collections import defaultdict
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest

from pipelines.gold.market_prices import BEFORE_M, MARKET_PRICES, WINDOWS_M
from pipelines.gold.prices_1s import READS, build_price_partials
from schemas.silver import SILVER_TRADES
from tests.conftest import assert_rows
from tests.pipelines.gold.conftest import Fold
from tests.pipelines.gold.partials import START, columns_of, minute, nanoseconds

SECOND = timedelta(seconds=1)
Trade = tuple[str, float, str, str]  # symbol, seconds after START, price, quantity


def partials_of(*trades: Trade) -> pa.Table:
    def row(number: int, trade: Trade) -> tuple:
        symbol, seconds, price, quantity = trade
        ts = START + timedelta(seconds=seconds)
        return (symbol, ts, nanoseconds(ts), number + 1, ts.date(), Decimal(price), Decimal(quantity))

    return build_price_partials(columns_of(SILVER_TRADES, READS, [row(*each) for each in enumerate(trades)]))


@pytest.mark.spark
def test_market_prices_of_the_minutes_of_a_symbol(fold: Fold) -> None:
    trades = [("S", 30, "100", "1"), ("S", 45.2, "90", "1"), ("S", 45.9, "110", "2"), ("S", 140, "121", "3")]
    rows = fold(MARKET_PRICES, prices=partials_of(*trades))
    assert rows.columns == [name for name, _ in MARKET_PRICES.columns]
    assert_rows(
        rows.select("window_start", "trade_count", "open_price", "high_price", "low_price", "last_price", "vwap"),
        [
            (START, 3, Decimal(100), Decimal(110), Decimal(90), Decimal(110), 102.5),
            (minute(1), 0, None, None, None, Decimal(110), None),
            (minute(2), 1, Decimal(121), Decimal(121), Decimal(121), Decimal(121), 121.0),
        ],
        "window_start TIMESTAMP, trade_count BIGINT, open_price DECIMAL(18,9), high_price DECIMAL(18,9), "
        "low_price DECIMAL(18,9), last_price DECIMAL(18,9), vwap DOUBLE",
    )
    step = math.log(1.1)
    assert [(row.sma_1m, row.sma_5m) for row in rows.orderBy("window_start").collect()] == [
        (105, 105),
        (110, (105 * 30 + 110 * 60) / 90),
        ((110 * 20 + 121 * 40) / 60, (105 * 30 + 110 * 80 + 121 * 40) / 150),
    ]
    found = [(row.volatility_1m, row.volatility_5m) for row in rows.orderBy("window_start").collect()]
    assert found == [
        (pytest.approx(step), pytest.approx(step)),
        (0, pytest.approx(step)),
        (pytest.approx(step), pytest.approx(step * math.sqrt(2))),
    ]


@pytest.mark.spark
def test_market_prices_of_one_price_in_the_last_second_has_no_return(fold: Fold) -> None:
    rows = fold(MARKET_PRICES, prices=partials_of(("S", 59, "100", "1"), ("T", 58, "100", "1"))).orderBy("symbol")
    found = [(row.sma_1m, row.sma_15m, row.volatility_1m, row.volatility_15m) for row in rows.collect()]
    assert found == [(100, 100, None, None), (100, 100, 0, 0)]


@pytest.mark.spark
def test_market_prices_of_a_long_silence_has_its_ends(fold: Fold) -> None:
    rows = fold(MARKET_PRICES, prices=partials_of(("S", 0, "100", "1"), ("S", 100 * 60, "200", "1")))
    silent = [*range(1, BEFORE_M + 1), *range(100 - BEFORE_M, 100)]
    found = [row.window_start for row in rows.orderBy("window_start").collect()]
    assert found == [minute(number) for number in (0, *silent, 100)]
    (last,) = rows.where(rows.window_start == minute(100)).collect()
    assert (last.sma_1m, last.sma_5m, last.sma_15m) == (200, 120, 100 + 100 / 15)


def walk(trades: list[Trade], symbol: str, end: datetime, minutes: int) -> tuple[float | None, float | None]:
    """Mean price and volatility of a window, second by second."""
    last: dict[datetime, float] = {}
    for _, seconds, price, _ in sorted((t for t in trades if t[0] == symbol), key=lambda trade: trade[1]):
        last[START + timedelta(seconds=math.floor(seconds))] = float(price)
    price, at, prices, squares = None, min(last), [], []
    while at < end:
        before, price = price, last.get(at, price)
        if at >= end - timedelta(minutes=minutes):
            prices.append(price)
            squares += [math.log(price / before) ** 2] if before else []
        at += SECOND
    return sum(prices) / len(prices), math.sqrt(sum(squares)) if squares else None


@pytest.mark.spark
def test_market_prices_are_those_of_a_walk_through_every_second(fold: Fold) -> None:
    chance = random.Random(4)
    moments = sorted(chance.choice([chance.uniform(0, 300), chance.uniform(0, 4_000)]) for _ in range(120))
    trades = [(chance.choice("ST"), at, str(chance.randrange(9_000, 11_000) / 100), "1") for at in moments]
    found: dict[str, list[Any]] = defaultdict(list)
    for row in fold(MARKET_PRICES, prices=partials_of(*trades)).collect():
        found[row.symbol].append(row)
    assert len(found["S"]) > 30 < len(found["T"])
    for row in (*found["S"], *found["T"]):
        for minutes in WINDOWS_M:
            mean, volatility = walk(trades, row.symbol, row.window_start + timedelta(minutes=1), minutes)
            assert row[f"sma_{minutes}m"] == pytest.approx(mean, rel=1e-12)
            assert row[f"volatility_{minutes}m"] == pytest.approx(volatility, rel=1e-9)
