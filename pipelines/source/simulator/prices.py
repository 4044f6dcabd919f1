"""Prices: correlated geometric Brownian motion, and the stress factor that widens spreads."""

from dataclasses import dataclass
from itertools import accumulate

import numpy as np
from numpy.typing import NDArray

from pipelines.source.simulator.config import Instrument, MarketConfig, Stress

Floats = NDArray[np.float64]

GRID_NS = 10_000_000
MOST_POINTS = 1_000
TRADING_SECONDS = 252 * 6.5 * 3600  # a year of regular sessions


def correlation_matrix(config: MarketConfig) -> Floats:
    """Target correlation of returns, (n, n): sector_correlation within a sector, market_correlation elsewhere."""
    sectors = np.array([instrument.sector for instrument in config.instruments])
    same = sectors[:, None] == sectors[None, :]
    matrix = np.where(same, config.sector_correlation, config.market_correlation).astype(np.float64)
    np.fill_diagonal(matrix, 1.0)
    return matrix


def gbm_returns(
    instruments: tuple[Instrument, ...], cholesky: Floats, dt_s: float, normals: Floats, scale: Floats
) -> Floats:
    """Log returns (steps, n) of a driftless price: s·√dt·(L z) - s²·dt/2, the exact solution of dS = s S dW.

    `normals` are independent, (steps, n); `cholesky` is L with L Lᵀ the correlation matrix; `dt_s` in seconds; s is
    the instrument's volatility times the step's `scale` (steps,).
    """
    yearly = np.array([instrument.volatility for instrument in instruments])
    sigma = scale[:, None] * yearly / np.sqrt(TRADING_SECONDS)
    returns: Floats = (normals @ cholesky.T) * sigma * np.sqrt(dt_s) - 0.5 * sigma**2 * dt_s
    return returns


def stress_path(stress: Stress, start: float, dt_s: float, normals: Floats) -> Floats:
    """The Ornstein-Uhlenbeck path (steps,) after `start`, by its exact discretisation (Gillespie 1996).

    x(t+dt) = a·x(t) + √(variance·(1 - a²))·z with a = exp(-reversion·dt); `normals` (steps,); `dt_s` in seconds.
    """
    decay = float(np.exp(-stress.reversion * dt_s))
    shocks = normals * np.sqrt(stress.variance * (1 - decay**2))
    return np.array(list(accumulate(shocks.tolist(), lambda x, shock: decay * x + shock, initial=start))[1:])


def volatility_scale(stress: Stress, path: Floats) -> Floats:
    """By how much volatility is multiplied where the stress is `path` (steps,): exp(response·x - response²·variance).

    The mean of its square is 1, so that returns have the instruments' variance whatever the response.
    """
    scale: Floats = np.exp(stress.response * path - stress.response**2 * stress.variance)
    return scale


@dataclass(frozen=True)
class PricePath:
    """Prices (points, n) in currency and stress (points,) on an even grid over [start_ns, start_ns + duration_ns)."""

    start_ns: int
    duration_ns: int
    prices: Floats
    stress: Floats

    def points_at(self, time_ns: NDArray[np.int64]) -> NDArray[np.int64]:
        """The grid point that holds at each time."""
        return (time_ns - self.start_ns) * len(self.stress) // self.duration_ns


class PriceProcess:
    """Prices and stress where they stand; `advance` moves them on."""

    def __init__(self, config: MarketConfig, rng: np.random.Generator) -> None:
        """Start at the instruments' prices, with the stress drawn from its stationary law."""
        self._config = config
        self._rng = rng
        self._cholesky = np.linalg.cholesky(correlation_matrix(config)).astype(np.float64)
        self._prices = np.array([instrument.price for instrument in config.instruments])
        self._stress = float(rng.standard_normal() * np.sqrt(config.stress.variance))

    def advance(self, start_ns: int, duration_ns: int) -> PricePath:
        """The path over the next `duration_ns`, a point each 10 ms (at most 1,000 points)."""
        points = min(max(1, duration_ns // GRID_NS), MOST_POINTS)
        dt_s = duration_ns / 1e9 / points
        normals = self._rng.standard_normal((points, len(self._prices) + 1))
        stress = stress_path(self._config.stress, self._stress, dt_s, normals[:, 0])
        scale = volatility_scale(self._config.stress, stress)
        returns = gbm_returns(self._config.instruments, self._cholesky, dt_s, normals[:, 1:], scale)
        prices = self._prices * np.exp(np.cumsum(returns, axis=0))
        self._prices, self._stress = prices[-1], float(stress[-1])
        return PricePath(start_ns, duration_ns, prices, stress)
