"""The same orders on the same recorded market, here and in hftbacktest 2.4.2: the same fills, to the last lot.

Orders are of one lot. Of larger ones hftbacktest forgets what is left after a part: a resting order leaves its book,
and an order that takes less than it wanted brings no position.
"""

from dataclasses import replace
from decimal import Decimal
from functools import cache

import numpy as np
import pytest

from pipelines.microstructure.series import Ints
from pipelines.research.run import run
from pipelines.research.settings import Latency, Settings
from pipelines.research.tape import Tape, build_tape
from spark_jobs.bench.hft import Outcome, events_of, run_orders
from tests.pipelines.gold.daily.conftest import read_day
from tests.pipelines.research.tapes import BUY, CANCEL, IOC, LIMIT, SELL, told

SETTINGS = Settings(
    inventory_limit=Decimal(100),
    order_quantity=Decimal("0.001"),
    maker_fee_bps=-0.5,
    taker_fee_bps=1.0,
    feed_latency=Latency(500_003),
    order_latency=Latency(1_000_007),
)
NS_PER_S = 1_000_000_000
Orders = list[tuple[int, int, int, int, int]]


@cache
def capture(name: str) -> Tape:
    tables = read_day(name).tables
    return build_tape(tables["silver.quotes"], tables["silver.trades"])


def plan(tape: Tape, kind: int, gap_s: float) -> Orders:
    """Each `gap_s` an order of one lot to the heavier side: an IOC order across, or a resting one for two gaps."""
    orders: Orders = []
    waiting: list[tuple[int, int]] = []
    due, count, gap_ns = 0, 0, int(gap_s * NS_PER_S)
    for event in range(len(tape) - 1):
        if tape.ns[event] == tape.ns[event + 1] or not tape.is_two_sided[event]:
            continue
        while waiting and tape.ns[event] >= waiting[0][0]:
            orders.append((event, CANCEL, 0, waiting.pop(0)[1], 0))
        if tape.ns[event] >= due:
            due, count = int(tape.ns[event]) + gap_ns, count + 1
            side = BUY if tape.bid_quantity[event] > tape.ask_quantity[event] else SELL
            at_bid = (side == BUY) == (kind == LIMIT)
            orders.append((event, kind, side, int((tape.bid if at_bid else tape.ask)[event]), 1))
            waiting += [(due + gap_ns, count)] if kind == LIMIT else []
    return orders


def for_hftbacktest(orders: Orders, local_ns: Ints) -> Ints:
    rows, count = [], 0
    for event, kind, side, price, lots in orders:
        count += kind != CANCEL
        rows.append((local_ns[event], kind, side, price, lots, price if kind == CANCEL else count))
    return np.array(rows, np.int64)


def run_here(tape: Tape, settings: Settings, orders: Orders) -> Outcome:
    result = run(tape, told(*orders), {}, settings)
    fills = result.fills.to_pylist()
    values = [row["price"] * row["quantity"] * (1 if row["side"] == "SELL" else -1) for row in fills]
    fees = sum(row["fee"] for row in fills)
    turnover = sum(abs(value) for value in values)
    assert fills[-1]["cash"] == settings.capital + sum(values) - fees
    return Outcome(len(fills), float(fills[-1]["position"]), float(sum(values)), float(fees), float(turnover))


@pytest.mark.parametrize("name", ["spot_btcusdt", "spot_ethusdt"])
@pytest.mark.parametrize(("kind", "gap_s", "fills"), [(IOC, 0.5, 500), (LIMIT, 1.0, 50), (LIMIT, 0.1, 40)])
def test_run_fills_as_hftbacktest_does(name: str, kind: int, gap_s: float, fills: int) -> None:
    tape = capture(name)
    orders = plan(tape, kind, gap_s)
    local_ns = SETTINGS.local_ns(tape)
    there = run_orders(events_of(tape, local_ns), tape, SETTINGS, for_hftbacktest(orders, local_ns))
    here = run_here(tape, SETTINGS, orders)
    assert here.fill_count == there.fill_count > fills
    for figure in ("position", "balance", "fees", "turnover"):
        assert getattr(here, figure) == pytest.approx(getattr(there, figure), rel=1e-9, abs=1e-9 * here.fill_count), (
            figure
        )


def test_run_differs_from_hftbacktest_with_another_latency() -> None:
    tape = capture("spot_btcusdt")
    orders = plan(tape, LIMIT, 2.0)
    slow = replace(SETTINGS, order_latency=Latency(700_000_001))
    assert run_here(tape, slow, orders) != run_here(tape, SETTINGS, orders)
