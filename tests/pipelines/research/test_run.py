"""Laws of the engine."""

from dataclasses import replace
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.research.desk import Market
from pipelines.research.registry import STRATEGIES, find_strategy
from pipelines.research.run import Result, run, run_grid, run_returns
from pipelines.research.settings import Latency, Settings
from pipelines.research.tape import Tape
from schemas.errors import ResearchError
from tests.pipelines.research.tapes import BUY, LIMIT, MARKET, SELL, column, insisting, run_told, tape_of, tapes

LATENCIES = st.integers(0, 2_000)
WIDE = Settings(inventory_limit=Decimal(10_000))


def bought(result: Result) -> int:
    return sum(int(value) for value in column(result.fills, "quantity"))


def pnl(result: Result) -> Decimal:
    return result.equity.column("equity")[-1].as_py()


@settings(max_examples=60, deadline=None)
@given(tapes(), LATENCIES, LATENCIES, st.data())
def test_run_fills_at_the_first_event_after_the_latencies(
    tape: Tape, feed: int, order: int, data: st.DataObject
) -> None:
    event = data.draw(st.integers(0, len(tape) - 1))
    chosen = replace(WIDE, feed_latency=Latency(feed), order_latency=Latency(order))
    result = run_told(tape, chosen, (event, MARKET, BUY, 0, 1))
    after = np.flatnonzero(tape.ns > tape.ns[event] + feed + order)
    expected = [at for at in after[:1].tolist() if tape.ask_quantity[at] > 0]
    assert column(result.fills, "event_ns") == [int(tape.ns[at]) for at in expected]
    assert [Decimal(price) * 100 for price in column(result.fills, "price")] == [int(tape.ask[at]) for at in expected]


@settings(max_examples=60, deadline=None)
@given(tapes(), st.integers(0, 3), st.sampled_from([BUY, SELL]))
def test_run_queue_models_fill_in_order(tape: Tape, depth: int, side: int) -> None:
    price = int(tape.bid[0]) - depth if side == BUY else int(tape.ask[0]) + depth
    order = (0, LIMIT, side, price, 40)
    filled = {
        name: bought(run_told(tape, replace(WIDE, queue_model=name), order))
        for name in ("TOUCH", "PROBABILISTIC", "RISK_AVERSE")
    }
    assert filled["TOUCH"] >= filled["PROBABILISTIC"] >= filled["RISK_AVERSE"]


def test_run_probabilistic_queue_moves_with_cancels() -> None:
    quotes = [(100, "10.00", 10, "10.01", 5), (200, "10.00", 10, "10.01", 5), (300, "10.00", 40, "10.01", 5)]
    quotes += [(400, "10.00", 20, "10.01", 5), (600, "10.00", 9, "10.01", 5)]
    tape = tape_of(quotes, [(500, "SELL", "10.00", 12)])
    order = (0, LIMIT, BUY, 1000, 10)
    # Ahead 10, behind 30 of 40; 20 go: with n = 1 a quarter of them was ahead, so 5 are left ahead and 7 are filled.
    assert bought(run_told(tape, replace(WIDE, queue_model="PROBABILISTIC", queue_power=1.0), order)) == 7
    assert bought(run_told(tape, WIDE, order)) == 2
    assert bought(run_told(tape, replace(WIDE, queue_model="TOUCH"), order)) == 10


def test_run_risk_averse_queue_is_never_longer_than_what_is_displayed() -> None:
    quotes = [(100, "10.00", 40, "10.01", 5), (200, "10.00", 40, "10.01", 5), (300, "10.00", 20, "10.01", 5)]
    for traded, filled in ((20, 0), (23, 3)):
        tape = tape_of([*quotes, (500, "10.00", 9, "10.01", 5)], [(400, "SELL", "10.00", traded)])
        assert bought(run_told(tape, WIDE, (0, LIMIT, BUY, 1000, 10))) == filled


