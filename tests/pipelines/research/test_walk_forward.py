"""Splits in time against another implementation, and against the future."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from purgedcv import WalkForwardSplit

from pipelines.research.walk_forward import (
    Observations,
    Scheme,
    observe_periods,
    split_walk_forward,
    walk_forward,
)
from schemas.errors import ResearchError


@settings(deadline=None)
@given(st.integers(1, 4), st.integers(1, 6), st.sampled_from([None, 3, 10]), st.integers(0, 3), st.integers(0, 3))
def test_split_walk_forward_equals_purgedcv(count: int, size: int, train: int | None, lag: int, embargo: int) -> None:
    observations = observe_periods(40, lag)
    theirs = WalkForwardSplit(
        count,
        size,
        train_size=train,
        window="sliding" if train else "expanding",
        prediction_times=pd.Series(pd.to_datetime(observations.start_ns)),
        evaluation_times=pd.Series(pd.to_datetime(observations.known_ns)),
        purge_horizon=pd.Timedelta(embargo, "ns"),
    )
    ours = split_walk_forward(observations, Scheme(count, size, train, embargo))
    for split, (train_rows, test_rows) in zip(ours, theirs.split(np.empty((40, 1))), strict=True):
        assert split.train.tolist() == train_rows.tolist()
        assert split.test.tolist() == test_rows.tolist()


def test_split_walk_forward_purges_by_each_outcome() -> None:
    observations = Observations(np.arange(6) * 10, np.array([10, 45, 30, 40, 50, 60]))
    (split,) = split_walk_forward(observations, Scheme(1, 2))
    assert (split.train.tolist(), split.test.tolist()) == ([0, 2, 3], [4, 5])
    (split,) = split_walk_forward(observations, Scheme(1, 2, embargo_ns=1))
    assert split.train.tolist() == [0, 2]


def test_walk_forward_applies_what_the_past_chose() -> None:
    returns = np.array([[1.0, 0.1], [2.0, -0.1], [-5.0, 7.0], [-5.0, 7.0], [-1.0, 8.0], [-2.0, 9.0]])
    result = walk_forward(returns, split_walk_forward(observe_periods(6), Scheme(2, 2)))
    assert result.chosen == (0, 1)
    assert result.returns.tolist() == [-5.0, -5.0, 8.0, 9.0]
    assert result.rows.tolist() == [2, 3, 4, 5]


def test_walk_forward_does_not_see_the_test() -> None:
    rng = np.random.default_rng(2)
    returns, other = rng.standard_normal((2, 60, 5))
    (split,) = split_walk_forward(observe_periods(60, 3), Scheme(1, 20))
    changed = np.where(np.isin(np.arange(60), split.train)[:, None], returns, other)
    assert walk_forward(changed, [split]).chosen == walk_forward(returns, [split]).chosen


def test_walk_forward_of_trials_that_do_nothing() -> None:
    (split,) = split_walk_forward(observe_periods(8), Scheme(1, 2))
    assert walk_forward(np.zeros((8, 3)), [split]).chosen == (0,)


@pytest.mark.parametrize(
    ("observations", "scheme", "sentence"),
    [
        (observe_periods(10), Scheme(2, 5), "Tests take 10 of 10 observations and leave none to train: shorten them."),
        (
            observe_periods(10, 20),
            Scheme(1, 5),
            "Nothing is left to train before observation 5: purge and an embargo of 0 ns take all that "
            "comes before it.",
        ),
        (
            observe_periods(10),
            Scheme(1, 5, embargo_ns=9),
            "Nothing is left to train before observation 5: purge and an embargo of 9 ns take all that "
            "comes before it.",
        ),
        (
            Observations(np.array([2, 1]), np.array([3, 3])),
            Scheme(1, 1),
            "Observations must come in order of time, each with the time when it is known.",
        ),
        (
            Observations(np.array([1, 2]), np.array([1, 1])),
            Scheme(1, 1),
            "An observation is known before it begins: known_ns must not be before start_ns.",
        ),
        (
            observe_periods(10),
            Scheme(0, 5),
            "Scheme(split_count=0, test_size=5, train_size=None, embargo_ns=0) cannot split: counts and sizes "
            "begin at 1, the embargo at 0.",
        ),
    ],
)
def test_split_walk_forward_of_bad_input(observations: Observations, scheme: Scheme, sentence: str) -> None:
    with pytest.raises(ResearchError) as raised:
        split_walk_forward(observations, scheme)
    assert str(raised.value) == sentence


def test_walk_forward_of_bad_input() -> None:
    with pytest.raises(ResearchError, match="without a split has no result"):
        walk_forward(np.zeros((8, 3)), [])
    with pytest.raises(ResearchError, match="The splits are of more periods than the 4 of the returns"):
        walk_forward(np.zeros((4, 3)), split_walk_forward(observe_periods(8), Scheme(1, 2)))
