"""Returns of periods, as every statistic of research takes them."""

from typing import Any

import numpy as np
import numpy.typing as npt

from pipelines.microstructure.series import Floats
from schemas.errors import ResearchError

# Of a sum of squares, what rounding alone leaves of the variance of equal values.
ROUNDING = 1e-12


def check_returns(returns: npt.ArrayLike, name: str = "return") -> Floats:
    """Returns of T periods (T,), each a fraction of the capital. Raises ResearchError when one is not finite.

    `name` is what the values are called in the error.
    """
    values = _numbers(returns)
    if values.ndim != 1:
        raise ResearchError(f"{name}s have the shape {values.shape}: give one number a period.")
    if not np.isfinite(values).all():
        row = int(np.flatnonzero(~np.isfinite(values))[0])
        raise ResearchError(f"The {name} of period {row} is {values[row]}: give a number for every period.")
    return values


def check_trials(returns: npt.ArrayLike) -> Floats:
    """Returns of T periods of N trials (T, N), one column each. Raises ResearchError for other shapes or no number."""
    values = _numbers(returns)
    if values.ndim != 2 or not values.size:
        raise ResearchError(f"The trials have the shape {values.shape}: give a row a period, a column a trial.")
    if not np.isfinite(values).all():
        row, column = np.argwhere(~np.isfinite(values))[0]
        raise ResearchError(
            f"Trial {column} has the return {values[row, column]} in period {row}: give a number for every period, "
            "0 where the trial held nothing."
        )
    return values


def sharpe_ratios(returns: Floats) -> Floats:
    """Sharpe ratio a period (N,) of returns (T, N), by the population's deviation; NaN where they do not vary."""
    mean = returns.mean(axis=0)
    variance = ((returns - mean) ** 2).mean(axis=0)
    is_flat = variance <= ROUNDING * (returns**2).mean(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(is_flat, np.nan, mean / np.sqrt(variance))


def defined(value: float) -> float | None:
    """A number, or None for what is not finite: undefined is None, never 0."""
    return float(value) if np.isfinite(value) else None


def _numbers(values: npt.ArrayLike) -> npt.NDArray[Any]:
    try:
        return np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise ResearchError(f"returns are no table of numbers: {error}.") from error
