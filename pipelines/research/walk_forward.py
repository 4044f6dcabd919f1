"""Choose on the past, earn in the future: splits in time whose training knows nothing of the test.

Purge and embargo: López de Prado, Advances in Financial Machine Learning, 2018, chapter 7.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pipelines.microstructure.series import Floats, Ints
from pipelines.research.returns import check_trials, sharpe_ratios
from schemas.errors import ResearchError


@dataclass(frozen=True)
class Observations:
    """T observations in order of time: when each begins and when its outcome is known, (T,) in ns."""

    start_ns: Ints
    known_ns: Ints

    def __len__(self) -> int:
        return len(self.start_ns)


@dataclass(frozen=True)
class Scheme:
    """How walk-forward splits: `split_count` tests of `test_size` observations, the last of which ends the data.

    A training takes at most the last `train_size` observations, None: all. `embargo_ns` is the time that must lie
    between the last outcome of a training and its test.
    """

    split_count: int
    test_size: int
    train_size: int | None = None
    embargo_ns: int = 0


@dataclass(frozen=True)
class Split:
    """Rows of the observations: those that choose, those that judge; each in order of time."""

    train: Ints
    test: Ints


@dataclass(frozen=True)
class WalkForward:
    """Net returns a period (t,) out of sample, end to end, the trial that each split chose, and the rows (t,)."""

    returns: Floats
    chosen: tuple[int, ...]
    rows: Ints


def observe_periods(count: int, lag: int = 0) -> Observations:
    """`count` periods of one ns each, known `lag` periods after their ends: time counted in periods."""
    start = np.arange(count, dtype=np.int64)
    return Observations(start, start + 1 + lag)


def split_walk_forward(observations: Observations, scheme: Scheme) -> list[Split]:
    """Splits in order of time; a training keeps what is known, and the embargo over, when its test begins.

    Raises ResearchError for times out of order, an outcome known before its observation begins, tests that take all
    the observations, and a training that purge and embargo leave empty.
    """
    _check(observations, scheme)
    first = len(observations) - scheme.split_count * scheme.test_size
    return [_split(observations, scheme, first + at * scheme.test_size) for at in range(scheme.split_count)]


def walk_forward(returns: npt.ArrayLike, splits: list[Split]) -> WalkForward:
    """Choose the best Sharpe ratio in each training, take that trial's returns (T, N) in its test.

    A trial whose returns do not vary in a training is not chosen there, unless none varies: then the first is. Raises
    ResearchError when a split names a row that the returns do not have, and without any split.
    """
    trials = check_trials(returns)
    if not splits:
        raise ResearchError("Walk-forward without a split has no result: give at least one.")
    if max(int(split.test.max()) for split in splits) >= len(trials):
        raise ResearchError(f"The splits are of more periods than the {len(trials)} of the returns.")
    chosen = tuple(_best(trials[split.train]) for split in splits)
    parts = [trials[split.test, best] for split, best in zip(splits, chosen, strict=True)]
    return WalkForward(np.concatenate(parts), chosen, np.concatenate([split.test for split in splits]))


def check_observations(observations: Observations) -> None:
    """Raise ResearchError for times out of order, or an outcome known before its observation begins."""
    start, known = observations.start_ns, observations.known_ns
    if len(start) != len(known) or (np.diff(start) < 0).any():
        raise ResearchError("Observations must come in order of time, each with the time when it is known.")
    if (known < start).any():
        raise ResearchError("An observation is known before it begins: known_ns must not be before start_ns.")


def _check(observations: Observations, scheme: Scheme) -> None:
    check_observations(observations)
    if scheme.split_count < 1 or scheme.test_size < 1 or scheme.embargo_ns < 0 or (scheme.train_size or 1) < 1:
        raise ResearchError(f"{scheme} cannot split: counts and sizes begin at 1, the embargo at 0.")
    taken = scheme.split_count * scheme.test_size
    if taken >= len(observations):
        raise ResearchError(
            f"Tests take {taken} of {len(observations)} observations and leave none to train: shorten them."
        )


def _split(observations: Observations, scheme: Scheme, begin: int) -> Split:
    opens = observations.start_ns[begin]
    train = np.flatnonzero(observations.known_ns[:begin] + scheme.embargo_ns <= opens)
    if not len(train):
        raise ResearchError(
            f"Nothing is left to train before observation {begin}: purge and an embargo of {scheme.embargo_ns} ns "
            "take all that comes before it."
        )
    return Split(train[-(scheme.train_size or len(train)) :], np.arange(begin, begin + scheme.test_size))


def _best(returns: Floats) -> int:
    sharpe = sharpe_ratios(returns)
    return int(np.nanargmax(sharpe)) if np.isfinite(sharpe).any() else 0
