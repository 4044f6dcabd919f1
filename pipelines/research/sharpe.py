"""Whether a Sharpe ratio is more than luck, and more than the best of many tries.

All Sharpe ratios are of one period, not of a year: mean over standard deviation (population's) of the returns.
PSR: Bailey and López de Prado, The Sharpe Ratio Efficient Frontier, 2012. SR0 and DSR: the same, The Deflated Sharpe
Ratio, 2014. Observations that hang together: Lo, The Statistics of Sharpe Ratios, 2002; Newey and West, 1987.
"""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import stats

from pipelines.microstructure.series import Floats
from pipelines.research.returns import check_returns, defined, sharpe_ratios
from schemas.errors import ResearchError


@dataclass(frozen=True)
class Moments:
    """What PSR takes of the returns of `count` periods: Sharpe ratio a period, skew, kurtosis (3 for a normal)."""

    sharpe: float
    skew: float
    kurtosis: float
    count: float


def measure_moments(returns: npt.ArrayLike) -> Moments | None:
    """Moments of returns (T,), skew and kurtosis without bias; None below 4 periods or where none varies."""
    values = check_returns(returns)
    sharpe = defined(sharpe_ratios(values[:, None])[0]) if len(values) >= 4 else None
    if sharpe is None:
        return None
    skew, kurtosis = stats.skew(values, bias=False), stats.kurtosis(values, bias=False, fisher=False)
    return Moments(sharpe, float(skew), float(kurtosis), len(values))


def probabilistic_sharpe(moments: Moments, benchmark: float = 0.0) -> float | None:
    """PSR: the probability, in [0, 1], that the true Sharpe ratio exceeds a benchmark; both a period.

    Φ[(SR − SR*)·√(T − 1)/√(1 − γ₃·SR + (γ₄ − 1)/4·SR²)]. None where the root has no positive argument.
    """
    sharpe = moments.sharpe
    variance = 1 - moments.skew * sharpe + (moments.kurtosis - 1) / 4 * sharpe**2
    if not variance > 0 or moments.count <= 1:
        return None
    return float(stats.norm.cdf((sharpe - benchmark) * math.sqrt(moments.count - 1) / math.sqrt(variance)))


def expected_best_sharpe(trial_count: int, variance: float) -> float:
    """SR0: the Sharpe ratio that the best of N trials without skill is expected to have.

    √V·((1 − c)·Φ⁻¹(1 − 1/N) + c·Φ⁻¹(1 − 1/(N·e))), V the variance of the trials' Sharpe ratios (a period), c Euler's
    constant 0.5772; 0 for one trial. With V of 0.5 a year over 250 periods and N = 100: 0.1132. Raises ResearchError
    below one trial and for a V that is negative.
    """
    if trial_count < 1:
        raise ResearchError(f"{trial_count} trials: at least the one that is judged was made.")
    if not variance >= 0:
        raise ResearchError(f"The trials' Sharpe ratios have the variance {variance}: give one that is not negative.")
    if trial_count == 1:
        return 0.0
    best, beyond = stats.norm.ppf([1 - 1 / trial_count, 1 - 1 / (trial_count * math.e)])
    return float(math.sqrt(variance) * ((1 - np.euler_gamma) * best + np.euler_gamma * beyond))


def deflated_sharpe(moments: Moments, trial_count: int, variance: float) -> float | None:
    """DSR = PSR(SR0): the probability that the best of N trials has a Sharpe ratio above what luck gives the best.

    `variance` as for `expected_best_sharpe`. SR 2.5 a year, T 1250, V 0.5 a year, skew −3, kurtosis 10: N = 100 →
    0.9004, N = 46 → 0.9505. None where PSR is undefined.
    """
    return probabilistic_sharpe(moments, expected_best_sharpe(trial_count, variance))


def count_independent(returns: Floats) -> float:
    """How many independent periods returns (T,) are worth: T/(1 + 2·Σ w_k·r_k), at most T.

    r_k are autocorrelations to the lag 4·(T/100)^(2/9), w_k Bartlett's weights (Newey and West). A mean of returns that
    hang together is less certain than T says, and so is a Sharpe ratio. T where the returns do not vary.
    """
    count = len(returns)
    centred = returns - returns.mean() if count else returns
    total = float(centred @ centred)
    if count < 4 or not total > 0:
        return float(count)
    lags = range(1, min(int(4 * (count / 100) ** (2 / 9)) + 1, count - 1))
    weighted = sum((1 - lag / (len(lags) + 1)) * float(centred[lag:] @ centred[:-lag]) / total for lag in lags)
    return float(count / max(1.0, 1 + 2 * weighted))
