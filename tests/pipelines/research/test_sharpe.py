"""Sharpe ratios against their papers' numbers and another implementation."""

import numpy as np
import purgedcv
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.research.returns import check_returns, check_trials
from pipelines.research.sharpe import (
    Moments,
    count_independent,
    deflated_sharpe,
    expected_best_sharpe,
    measure_moments,
    probabilistic_sharpe,
)
from schemas.errors import ResearchError

VECTOR = Moments(sharpe=2.5 / 250**0.5, skew=-3, kurtosis=10, count=1250)


def test_deflated_sharpe_of_the_paper() -> None:
    assert expected_best_sharpe(100, 0.5 / 250) == pytest.approx(0.1132, abs=5e-5)
    assert deflated_sharpe(VECTOR, 100, 0.5 / 250) == pytest.approx(0.9004, abs=5e-5)
    assert deflated_sharpe(VECTOR, 46, 0.5 / 250) == pytest.approx(0.9505, abs=5e-5)


@settings(deadline=None)
@given(st.integers(0, 10_000), st.integers(4, 400), st.floats(-0.1, 0.1), st.integers(1, 500))
def test_probabilistic_and_deflated_sharpe_equal_purgedcv(seed: int, count: int, mean: float, trials: int) -> None:
    rng = np.random.default_rng(seed)
    returns = mean + rng.standard_t(4, count)
    moments = measure_moments(returns)
    assert moments is not None
    ours = probabilistic_sharpe(moments, 0.05), deflated_sharpe(moments, trials, 0.004)
    if ours[0] is None:
        with pytest.raises(ValueError, match="denominator"):
            purgedcv.probabilistic_sharpe_ratio(returns, 0.05)
        return
    theirs = purgedcv.probabilistic_sharpe_ratio(returns, 0.05), purgedcv.deflated_sharpe_ratio(returns, trials, 0.004)
    assert ours == pytest.approx(theirs, rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("returns", [[], [0.1], [0.1, 0.2, 0.3], [0.1] * 50])
def test_measure_moments_undefined(returns: list[float]) -> None:
    assert measure_moments(returns) is None


def test_probabilistic_sharpe_without_a_positive_variance() -> None:
    assert probabilistic_sharpe(Moments(1.0, 9.0, 3.0, 100)) is None
    assert probabilistic_sharpe(Moments(1.0, 0.0, 3.0, 1)) is None


def test_expected_best_sharpe_of_one_trial() -> None:
    assert expected_best_sharpe(1, 0.5) == 0.0


@pytest.mark.parametrize(
    ("count", "variance", "sentence"),
    [
        (0, 1.0, "0 trials: at least the one that is judged was made."),
        (2, -1.0, "The trials' Sharpe ratios have the variance -1.0: give one that is not negative."),
        (2, float("nan"), "The trials' Sharpe ratios have the variance nan: give one that is not negative."),
    ],
)
def test_expected_best_sharpe_of_bad_input(count: int, variance: float, sentence: str) -> None:
    with pytest.raises(ResearchError) as raised:
        expected_best_sharpe(count, variance)
    assert str(raised.value) == sentence


def test_count_independent_of_returns_that_hang_together() -> None:
    noise = np.random.default_rng(1).standard_normal(20_000)
    assert count_independent(noise) == pytest.approx(20_000, rel=0.1)
    assert count_independent(np.repeat(noise[:5000], 4)) == pytest.approx(20_000 / 4, rel=0.25)
    assert count_independent(np.diff(noise)) == len(noise) - 1
    assert count_independent(np.ones(10)) == 10
    assert count_independent(np.ones(0)) == 0


@pytest.mark.parametrize(
    ("returns", "sentence"),
    [
        ([0.1, float("nan")], "The return of period 1 is nan: give a number for every period."),
        ([[0.1]], "returns have the shape (1, 1): give one number a period."),
        (["a"], "returns are no table of numbers: could not convert string to float: 'a'."),
    ],
)
def test_check_returns_of_bad_input(returns: list[float], sentence: str) -> None:
    with pytest.raises(ResearchError) as raised:
        check_returns(returns)
    assert str(raised.value) == sentence


def test_check_trials_of_bad_input() -> None:
    with pytest.raises(ResearchError, match="give a row a period, a column a trial"):
        check_trials([0.1, 0.2])
    with pytest.raises(ResearchError, match="Trial 1 has the return inf in period 0: give a number for every period"):
        check_trials([[0.1, float("inf")]])
