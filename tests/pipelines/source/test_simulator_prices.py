"""Laws of the price process: each tolerance is four standard errors of its estimate or wider."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.source.simulator.config import INSTRUMENTS, MarketConfig, Stress
from pipelines.source.simulator.prices import (
    TRADING_SECONDS,
    PriceProcess,
    correlation_matrix,
    gbm_returns,
    stress_path,
    volatility_scale,
)

STEPS = 40_000
CONFIG = MarketConfig(seed=1, start_ns=0)


def _returns(steps: int, dt_s: float) -> np.ndarray:
    normals = np.random.default_rng(5).standard_normal((steps, len(INSTRUMENTS)))
    return gbm_returns(INSTRUMENTS, np.linalg.cholesky(correlation_matrix(CONFIG)), dt_s, normals, np.ones(steps))


def test_gbm_returns_have_the_target_correlation():
    measured = np.corrcoef(_returns(STEPS, 0.1), rowvar=False)
    np.testing.assert_allclose(measured, correlation_matrix(CONFIG), atol=4 / np.sqrt(STEPS))


def test_gbm_returns_have_the_instruments_volatility():
    measured = _returns(STEPS, 0.1).std(axis=0) * np.sqrt(TRADING_SECONDS / 0.1)
    np.testing.assert_allclose(measured, [i.volatility for i in INSTRUMENTS], rtol=4 / np.sqrt(2 * STEPS))


def test_gbm_returns_leave_the_mean_price_where_it_was():
    growth = np.exp(_returns(STEPS, TRADING_SECONDS)).mean(axis=0)  # a year in one step
    np.testing.assert_allclose(growth, 1.0, atol=0.05)


@given(market=st.floats(0, 0.95), extra=st.floats(0, 1))
def test_correlation_matrix_always_has_a_cholesky_factor(market: float, extra: float):
    sector = market + (0.99 - market) * extra
    matrix = correlation_matrix(MarketConfig(1, 0, market_correlation=market, sector_correlation=sector))
    factor = np.linalg.cholesky(matrix)
    np.testing.assert_allclose(factor @ factor.T, matrix, atol=1e-9)


def test_stress_path_has_the_stationary_mean_and_variance():
    stress = Stress(reversion=0.5, volatility=0.3)
    path = stress_path(stress, 0.0, 1.0, np.random.default_rng(3).standard_normal(STEPS))[100:]
    independent = len(path) * np.tanh(stress.reversion / 2)  # effective size of an AR(1) sample
    assert abs(path.mean()) < 4 * np.sqrt(stress.variance / independent)
    assert path.var() == pytest.approx(stress.variance, rel=4 * np.sqrt(2 / independent))


def test_stress_path_forgets_its_start_at_the_rate_of_reversion():
    stress = Stress(reversion=0.1)
    np.testing.assert_allclose(stress_path(stress, 2.0, 5.0, np.zeros(2)), [2 * np.exp(-0.5), 2 * np.exp(-1.0)])


def test_stress_path_has_one_law_at_any_step():
    normals = np.random.default_rng(4).standard_normal((STEPS, 10))
    coarse = np.array([stress_path(Stress(), 1.0, 10.0, row[:1])[-1] for row in normals[:4000]])
    fine = np.array([stress_path(Stress(), 1.0, 1.0, row)[-1] for row in normals[:4000]])
    assert coarse.mean() == pytest.approx(fine.mean(), abs=6 * coarse.std() / np.sqrt(4000))
    assert coarse.std() == pytest.approx(fine.std(), rel=0.08)


@pytest.mark.parametrize("response", [0.0, 1.0, 2.0])
def test_volatility_scale_keeps_the_variance_of_returns(response: float):
    stress = Stress(response=response)
    draws = np.random.default_rng(6).standard_normal(400_000) * np.sqrt(stress.variance)
    assert np.mean(volatility_scale(stress, draws) ** 2) == pytest.approx(1.0, rel=0.02)


def test_volatility_scale_rises_with_the_stress_and_its_response():
    path = np.array([-0.25, 0.0, 0.25])
    assert volatility_scale(Stress(), path).tolist() == [1.0, 1.0, 1.0]
    scale = volatility_scale(Stress(response=2.0), path)
    np.testing.assert_allclose(scale[1:] / scale[:-1], np.exp(0.5))


def test_advance_continues_where_the_last_slice_ended():
    process = PriceProcess(CONFIG, np.random.default_rng(1))
    first, second = process.advance(0, 10**8), process.advance(10**8, 10**8)
    assert first.prices.shape == (10, len(INSTRUMENTS))
    np.testing.assert_allclose(second.prices[0], first.prices[-1], rtol=1e-4)


@pytest.mark.parametrize(
    ("duration_ns", "points"), [(1, 1), (10_000_000, 1), (50_000_000, 5), (10_000_000_000, 1000), (10**13, 1000)]
)
def test_advance_has_a_point_each_10_ms_up_to_1000(duration_ns: int, points: int):
    path = PriceProcess(CONFIG, np.random.default_rng(1)).advance(7, duration_ns)
    ends = path.points_at(np.array([7, 7 + duration_ns - 1]))
    assert (len(path.stress), ends.tolist()) == (points, [0, points - 1])
