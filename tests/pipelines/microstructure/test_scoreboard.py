import math
from dataclasses import fields

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.microstructure.flow import ofi_events
from pipelines.microstructure.scoreboard import Trial, find_target, predict_mids, score_predictors, sum_recent
from pipelines.microstructure.series import Touches
from schemas.errors import MeasureError
from tests.pipelines.microstructure.arrays import TICK, drawn_touches, touches_of, untimed

COLUMNS = [field.name for field in fields(Touches)]
TOUCHES = touches_of(
    (10, 100, 102, 1, 1), (20, 100, 102, 3, 1), (20, 101, 103, 1, 1), (30, 0, 103, 0, 1), (50, 101, 103, 1, 1)
)


@pytest.mark.parametrize(
    ("horizon_ns", "expected"), [(None, [2, 2, -1, -1, -1]), (10, [2, 3, 3, 3, -1]), (40, [4, -1, -1, -1, -1])]
)
def test_find_target(horizon_ns: int | None, expected: list[int]) -> None:
    assert find_target(TOUCHES, horizon_ns).tolist() == expected


@untimed
@given(touches=drawn_touches())
def test_find_target_is_the_next_other_mid(touches: Touches) -> None:
    mid = touches.mid
    for row, target in enumerate(find_target(touches, None)):
        later = [at for at in range(row + 1, len(mid)) if np.isfinite(mid[at])]
        if np.isfinite(mid[row]):
            assert target == next((at for at in later if mid[at] != mid[row]), -1)


@untimed
@given(touches=drawn_touches(), width_ns=st.integers(1, 12))
def test_sum_recent_sums_the_events_of_the_last_ns(touches: Touches, width_ns: int) -> None:
    events, ns = ofi_events(touches), touches.ns
    expected = [events[: row + 1][ns[: row + 1] > ns[row] - width_ns].sum() for row in range(len(ns))]
    np.testing.assert_allclose(sum_recent(touches, width_ns), expected, atol=1e-9)


def pressed(count: int, seed: int) -> Touches:
    """A market whose mid follows the heavier side: imbalance foretells the next move."""
    rng = np.random.default_rng(seed)
    heavy, bid, rows = 1, 10_000, []
    for row in range(count):
        heavy = heavy if rng.random() < 0.9 else -heavy
        bid += heavy if rng.random() < 0.3 else 0
        rows.append((row, bid, bid + 1, 5 + 4 * heavy, 5 - 4 * heavy))
    return touches_of(*rows)


def test_score_predictors_in_a_market_that_follows_the_heavier_side() -> None:
    scores = {score.predictor: score for score in score_predictors(pressed(20_000, 5), Trial(10_000, TICK, ofi_ns=10))}
    assert list(scores) == ["mid", "micro_price", "micro_price_stoikov", "mid_ofi"]
    assert len({score.count for score in scores.values()}) == 1
    assert scores["mid"].rmse_bps == pytest.approx(1, rel=0.2)
    assert scores["micro_price"].rmse_bps < scores["mid"].rmse_bps
    assert scores["mid_ofi"].rmse_bps < scores["mid"].rmse_bps
    assert all(score.mae_bps <= score.rmse_bps for score in scores.values())


def joined(one: Touches, other: Touches, at: int) -> Touches:
    """The first touches of one market, then those of another."""
    return Touches(*(np.concatenate((vars(one)[name][:at], vars(other)[name][at:])) for name in COLUMNS))


@pytest.mark.parametrize("horizon_ns", [None, 20])
@pytest.mark.parametrize("cut", [2_000, 2_500])
def test_predict_mids_sees_nothing_that_comes_later(horizon_ns: int | None, cut: int) -> None:
    touches, other = pressed(4_000, 5), pressed(4_000, 6)
    trial = Trial(2_000, TICK, horizon_ns, ofi_ns=10)
    one, changed = predict_mids(touches, trial), predict_mids(joined(touches, other, cut), trial)
    for name, price in one.items():
        np.testing.assert_array_equal(price[:cut], changed[name][:cut])
        assert (price[cut:] != changed[name][cut:]).any()


def test_predict_mids_is_fitted_on_what_comes_before() -> None:
    touches, other = pressed(4_000, 5), pressed(4_000, 6)
    trial = Trial(2_000, TICK, ofi_ns=10)
    one, changed = predict_mids(touches, trial), predict_mids(joined(other, touches, 2_000), trial)
    is_same = {name: (price[2_100:] == changed[name][2_100:]).all() for name, price in one.items()}
    assert is_same == {"mid": True, "micro_price": True, "micro_price_stoikov": False, "mid_ofi": False}


def test_score_predictors_without_known_target() -> None:
    still = touches_of(*((row, 100, 101, 1 + row % 3, 1) for row in range(40)))
    for score in score_predictors(still, Trial(20, TICK)):
        assert (score.count, math.isnan(score.rmse_bps), math.isnan(score.mae_bps)) == (0, True, True)


@pytest.mark.parametrize("split", [0, 5, 9])
def test_score_predictors_of_a_bad_split(split: int) -> None:
    with pytest.raises(MeasureError, match=f"The split {split} must leave some of 5 touches on either side"):
        score_predictors(TOUCHES, Trial(split, TICK))


def test_find_target_of_a_bad_horizon() -> None:
    with pytest.raises(MeasureError, match="horizon in ns is 0"):
        find_target(TOUCHES, 0)


def test_sum_recent_of_a_bad_width() -> None:
    with pytest.raises(MeasureError, match="width of recent OFI in ns is 0"):
        sum_recent(TOUCHES, 0)
