"""Each strategy on a market made for it, on a recorded one, and without what comes later."""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.research.registry import STRATEGIES, find_strategy
from pipelines.research.run import run
from pipelines.research.settings import Latency, Settings
from pipelines.research.signals import moving_average, relative_strength
from pipelines.research.strategy import Strategy
from pipelines.research.tape import Tape, build_tape
from tests.pipelines.gold.daily.conftest import read_day
from tests.pipelines.research.tapes import Print, Quote, column, tape_of, tapes

S = 1_000_000_000
PLAIN = Settings(order_latency=Latency(1))


def market(bids: list[float], sizes: list[tuple[int, int]] | None = None, step: int = S) -> Tape:
    sizes = sizes or [(5, 5)] * len(bids)
    pairs = enumerate(zip(bids, sizes, strict=True), 1)
    quotes: list[Quote] = [(n * step, f"{b:.2f}", q[0], f"{b + 0.01:.2f}", q[1]) for n, (b, q) in pairs]
    return tape_of(quotes)


def sides(tape: Tape, name: str, parameters: Mapping[str, float], chosen: Settings = PLAIN) -> list[tuple[int, str]]:
    """When, in s, and what the strategy traded."""
    fills = run(tape, find_strategy(name), parameters, chosen).fills
    return [(ns // S, side) for ns, side in zip(column(fills, "event_ns"), column(fills, "side"), strict=True)]


HEAVY, LIGHT, EVEN = (9, 1), (1, 9), (5, 5)


def test_obi_threshold_enters_leaves_and_turns() -> None:
    sizes = [EVEN, HEAVY, HEAVY, EVEN, EVEN, LIGHT, LIGHT, HEAVY, HEAVY, EVEN]
    tape = market([10.0] * 10, sizes)
    wanted = {"threshold": 0.5, "exit": 0.1}
    assert sides(tape, "obi_threshold", wanted) == [(3, "BUY"), (5, "SELL"), (7, "SELL"), (9, "BUY"), (10, "BUY")]


def test_obi_threshold_leaves_after_the_holding_time_and_waits() -> None:
    sizes = [HEAVY] * 8 + [EVEN, HEAVY, HEAVY]
    tape = market([10.0] * 11, sizes)
    wanted = {"threshold": 0.5, "exit": -1.0, "hold_ms": 3_000}
    assert sides(tape, "obi_threshold", wanted) == [(2, "BUY"), (5, "SELL"), (11, "BUY")]


def test_obi_threshold_of_a_window_waits_for_the_mean() -> None:
    tape = market([10.0] * 8, [EVEN, EVEN, HEAVY, HEAVY, HEAVY, EVEN, EVEN, EVEN])
    assert sides(tape, "obi_threshold", {"threshold": 0.5, "window_ms": 3_000})[0] == (5, "BUY")


def test_micro_price_reversion_bets_on_the_mean() -> None:
    tape = market([10.0] * 10 + [9.0] + [9.0] + [10.0] * 3)
    wanted = {"window_ms": 10_000, "entry_bps": 500, "exit_bps": 50}
    assert sides(tape, "micro_price_reversion", wanted)[:2] == [(12, "BUY"), (14, "SELL")]


def test_ofi_momentum_follows_the_flow() -> None:
    rise = [10.0, 10.0, 10.01, 10.02, 10.03, 10.04, 10.04, 10.04, 10.04, 10.03, 10.02, 10.01, 10.0, 10.0]
    got = sides(market(rise), "ofi_momentum", {"window_ms": 3_000, "threshold": 2.0})
    assert got[0][1] == "BUY" and 3 < got[0][0] < 8
    assert [side for _, side in got].count("SELL") >= 2


def test_moving_average_turns_with_the_averages() -> None:
    bids = [10.0 + 0.1 * n for n in range(8)] + [10.8 - 0.2 * n for n in range(8)]
    wanted = {"bar_s": 1, "fast": 1, "slow": 3}
    got = sides(market(bids), "moving_average", wanted)
    assert [side for _, side in got] == ["BUY", "SELL"]
    # Bars of 1 s are over at the next event; the third close is known at 4 s, and the order fills at the next event.
    assert got[0][0] == 5
    assert column(run(market(bids), find_strategy("moving_average"), wanted, PLAIN).fills, "position") == ["1", "-1"]
    flat = sides(market(bids), "moving_average", {**wanted, "is_long_only": 1})
    assert [side for _, side in flat] == ["BUY", "SELL"]


def test_rsi_bets_against_a_run() -> None:
    bids = [10.0 + 0.1 * n for n in range(6)] + [10.5 - 0.1 * n for n in range(10)]
    got = sides(market(bids), "rsi", {"bar_s": 1, "length": 3, "distance": 30})
    assert got[0][1] == "SELL" and {side for _, side in got} == {"BUY", "SELL"}


def test_market_making_earns_the_spread_and_leans_against_its_position() -> None:
    quotes: list[Quote] = [(n * S, "10.00", 5, "10.10", 5) for n in range(1, 41)]
    trades: list[Print] = [(n * S + S // 2, "SELL", "10.00", 3) for n in range(2, 20)]
    trades += [(n * S + S // 2, "BUY", "10.10", 3) for n in range(20, 40)]
    chosen = replace(PLAIN, inventory_limit=Decimal(4), order_quantity=Decimal(1))
    tape = tape_of(quotes, trades, Decimal("0.01"))
    result = run(tape, find_strategy("market_making"), {"half_spread_bps": 30, "skew_bps": 10}, chosen)
    assert all(column(result.fills, "is_maker"))
    assert {"BUY", "SELL"} == set(column(result.fills, "side"))
    assert result.equity.column("equity")[-1].as_py() > chosen.capital
    buys = [row["price"] for row in result.fills.to_pylist() if row["side"] == "BUY"]
    assert buys == sorted(buys, reverse=True) and len(set(buys)) == 2


@settings(max_examples=25, deadline=None)
@given(tapes(), st.sampled_from(STRATEGIES), st.data())
def test_signal_does_not_know_what_comes_later(tape: Tape, strategy: Strategy, data: st.DataObject) -> None:
    count = data.draw(st.integers(1, len(tape)))
    parameters = {n: min(v, 0.0000005) if n == "bar_s" else v for n, v in strategy.with_defaults({}).items()}
    parameters |= {name: 2 for name in ("fast", "slow", "length") if name in parameters}
    names = ("ns", "receive_ns", "sign", "price", "quantity", "row")
    early = replace(tape, **{name: getattr(tape, name)[:count] for name in names})
    whole, part = (strategy.signal(each, parameters) for each in (tape, early))
    assert np.array_equal(whole[:count], part, equal_nan=True)


def test_relative_strength_of_wilder() -> None:
    closes = np.array(
        [44.34, 44.09, 44.15, 43.61, 44.33, 44.83, 45.10, 45.42, 45.84, 46.08, 45.89, 46.03, 45.61, 46.28]
    )
    closes = np.append(closes, [46.28, 46.00, 46.03, 46.41])
    got = relative_strength(closes, 14)
    assert np.isnan(got[:14]).all()
    assert got[14:].round(2).tolist() == pytest.approx([70.46, 66.25, 66.48, 69.35], abs=0.01)


def test_moving_average_by_hand() -> None:
    assert moving_average(np.array([1.0, 2.0, 6.0]), 2).tolist()[1:] == [1.5, 4.0]
    assert np.isnan(moving_average(np.array([1.0]), 2)).all()


@pytest.mark.parametrize("name", ["spot_btcusdt", "spot_ethusdt", "usdm_ethusdt"])
@pytest.mark.parametrize("table", ["silver.quotes", "silver.books"])
def test_obi_threshold_on_a_recorded_market(name: str, table: str) -> None:
    tables = read_day(name).tables
    tape = build_tape(tables[table], tables["silver.trades"])
    lot = Decimal(tape.lot) / 10**9
    chosen = Settings(
        order_quantity=10 * lot, inventory_limit=10 * lot, taker_fee_bps=1.0, order_latency=Latency(1_000_000)
    )
    result = run(tape, find_strategy("obi_threshold"), {"threshold": 0.9, "levels": 5}, chosen)
    assert result.fills.num_rows > 50
    assert all(abs(row["position"]) <= 10 * lot for row in result.fills.to_pylist())
    last = result.equity.to_pylist()[-1]
    assert abs(last["cash"] + last["position"] * last["mid"] - last["equity"]) <= Decimal("1e-9")
    assert last["equity"] < chosen.capital  # the imbalance does not pay for the spread and the fees
