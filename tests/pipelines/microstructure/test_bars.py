import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.microstructure.bars import Bars, dollar_bars, time_bars, volume_bars
from pipelines.microstructure.series import Trades
from schemas.errors import MeasureError
from tests.pipelines.microstructure.arrays import ONE, TICK, drawn_trades, trades_of, untimed

TRADES = trades_of((10, 100, 2, 1), (19, 103, 1, -1), (19, 99, 3, 1), (40, 101, 9, 0), (55, 102, 1, 1))


def test_time_bars() -> None:
    bars = time_bars(TRADES, 10)
    assert bars.close_ns.tolist() == [20, 50, 60]
    assert (bars.open // TICK).tolist() == [100, 101, 102]
    assert (bars.high // TICK).tolist() == [103, 101, 102]
    assert (bars.low // TICK).tolist() == [99, 101, 102]
    assert (bars.close // TICK).tolist() == [99, 101, 102]
    assert (bars.volume // ONE).tolist() == [6, 9, 1]
    assert (bars.buy_volume // ONE).tolist() == [5, 0, 1]
    assert bars.trade_count.tolist() == [3, 1, 1]
    assert bars.is_complete.tolist() == [True, True, False]
    np.testing.assert_allclose(bars.value, [2 + 1.03 + 2.97, 9.09, 1.02])
    np.testing.assert_allclose(bars.vwap, [1, 1.01, 1.02])


@pytest.mark.parametrize(("until_ns", "expected"), [(59, False), (60, True)])
def test_time_bars_are_complete_once_known_until_their_end(until_ns: int, expected: bool) -> None:
    assert time_bars(TRADES, 10, until_ns).is_complete.tolist() == [True, True, expected]


def test_volume_bars_keep_the_filling_trade_whole() -> None:
    bars = volume_bars(TRADES, 3 * ONE)
    assert bars.close_ns.tolist() == [19, 19, 40, 55]
    assert (bars.volume // ONE).tolist() == [3, 3, 9, 1]
    assert bars.is_complete.tolist() == [True, True, True, False]


def test_dollar_bars() -> None:
    bars = dollar_bars(TRADES, 6)
    assert bars.trade_count.tolist() == [3, 1, 1]
    assert bars.is_complete.tolist() == [True, True, False]


def test_bars_that_end_with_the_last_trade_are_complete() -> None:
    assert volume_bars(TRADES, 1 * ONE).is_complete.all()
    assert dollar_bars(TRADES, 1).is_complete.all()


def test_vwap_of_a_bar_without_volume() -> None:
    assert math.isnan(time_bars(trades_of((10, 100, 0, 1)), 10).vwap[0])


def every_bars(trades: Trades, size: int) -> list[Bars]:
    return [time_bars(trades, size), volume_bars(trades, size * ONE), dollar_bars(trades, size)]


@untimed
@given(trades=drawn_trades(), size=st.integers(1, 30))
def test_bars_conserve_trades(trades: Trades, size: int) -> None:
    for bars in every_bars(trades, size):
        assert bars.volume.sum() == trades.quantity.sum()
        assert bars.buy_volume.sum() == trades.quantity[trades.sign > 0].sum()
        assert bars.trade_count.sum() == len(trades)
        np.testing.assert_allclose(bars.value.sum(), trades.value.sum())
        assert (np.diff(bars.close_ns) >= 0).all()
        assert bars.is_complete[:-1].all()


@untimed
@given(trades=drawn_trades(smallest=1), size=st.integers(1, 30))
def test_bars_hold_their_prices(trades: Trades, size: int) -> None:
    for bars in every_bars(trades, size):
        assert (bars.low <= np.minimum(bars.open, bars.close)).all()
        assert (bars.high >= np.maximum(bars.open, bars.close)).all()
        assert ((bars.low / 1e9 <= bars.vwap * (1 + 1e-12)) & (bars.vwap <= bars.high / 1e9 * (1 + 1e-12))).all()
        assert (bars.open[0], bars.close[-1]) == (trades.price[0], trades.price[-1])


@untimed
@given(trades=drawn_trades(), size=st.integers(1, 30))
def test_volume_bars_are_full_but_not_before_their_last_trade(trades: Trades, size: int) -> None:
    bars = volume_bars(trades, size * ONE)
    last = trades.quantity[np.cumsum(bars.trade_count) - 1]
    assert ((bars.volume >= size * ONE) == bars.is_complete).all()
    assert (bars.volume - last < size * ONE).all()


def test_bars_of_bad_arguments() -> None:
    for bars in (time_bars, volume_bars, dollar_bars):
        with pytest.raises(MeasureError, match="must be above 0"):
            bars(TRADES, 0)
        with pytest.raises(MeasureError, match="Times of trades must not decrease"):
            bars(trades_of((2, 1, 1, 1), (1, 1, 1, 1)), 1)
