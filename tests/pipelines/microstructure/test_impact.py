import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.microstructure.impact import amihud_illiquidity, kyle_lambda, roll_spread
from tests.pipelines.microstructure.arrays import untimed

walks = st.lists(st.integers(-3, 3), min_size=4, max_size=60).map(lambda steps: 100.0 + np.cumsum(steps))


def test_kyle_lambda_of_a_linear_market() -> None:
    volume = np.random.default_rng(1).normal(size=500)
    line = kyle_lambda(0.25 + 0.03 * volume, volume)
    np.testing.assert_allclose((line.slope, line.intercept, line.r_squared), (0.03, 0.25, 1))


def test_kyle_lambda_finds_the_slope_below_noise() -> None:
    rng = np.random.default_rng(2)
    volume = rng.normal(size=20_000)
    change = 0.03 * volume + rng.normal(scale=0.1, size=20_000)
    assert kyle_lambda(change, volume).slope == pytest.approx(0.03, abs=0.003)
    assert kyle_lambda(change, volume).slope == pytest.approx(np.cov(change, volume)[0, 1] / volume.var(ddof=1))


@pytest.mark.parametrize(
    ("returns", "value", "expected"),
    [
        ([0.01, -0.02], [100, 400], (0.01 / 100 + 0.02 / 400) / 2),
        ([0.01, 0.5, math.nan], [100, 0, 7], 0.01 / 100),
        ([0.01], [0], math.nan),
        ([], [], math.nan),
    ],
)
def test_amihud_illiquidity(returns: list[float], value: list[float], expected: float) -> None:
    found = amihud_illiquidity(np.array(returns, float), np.array(value, float))
    np.testing.assert_allclose(found, expected)


def test_roll_spread_finds_the_bounce() -> None:
    rng = np.random.default_rng(3)
    mid = 100 + np.cumsum(rng.normal(scale=0.001, size=100_000))
    price = mid + 0.05 * rng.choice([-1, 1], size=100_000)
    assert roll_spread(price) == pytest.approx(0.1, rel=0.02)


@pytest.mark.parametrize("price", [[], [1, 2, 1], [1, 2, 3, 4], [5, 5, 5, 5, 5], [1, 2, 4, 7, 11, 16]])
def test_roll_spread_is_null_without_negative_covariance(price: list[float]) -> None:
    assert math.isnan(roll_spread(np.array(price, float)))


@untimed
@given(price=walks)
def test_roll_spread_is_the_serial_covariance(price: np.ndarray) -> None:
    change = pd.Series(price).diff()
    covariance = change.cov(change.shift())
    if abs(covariance) > 1e-9:
        expected = 2 * math.sqrt(-covariance) if covariance < 0 else math.nan
        np.testing.assert_allclose(roll_spread(price), expected, rtol=1e-6)
