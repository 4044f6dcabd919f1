"""Twenty events, five orders; every fill, fee and result was computed by hand."""

from decimal import Decimal

import pytest

from pipelines.research.run import Result
from pipelines.research.settings import Latency, Settings
from pipelines.research.tape import Tape
from tests.pipelines.research.tapes import BUY, CANCEL, IOC, LIMIT, MARKET, SELL, column, run_told, tape_of

QUOTES = [
    (100, "10.00", 50, "10.02", 40),
    (200, "10.00", 50, "10.02", 30),
    (400, "10.00", 40, "10.02", 30),
    (500, "10.01", 20, "10.02", 30),
    (700, "10.01", 20, "10.03", 60),
    (900, "10.01", 5, "10.03", 60),
    (1100, "10.00", 40, "10.03", 60),
    (1300, "10.00", 35, "10.02", 10),
    (1400, "10.00", 36, "10.02", 10),
    (1600, "10.01", 8, "10.04", 25),
    (1700, "10.01", 8, "10.03", 25),
    (1900, "10.02", 10, "10.05", 20),
    (2000, "10.03", 10, "10.05", 20),
]
TRADES = [
    (300, "SELL", "10.00", 10),
    (600, "BUY", "10.02", 30),
    (800, "SELL", "10.01", 15),
    (1000, "SELL", "10.01", 12),
    (1200, "SELL", "10.00", 5),
    (1500, "BUY", "10.02", 10),
    (1800, "BUY", "10.03", 25),
]
SETTINGS = Settings(
    inventory_limit=Decimal(100),
    capital=Decimal(1000),
    maker_fee_bps=1.0,
    taker_fee_bps=5.0,
    feed_latency=Latency(10),
    order_latency=Latency(20),
    sample_ns=500,
)
ORDERS = (
    (0, MARKET, BUY, 0, 35),  # at 130: 30 of 35 are there at 200
    (4, LIMIT, BUY, 1001, 10),  # at 530: rests from 600 on behind 20
    (12, IOC, SELL, 1000, 20),  # at 1330: against 36 at 1400
    (14, LIMIT, SELL, 1003, 30),  # at 1530: rests from 1600 on, alone
)


@pytest.fixture(scope="module")
def tape() -> Tape:
    return tape_of(QUOTES, TRADES)


@pytest.fixture(scope="module")
def result(tape: Tape) -> Result:
    return run_told(tape, SETTINGS, *ORDERS)


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("number", [1, 2, 3, 4, 5, 6]),
        ("event_ns", [200, 1000, 1200, 1400, 1800, 2000]),
        ("side", ["BUY", "BUY", "BUY", "SELL", "SELL", "SELL"]),
        ("price", ["10.02", "10.01", "10.01", "10", "10.03", "10.03"]),
        ("quantity", ["30", "7", "3", "20", "25", "5"]),
        ("fee", ["0.1503", "0.007007", "0.003003", "0.1", "0.025075", "0.005015"]),
        ("is_maker", [False, True, True, False, True, True]),
        ("position", ["30", "37", "40", "20", "-5", "-10"]),
        ("cash", ["699.2497", "629.172693", "599.13969", "799.03969", "1049.764615", "1099.9096"]),
        ("realised_pnl", ["0", "0", "0", "-0.35", "-0.1", "-0.1"]),
    ],
)
def test_run_by_hand_gives_every_fill(result: Result, name: str, values: list[object]) -> None:
    assert column(result.fills, name) == values


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("event_ns", [500, 1000, 1500, 2000]),
        ("position", ["30", "37", "20", "-10"]),
        ("mid", ["10.015", "10.02", "10.01", "10.04"]),
        ("cash", ["699.2497", "629.172693", "799.03969", "1099.9096"]),
        ("equity", ["999.6997", "999.912693", "999.23969", "999.5096"]),
    ],
)
def test_run_by_hand_samples_the_equity(result: Result, name: str, values: list[object]) -> None:
    assert column(result.equity, name) == values


def test_run_by_hand_counts(result: Result) -> None:
    assert (result.event_count, result.order_count, result.cancelled_count) == (20, 4, 1)
    assert result.fees == 290_400_000


def test_run_by_hand_cancelled_order_fills_no_more(tape: Tape) -> None:
    result = run_told(tape, SETTINGS, (4, LIMIT, BUY, 1001, 10), (9, CANCEL, 0, 1, 0))  # at 1030, after a part
    assert column(result.fills, "quantity") == ["7"]
    assert (result.order_count, result.cancelled_count) == (1, 1)


def test_run_by_hand_cancel_comes_too_late(tape: Tape) -> None:
    result = run_told(tape, SETTINGS, (4, LIMIT, BUY, 1001, 10), (11, CANCEL, 0, 1, 0))  # at 1230, after the last
    assert column(result.fills, "quantity") == ["7", "3"]
    assert result.cancelled_count == 0