@settings(max_examples=40, deadline=None)
@given(tapes(), st.floats(-5, 20), st.floats(0, 20))
def test_run_costs_more_with_higher_fees(tape: Tape, fee: float, more: float) -> None:
    low, high = (
        run(tape, insisting(), {}, replace(WIDE, maker_fee_bps=bps, taker_fee_bps=bps)) for bps in (fee, fee + more)
    )
    assert low.fills.select(["event_ns", "price", "quantity"]) == high.fills.select(["event_ns", "price", "quantity"])
    assert pnl(high) <= pnl(low)


def same(one: Result, other: Result) -> bool:
    return all(_bytes(getattr(one, name)) == _bytes(getattr(other, name)) for name in ("fills", "equity"))


def _bytes(table: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return sink.getvalue().to_pybytes()


@pytest.mark.parametrize("which", ["feed_latency", "order_latency"])
def test_run_same_seed_same_bytes_with_sampled_latencies(which: str) -> None:
    quotes = [(100 * n, f"{10 + n % 7 / 100:.2f}", 5, f"{10.01 + n % 7 / 100:.2f}", 5) for n in range(1, 200)]
    tape = tape_of(quotes)
    sampled = replace(WIDE, **{which: Latency(table_ns=(1, 150, 950))})
    one, two, other = (run(tape, insisting(), {}, replace(sampled, seed=seed)) for seed in (4, 4, 5))
    assert same(one, two)
    assert not same(one, other)


def test_run_orders_take_latencies_of_the_table() -> None:
    tape = tape_of([(100 * n, "10.00", 5, "10.01", 5) for n in range(1, 400)])
    result = run(tape, insisting(), {}, replace(WIDE, order_latency=Latency(table_ns=(50, 250))))
    gaps = np.diff(column(result.fills, "event_ns"))
    assert set(gaps.tolist()) == {100, 300}


@settings(max_examples=40, deadline=None)
@given(tapes(), st.integers(1, 6), LATENCIES)
def test_run_never_holds_more_than_the_limit(tape: Tape, limit: int, latency: int) -> None:
    chosen = Settings(inventory_limit=Decimal(limit), feed_latency=Latency(latency), order_latency=Latency(latency))
    orders = [(event, kind, BUY, int(tape.bid[0]), 2) for event in range(5) for kind in (LIMIT, MARKET)]
    for result in (run(tape, insisting(), {}, chosen), run_told(tape, chosen, *orders)):
        assert all(abs(int(value)) <= limit for value in column(result.fills, "position"))


DAY_NS = 86_400_000_000_000
FALL = [
    (100, "10.00", 5, "10.01", 5),
    (200, "10.00", 5, "10.01", 5),
    (300, "9.00", 5, "9.01", 5),
    (400, "9.00", 5, "9.01", 5),
    (500, "9.00", 5, "9.01", 5),
    (DAY_NS + 100, "9.00", 5, "9.01", 5),
    (DAY_NS + 200, "9.00", 5, "9.01", 5),
]


@pytest.mark.parametrize(("stop_for", "positions"), [("DAY", ["1", "0", "1"]), ("TAPE", ["1", "0"])])
def test_run_stops_after_a_loss(stop_for: str, positions: list[str]) -> None:
    chosen = Settings(stop_loss=Decimal("0.5"), stop_for=stop_for, sample_ns=DAY_NS)
    result = run(tape_of(FALL), insisting(), {}, chosen)
    assert column(result.fills, "position") == positions
    assert column(result.fills, "event_ns")[1] == 400


def test_run_does_not_stop_before_the_loss() -> None:
    result = run(tape_of(FALL), insisting(), {}, Settings(stop_loss=Decimal("1.02"), sample_ns=DAY_NS))
    assert column(result.fills, "position") == ["1"]


def test_run_keeps_more_fills_than_it_has_room_for() -> None:
    tape = tape_of([(100 * n, "10.00", 5, "10.01", 5) for n in range(1, 40_000)])
    result = run(tape, insisting(), {}, replace(WIDE, inventory_limit=Decimal(100_000)))
    assert result.fills.num_rows == 39_998
    assert column(result.fills, "position")[-1] == "39998"


def test_run_returns_are_those_of_run() -> None:
    tape = tape_of([(10**9 * n, f"{10 + n % 7 / 100:.2f}", 5, f"{10.01 + n % 7 / 100:.2f}", 5) for n in range(1, 90)])
    full = run(tape, insisting(), {}, WIDE)
    assert run_returns(Market(tape, WIDE), insisting(), {}).tolist() == full.returns.tolist()
    assert full.fills.num_rows > 50


def test_run_grid_gives_each_trial_its_returns() -> None:
    tape = tape_of([(10**9 * n, "10.00", 1 + n * 7 % 13, "10.01", 1 + n * 5 % 11) for n in range(1, 200)])
    market, strategy = Market(tape, Settings(taker_fee_bps=1.0)), find_strategy("obi_threshold")
    trials = [{"threshold": at, "window_ms": width} for at in (0.2, 0.5) for width in (0, 5_000, 2_000)]
    grid = run_grid(market, strategy, trials, threads=2)
    assert grid.tolist() == [run_returns(market, strategy, trial).tolist() for trial in trials]
    assert len({row.tobytes() for row in grid}) == len(trials)


def test_run_grid_refuses_a_trial_before_any_has_run() -> None:
    with pytest.raises(ResearchError, match="Parameter threshold of strategy obi_threshold is 2"):
        run_grid(Market(tape_of(FALL), Settings()), find_strategy("obi_threshold"), [{}, {"threshold": 2}])


@pytest.mark.parametrize(
    ("name", "given_parameters", "sentence"),
    [
        ("obi", {}, "There is no strategy obi; there are obi_threshold, "),
        ("obi_threshold", {"window": 1.0}, "has no parameter window; it has levels, window_ms, "),
        ("obi_threshold", {"threshold": 2.0}, "Parameter threshold of strategy obi_threshold is 2; it must lie in "),
        ("rsi", {"length": float("nan")}, "Parameter length of strategy rsi is nan; it must lie in "),
    ],
)
def test_run_refuses_what_a_strategy_cannot_be_told(
    name: str, given_parameters: dict[str, float], sentence: str
) -> None:
    with pytest.raises(ResearchError, match=sentence):
        run(tape_of(FALL), find_strategy(name), given_parameters, Settings())


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"queue_model": "FIFO"}, "Setting queue_model is FIFO; it must be one of TOUCH, RISK_AVERSE, PROBABILISTIC"),
        ({"order_latency": Latency(-5)}, "The order latency is -5 ns; it must be 0 or above"),
        ({"feed_latency": Latency(table_ns=(3, -1))}, "The feed latency is -1 ns; it must be 0 or above"),
        ({"order_latency": Latency(is_recorded=True)}, "Setting order_latency is recorded"),
        ({"order_quantity": Decimal("0.5")}, "Setting order_quantity is 0.5; it must be a multiple of the lot"),
        ({"inventory_limit": Decimal(0)}, "Setting inventory_limit is 0; it must be above 0"),
        ({"inventory_limit": Decimal(10**10)}, "more money than 64 bits hold"),
        ({"capital": Decimal(10**10)}, "more money than 64 bits hold"),
        ({"stop_loss": Decimal(-1)}, "Setting stop_loss is -1; it must be above 0, or None"),
        ({"stop_for": "WEEK"}, "Setting stop_for is WEEK; it must be DAY or TAPE"),
        ({"taker_fee_bps": 20_000.0}, "Setting taker_fee_bps is 20000.0"),
    ],
)
def test_run_refuses_settings(changed: dict[str, object], sentence: str) -> None:
    with pytest.raises(ResearchError, match=sentence):
        run(tape_of(FALL), find_strategy("rsi"), {}, Settings(**changed))  # type: ignore[arg-type]  # any field


def test_strategies_have_names_defaults_and_comments() -> None:
    assert len({each.name for each in STRATEGIES}) == len(STRATEGIES) == 6
    for each in STRATEGIES:
        assert each.comment and all(parameter.comment for parameter in each.parameters)
        assert each.with_defaults({}) == {parameter.name: parameter.default for parameter in each.parameters}
        assert set(each.signal_reads) <= set(each.with_defaults({}))
