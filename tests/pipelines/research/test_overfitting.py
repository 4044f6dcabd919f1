"""CSCV against another implementation."""

import numpy as np
import purgedcv
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.research.overfitting import measure_overfitting
from schemas.errors import ResearchError


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from([2, 4, 6, 8]), st.integers(2, 9), st.integers(16, 90), st.booleans())
def test_measure_overfitting_equals_purgedcv(seed: int, blocks: int, trials: int, periods: int, ties: bool) -> None:
    returns = np.random.default_rng(seed).standard_normal((periods, trials)) + 0.1
    if ties:
        returns[:, 0], returns[: periods // 2, 1] = returns[:, -1], 0.0
    ours = measure_overfitting(returns, blocks)
    theirs = purgedcv.probability_of_backtest_overfitting(returns.T, blocks)
    assert ours.probability == theirs.pbo
    # They leave blocks out, we put blocks in: the same halves from the other end.
    np.testing.assert_allclose(np.sort(ours.logits), np.sort(theirs.logits), atol=1e-12)
    both = np.column_stack([ours.train_sharpe, ours.test_sharpe])
    np.testing.assert_allclose(both[::-1], theirs.is_oos_performance, atol=1e-9)
    assert ours.slope == pytest.approx(theirs.slope, abs=1e-6)


def test_measure_overfitting_of_a_trial_that_is_best_everywhere() -> None:
    returns = np.random.default_rng(3).standard_normal((480, 20))
    returns[:, 7] += 1
    result = measure_overfitting(returns)
    assert (result.probability, result.loss_probability, len(result.logits)) == (0.0, 0.0, 252)


def test_measure_overfitting_of_noise_is_near_a_half() -> None:
    draws = [measure_overfitting(np.random.default_rng(s).standard_normal((240, 20)), 8).probability for s in range(60)]
    assert np.mean(draws) == pytest.approx(0.5, abs=0.08)


def test_slope_is_none_where_training_does_not_vary() -> None:
    assert measure_overfitting(np.zeros((8, 2)), 4).slope is None


@pytest.mark.parametrize(
    ("shape", "blocks", "sentence"),
    [
        ((20, 2), 3, "3 blocks cannot be halved: give an even number of at least 2."),
        ((20, 2), 0, "0 blocks cannot be halved: give an even number of at least 2."),
        ((50, 2), 22, "22 blocks have too many halves: give at most 20."),
        ((20, 1), 4, "One trial leaves nothing to choose: overfitting needs at least 2."),
        ((3, 2), 4, "3 periods cannot be cut into 4 blocks: give more periods."),
    ],
)
def test_measure_overfitting_of_bad_input(shape: tuple[int, int], blocks: int, sentence: str) -> None:
    with pytest.raises(ResearchError) as raised:
        measure_overfitting(np.zeros(shape), blocks)
    assert str(raised.value) == sentence
