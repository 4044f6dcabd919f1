"""Metrics against another implementation and by hand."""

import warnings

import empyrical
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.research.metrics import (
    Activity,
    Fills,
    compute_returns,
    measure_calmar,
    measure_drawdown,
    measure_round_trips,
    measure_run,
    measure_sharpe,
    measure_sortino,
)
from schemas.errors import ResearchError

ONE = 10**9


def fills(*rows: tuple[float, float, float]) -> Fills:
    """Fills at 1, 2, ... ns of (price, quantity, fee)."""
    price, quantity, fee = np.array(rows, float).reshape(-1, 3).T
    units = (np.rint(column * ONE).astype(np.int64) for column in (price, quantity))
    return Fills(np.arange(1, len(rows) + 1), *units, fee)


@settings(deadline=None)
@given(st.integers(0, 10_000), st.integers(2, 300), st.sampled_from([12, 252, 365.25 * 24]), st.floats(-0.01, 0.01))
def test_ratios_equal_empyrical(seed: int, count: int, year: float, flat: float) -> None:
    returns = 0.02 * np.clip(np.random.default_rng(seed).standard_t(4, count), -20, 20)
    with warnings.catch_warnings(action="ignore"):
        theirs = (
            empyrical.sharpe_ratio(returns, risk_free=flat, annualization=year),
            empyrical.sortino_ratio(returns, required_return=flat, annualization=year),
            empyrical.calmar_ratio(returns, annualization=year),
            empyrical.max_drawdown(returns),
        )
    ours = (
        measure_sharpe(returns, year, flat),
        measure_sortino(returns, year, flat),
        measure_calmar(returns, year),
        measure_drawdown(returns),
    )
    expected = [value if np.isfinite(value) else None for value in map(float, theirs)]
    for mine, other in zip(ours, expected, strict=True):
        assert mine == (None if other is None else pytest.approx(other, rel=1e-9, abs=1e-12))


@pytest.mark.parametrize("returns", [[], [0.1], [0.1, 0.1, 0.1]])
def test_ratios_undefined(returns: list[float]) -> None:
    assert measure_sharpe(returns, 252) is None
    assert measure_sortino(returns, 252) is None
    assert measure_calmar(returns, 252) is None


def test_measure_drawdown_of_nothing() -> None:
    assert measure_drawdown([]) is None
    assert measure_drawdown([0.1]) == 0


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([], []),
        ([(100, 1, 0)], []),
        ([(100, 1, 0), (110, -1, 0)], [10]),
        ([(100, 1, 1), (110, -1, 2)], [7]),
        ([(100, -1, 1), (90, 1, 1)], [8]),
        ([(100, 1, 0), (120, 1, 0), (120, -1, 0), (120, -1, 0)], [10, 10]),
        ([(100, 1, 0), (110, -3, 3), (100, 2, 0)], [9, 18]),
        ([(100, 2, -2), (100, -1, 0)], [1]),
    ],
)
def test_measure_round_trips(rows: list[tuple[float, float, float]], expected: list[float]) -> None:
    assert measure_round_trips(fills(*rows)).tolist() == pytest.approx(expected)


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(1, 50), st.integers(-4, 4).filter(bool), st.integers(-2, 2)), max_size=20))
def test_measure_round_trips_sum_to_the_cash_of_a_closed_position(rows: list[tuple[int, int, int]]) -> None:
    position = sum(quantity for _, quantity, _ in rows)
    closed = [*rows, (7, -position, 1)] if position else rows
    cash = -sum(price * quantity + fee for price, quantity, fee in closed)
    assert measure_round_trips(fills(*closed)).sum() == pytest.approx(cash, abs=1e-6)


def test_measure_run() -> None:
    metrics = measure_run([100.0, 110.0, 99.0, 120.0], fills((100, 1, 1), (121, -1, 0)), Activity(3, 12), 252)
    assert metrics.total_pnl == 20
    assert metrics.total_return == pytest.approx(0.2)
    assert (metrics.trade_count, metrics.round_trip_count, metrics.win_rate) == (2, 1, 1.0)
    assert (metrics.signal_density, metrics.traded_value, metrics.fees) == (0.25, 221, 1)
    assert metrics.turnover == pytest.approx(221 / 107.25)
    assert metrics.max_drawdown == pytest.approx(-0.1)
    assert None not in (metrics.sharpe, metrics.sortino, metrics.calmar)


def test_measure_run_that_did_nothing() -> None:
    metrics = measure_run([100.0, 100.0, 100.0], fills(), Activity(0, 0), 252)
    assert (metrics.total_pnl, metrics.trade_count, metrics.traded_value, metrics.max_drawdown) == (0, 0, 0, 0)
    undefined = (metrics.win_rate, metrics.signal_density, metrics.sharpe, metrics.sortino, metrics.calmar)
    assert undefined == (None,) * 5


def test_measure_run_that_lost_more_than_all() -> None:
    metrics = measure_run([100.0, -5.0], fills(), Activity(0, 1), 252)
    assert (metrics.total_pnl, metrics.max_drawdown, metrics.sharpe) == (-105, None, None)
    assert compute_returns([1.0, 0.0]) is None


def test_measure_run_of_bad_input() -> None:
    good = fills((1, 1, 0), (1, -1, 0))
    late = Fills(good.ns[::-1], good.price, good.quantity, good.fee)
    for curve, rows, year, sentence in [
        ([], good, 252, "The equity curve is empty: give at least what the run began with."),
        ([1, float("nan")], good, 252, "The value of period 1 is nan: give a number for every period."),
        ([1, 2], late, 252, "Fills must come in order of time."),
        ([1, 2], fills((1, 1, 0), (1, 0, 0)), 252, "Fill 1 has the quantity 0: leave it out."),
        ([1, 2], good, 0, "A year of 0 periods: give how many periods a year has."),
    ]:
        with pytest.raises(ResearchError) as raised:
            measure_run(curve, rows, Activity(0, 1), year)
        assert str(raised.value) == sentence
