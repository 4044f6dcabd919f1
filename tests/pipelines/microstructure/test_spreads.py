import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.microstructure.asof import asof_index
from pipelines.microstructure.series import Touches, Trades, take_known
from pipelines.microstructure.spreads import HORIZONS_NS, measure_spreads, weighted_mean
from tests.pipelines.microstructure.arrays import drawn_touches, drawn_trades, mirror, touches_of, trades_of, untimed

TOUCHES = touches_of((10, 99, 101, 1, 1), (20, 101, 103, 1, 1), (30, 103, 105, 1, 1))


def test_horizons() -> None:
    assert [horizon / 1e9 for horizon in HORIZONS_NS] == [0.1, 1, 10, 60, 300]


def test_measure_spreads_of_a_buy_that_moves_the_price() -> None:
    spreads = measure_spreads(trades_of((20, 101, 1, 1)), TOUCHES, (0, 5, 10, 11))
    np.testing.assert_allclose(spreads.effective_bps, [2 * (101 - 100) / 100 * 1e4])
    np.testing.assert_allclose(spreads.realised_bps[:, 0], [-200, -200, -600, math.nan])
    np.testing.assert_allclose(spreads.impact_bps[:, 0], [400, 400, 800, math.nan])


@pytest.mark.parametrize(("strict", "expected"), [(True, 200), (False, 2 * (101 - 102) / 102 * 1e4)])
def test_measure_spreads_against_the_touch_before(strict: bool, expected: float) -> None:
    spreads = measure_spreads(trades_of((20, 101, 1, 1)), TOUCHES, strict=strict)
    np.testing.assert_allclose(spreads.effective_bps, [expected])


@pytest.mark.parametrize("trade", [(10, 101, 1, 1), (15, 101, 1, 0)])
def test_measure_spreads_without_touch_before_or_sign(trade: tuple[int, int, int, int]) -> None:
    spreads = measure_spreads(trades_of(trade), TOUCHES, (5,))
    np.testing.assert_array_equal((spreads.effective_bps, spreads.impact_bps[0]), [[math.nan], [math.nan]])


def test_measure_spreads_without_rows() -> None:
    assert measure_spreads(trades_of(), TOUCHES).realised_bps.shape == (5, 0)
    assert np.isnan(measure_spreads(trades_of((1, 100, 1, 1)), touches_of()).realised_bps).all()


@untimed
@given(touches=drawn_touches(), trades=drawn_trades(), horizon=st.integers(0, 30))
def test_measure_spreads_effective_is_realised_and_impact(touches: Touches, trades: Trades, horizon: int) -> None:
    spreads = measure_spreads(trades, touches, (horizon,))
    before = take_known(touches.mid, asof_index(trades.ns, touches.ns, strict=True))
    later = take_known(touches.mid, asof_index(trades.ns + horizon, touches.ns, strict=False))
    sign = np.where(trades.sign == 0, np.nan, trades.sign)
    impact = np.where(trades.ns + horizon <= touches.ns[-1], 2 * sign * (later - before) / before * 1e4, np.nan)
    np.testing.assert_allclose(spreads.impact_bps[0], impact, atol=1e-8)
    np.testing.assert_allclose(spreads.realised_bps[0] + impact, spreads.effective_bps + 0 * impact, atol=1e-8)


@untimed
@given(touches=drawn_touches(), trades=drawn_trades())
def test_measure_spreads_of_the_mirrored_market_are_the_same_but_for_the_sign_of_mid(
    touches: Touches, trades: Trades
) -> None:
    mirrored = Trades(trades.ns, -trades.price, trades.quantity, -trades.sign)
    one, other = measure_spreads(trades, touches), measure_spreads(mirrored, mirror(touches))
    np.testing.assert_allclose(other.effective_bps, -one.effective_bps, rtol=1e-9)


@pytest.mark.parametrize(
    ("values", "weights", "expected"),
    [
        ([1, 3], [3, 1], 1.5),
        ([1, math.nan], [3, 9], 1),
        ([math.nan], [1], math.nan),
        ([1], [0], math.nan),
        ([], [], math.nan),
    ],
)
def test_weighted_mean(values: list[float], weights: list[int], expected: float) -> None:
    np.testing.assert_equal(weighted_mean(np.array(values, float), np.array(weights, np.int64)), expected)
