"""The figures of real markets that docstrings name, and what holds in them."""

import numpy as np
import pytest

from pipelines.microstructure.flow import explain_by_ofi, explain_by_volume, sum_windows
from pipelines.microstructure.micro_price import calibrate_micro_price
from pipelines.microstructure.regression import fit_line
from pipelines.microstructure.scoreboard import Trial, score_predictors
from pipelines.microstructure.series import Trades
from pipelines.microstructure.signing import sign_accuracy, sign_lee_ready
from pipelines.microstructure.spreads import measure_spreads, weighted_mean
from tests.pipelines.microstructure.arrays import TICK
from tests.pipelines.microstructure.conftest import Capture

SECOND = 1_000_000_000


@pytest.fixture(params=["usdm_ethusdt", "spot_btcusdt", "spot_ethusdt"])
def capture(request: pytest.FixtureRequest) -> Capture:
    return request.getfixturevalue(request.param)


def test_captures_are_whole(usdm_ethusdt: Capture, spot_btcusdt: Capture) -> None:
    assert (len(usdm_ethusdt.touches), len(usdm_ethusdt.trades)) == (53_992, 14_076)
    assert (len(spot_btcusdt.touches), len(spot_btcusdt.trades)) == (28_040, 9_757)
    assert usdm_ethusdt.touches.is_two_sided.all()
    assert (usdm_ethusdt.trades.sign != 0).all()


@pytest.mark.parametrize(("strict", "expected"), [(True, 14_070 / 14_076), (False, 7_923 / 14_076)])
def test_lee_ready_accuracy(usdm_ethusdt: Capture, strict: bool, expected: float) -> None:
    signs = sign_lee_ready(usdm_ethusdt.trades, usdm_ethusdt.touches, strict=strict)
    assert sign_accuracy(signs, usdm_ethusdt.trades.sign) == pytest.approx(expected, abs=1e-12)
    assert round(expected, 4) == (0.9996 if strict else 0.5629)


@pytest.mark.parametrize("signed_by", ["flag", "lee_ready"])
def test_effective_spread_by_shares(usdm_ethusdt: Capture, signed_by: str) -> None:
    trades, touches = usdm_ethusdt.trades, usdm_ethusdt.touches
    sign = trades.sign if signed_by == "flag" else sign_lee_ready(trades, touches)
    spreads = measure_spreads(Trades(trades.ns, trades.price, trades.quantity, sign), touches, ())
    assert round(weighted_mean(spreads.effective_bps, trades.quantity), 4) == 1.6378


def test_effective_spread_by_an_inclusive_join_is_wrong(usdm_ethusdt: Capture) -> None:
    spreads = measure_spreads(usdm_ethusdt.trades, usdm_ethusdt.touches, (), strict=False)
    assert round(weighted_mean(spreads.effective_bps, usdm_ethusdt.trades.quantity), 4) == 0.6182


def test_realised_spread_ends_before_the_sample_does(usdm_ethusdt: Capture) -> None:
    known = np.isfinite(measure_spreads(usdm_ethusdt.trades, usdm_ethusdt.touches).realised_bps).sum(axis=1)
    assert known.tolist() == [14_076, 14_076, 13_780, 10_936, 1_479]


def test_ofi_explains_the_mid_better_than_volume_on_the_perpetual(usdm_ethusdt: Capture) -> None:
    windows = sum_windows(usdm_ethusdt.touches, usdm_ethusdt.trades, SECOND)
    assert round(explain_by_ofi(windows).r_squared, 4) == 0.5785
    assert round(fit_line(windows.ofi, windows.mid_change_inside).r_squared, 4) == 0.5790
    assert round(explain_by_volume(windows).r_squared, 4) == 0.2510


@pytest.mark.parametrize(
    ("name", "by_ofi", "by_volume"), [("spot_btcusdt", 0.3039, 0.42), ("spot_ethusdt", 0.7029, 0.2357)]
)
def test_ofi_and_volume_on_spot(request: pytest.FixtureRequest, name: str, by_ofi: float, by_volume: float) -> None:
    capture = request.getfixturevalue(name)
    windows = sum_windows(capture.touches, capture.trades, SECOND)
    assert round(explain_by_ofi(windows).r_squared, 4) == by_ofi
    assert round(explain_by_volume(windows).r_squared, 4) == by_volume


def test_calibration_leans_to_the_heavier_side(capture: Capture) -> None:
    fitted = calibrate_micro_price(capture.touches, TICK, spreads=1)
    assert fitted.sample_size == len(capture.touches) - 1
    assert (np.diff(fitted.adjustment_ticks[0]) > 0).all()


@pytest.mark.parametrize("horizon_ns", [SECOND // 10, SECOND, 10 * SECOND])
def test_stoikov_foretells_mid_best_at_horizons(capture: Capture, horizon_ns: int) -> None:
    trial = Trial(len(capture.touches) // 2, TICK, horizon_ns)
    errors = {score.predictor: score.rmse_bps for score in score_predictors(capture.touches, trial)}
    assert min(errors, key=errors.__getitem__) == "micro_price_stoikov"
