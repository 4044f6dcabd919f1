"""Whether the trial that looks best stays ahead where it was not chosen: combinatorially symmetric cross-validation.

The periods are cut into S blocks; each half of the blocks chooses the trial with the best Sharpe ratio, and the other
half judges it. Bailey, Borwein, López de Prado and Zhu, The Probability of Backtest Overfitting, 2017.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import numpy.typing as npt

from pipelines.microstructure.series import Floats
from pipelines.research.returns import ROUNDING, check_trials, defined
from schemas.errors import ResearchError

BLOCK_COUNT = 10
CHUNK = 1024
# Equal trials get equal Sharpe ratios, however a sum was rounded.
DECIMALS = 12


@dataclass(frozen=True)
class Overfitting:
    """What all choices came to, (C,) each: logit, and the chosen's Sharpe ratio a period in and out of sample."""

    logits: Floats
    train_sharpe: Floats
    test_sharpe: Floats

    @property
    def probability(self) -> float:
        """PBO: part of the choices that end below the median of all trials, in [0, 1]."""
        return float((self.logits < 0).mean())

    @property
    def slope(self) -> float | None:
        """Performance degradation: least-squares slope of the test's Sharpe ratio on the training's, or None."""
        train = self.train_sharpe - self.train_sharpe.mean()
        variance = float(train @ train)
        return defined(float(train @ self.test_sharpe) / variance) if variance > 0 else None

    @property
    def loss_probability(self) -> float:
        """Part of the choices with a negative Sharpe ratio in the test, in [0, 1]."""
        return float((self.test_sharpe < 0).mean())


def measure_overfitting(returns: npt.ArrayLike, block_count: int = BLOCK_COUNT) -> Overfitting:
    """Choices by all halves of S even-numbered blocks, of the returns (T, N) of N ≥ 2 trials over T ≥ S periods.

    logit = ln(ω/(1 − ω)), ω = rank/(N + 1) of the chosen among all trials in the test, ties by their mean rank. A trial
    that does not vary in a half has the Sharpe ratio 0 there. Raises ResearchError for what cannot be cut so.
    """
    trials = check_trials(returns)
    _check_shape(trials.shape, block_count)
    halves = _halves(block_count)
    blocks = np.array_split(trials - trials.mean(axis=0), block_count)
    counts = np.array([len(block) for block in blocks], float)
    sums, squares = (np.array([(block**power).sum(axis=0) for block in blocks]) for power in (1, 2))
    chosen = np.empty((3, len(halves)))
    for start in range(0, len(halves), CHUNK):
        chunk = halves[start : start + CHUNK]
        train, test = (
            _sharpe(half @ counts, half @ sums, half @ squares, trials.mean(axis=0)) for half in (chunk, 1 - chunk)
        )
        chosen[:, start : start + CHUNK] = _judge(train, test)
    return Overfitting(*chosen)


def _check_shape(shape: tuple[int, ...], block_count: int) -> None:
    if block_count < 2 or block_count % 2:
        raise ResearchError(f"{block_count} blocks cannot be halved: give an even number of at least 2.")
    if block_count > 20:
        raise ResearchError(f"{block_count} blocks have too many halves: give at most 20.")
    if shape[1] < 2:
        raise ResearchError("One trial leaves nothing to choose: overfitting needs at least 2.")
    if shape[0] < block_count:
        raise ResearchError(f"{shape[0]} periods cannot be cut into {block_count} blocks: give more periods.")


def _halves(block_count: int) -> Floats:
    """Every half of the blocks as a row of 1 (chosen in) and 0: (C, S)."""
    chosen: Iterator[tuple[int, ...]] = combinations(range(block_count), block_count // 2)
    columns = np.array(list(chosen))
    halves = np.zeros((len(columns), block_count))
    np.put_along_axis(halves, columns, 1.0, axis=1)
    return halves


def _sharpe(counts: Floats, sums: Floats, squares: Floats, mean: Floats) -> Floats:
    """Sharpe ratios with the sample's deviation (C, N) from counts (C,), sums and squares (C, N) of centred returns."""
    means = sums / counts[:, None]
    spread = squares - sums * means
    is_flat = spread <= ROUNDING * squares
    deviation = np.sqrt(np.where(is_flat, 1.0, spread) / np.maximum(counts - 1, 1)[:, None])
    return np.where(is_flat, 0.0, np.round((mean + means) / deviation, DECIMALS))


def _judge(train: Floats, test: Floats) -> tuple[Floats, Floats, Floats]:
    """Logit, training's and test's Sharpe ratio (C,) of the best in training, from those of all trials (C, N)."""
    rows, best = np.arange(len(train)), train.argmax(axis=1)
    judged = test[rows, best]
    below, equal = (test < judged[:, None]).sum(axis=1), (test == judged[:, None]).sum(axis=1)
    rank = below + (equal + 1) / 2
    return np.log(rank / (test.shape[1] + 1 - rank)), train[rows, best], judged
