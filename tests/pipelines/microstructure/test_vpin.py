import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm

from pipelines.microstructure.bars import time_bars
from pipelines.microstructure.series import Trades
from pipelines.microstructure.vpin import price_change_std, vpin_bulk, vpin_by_flag
from schemas.errors import MeasureError
from tests.pipelines.microstructure.arrays import ONE, drawn_trades, trades_of, untimed

TRADES = trades_of((1, 100, 3, 1), (2, 100, 4, -1), (3, 100, 8, 1), (4, 100, 2, 0), (5, 100, 2, -1))


def test_vpin_by_flag_splits_trades_at_the_ends_of_buckets() -> None:
    vpin = vpin_by_flag(TRADES, 5 * ONE, 2)
    assert vpin.end_ns.tolist() == [2, 3, 3]
    np.testing.assert_allclose(vpin.imbalance, [(3 - 2) / 5, (3 - 2) / 5, 1])
    np.testing.assert_allclose(vpin.vpin, [math.nan, 0.2, 0.6])


def test_vpin_by_flag_of_volume_without_sign() -> None:
    np.testing.assert_allclose(vpin_by_flag(trades_of((1, 100, 3, 0), (2, 100, 1, 1)), 4 * ONE, 1).vpin, [0.25])


def test_vpin_bulk_by_the_price_change_of_bars() -> None:
    bars = time_bars(trades_of((1, 100, 4, 0), (15, 103, 4, 0), (25, 101, 4, 0)), 10)
    vpin = vpin_bulk(bars, 0.02, 4 * ONE, 2)
    expected = 2 * norm.cdf(np.array([0, 0.03, -0.02]) / 0.02) - 1
    assert vpin.end_ns.tolist() == [10, 20, 30]
    np.testing.assert_allclose(vpin.imbalance, expected, atol=1e-12)
    np.testing.assert_allclose(vpin.vpin[1:], (np.abs(expected)[1:] + np.abs(expected)[:-1]) / 2)


def test_price_change_std() -> None:
    bars = time_bars(trades_of((1, 100, 4, 0), (15, 103, 4, 0), (25, 101, 4, 0)), 10)
    assert price_change_std(bars) == pytest.approx(np.std([0.03, -0.02], ddof=1))
    assert math.isnan(price_change_std(time_bars(trades_of((1, 100, 4, 0), (15, 103, 4, 0)), 10)))


@untimed
@given(trades=drawn_trades(), bucket=st.integers(1, 20), window=st.integers(1, 5))
def test_vpin_is_bounded_and_the_same_from_either_side(trades: Trades, bucket: int, window: int) -> None:
    mirrored = Trades(trades.ns, trades.price, trades.quantity, -trades.sign)
    one, other = (vpin_by_flag(side, bucket * ONE, window) for side in (trades, mirrored))
    np.testing.assert_allclose(other.imbalance, -one.imbalance, atol=1e-9)
    known = one.vpin[window - 1 :]
    assert ((known >= 0) & (known <= 1 + 1e-9)).all()
    assert np.isnan(one.vpin[: window - 1]).all()
    assert len(one.vpin) == trades.quantity.sum() // (bucket * ONE)


@untimed
@given(trades=drawn_trades(), bucket=st.integers(1, 20))
def test_vpin_buckets_conserve_signed_volume(trades: Trades, bucket: int) -> None:
    vpin = vpin_by_flag(trades, bucket * ONE, 1)
    units = np.repeat(trades.sign, trades.quantity // ONE)[: bucket * len(vpin.vpin)]
    np.testing.assert_allclose(vpin.imbalance, units.reshape(-1, bucket).sum(axis=1) / bucket, atol=1e-9)


@pytest.mark.parametrize(("bucket", "window"), [(0, 1), (1, 0)])
def test_vpin_by_flag_of_bad_arguments(bucket: int, window: int) -> None:
    with pytest.raises(MeasureError, match="must be above 0"):
        vpin_by_flag(TRADES, bucket, window)


def test_vpin_of_what_cannot_be_measured() -> None:
    with pytest.raises(MeasureError, match="standard deviation of price changes is nan"):
        vpin_bulk(time_bars(TRADES, 10), math.nan, ONE)
    with pytest.raises(MeasureError, match=r"passes 9\.2e9"):
        vpin_by_flag(trades_of((1, 100, 9_000_000_000, 1), (2, 100, 9_000_000_000, 1)), ONE)
