import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import linregress

from pipelines.microstructure.regression import Line, fit_line
from tests.pipelines.microstructure.arrays import untimed

pairs = st.lists(st.tuples(st.integers(-9, 9), st.integers(-9, 9)), min_size=3, max_size=30)


@untimed
@given(pairs=pairs.filter(lambda pairs: len({x for x, _ in pairs}) > 1 and len({y for _, y in pairs}) > 1))
def test_fit_line_is_linregress(pairs: list[tuple[int, int]]) -> None:
    x, y = np.array(pairs, float).T
    line, reference = fit_line(x, y), linregress(x, y)
    found = (line.slope, line.intercept, line.r_squared)
    np.testing.assert_allclose(found, (reference.slope, reference.intercept, reference.rvalue**2), atol=1e-9)
    assert line.count == len(pairs)


@pytest.mark.parametrize(
    ("x", "y", "expected"),
    [
        ([], [], Line(math.nan, math.nan, math.nan, 0)),
        ([1], [2], Line(math.nan, math.nan, math.nan, 1)),
        ([1, 1], [2, 3], Line(math.nan, math.nan, math.nan, 2)),
        ([1, 2], [5, 5], Line(0, 5, math.nan, 2)),
        ([1, math.nan, 3, 4], [1, 2, 3, math.nan], Line(1, 0, 1, 2)),
    ],
)
def test_fit_line_of_too_little(x: list[float], y: list[float], expected: Line) -> None:
    line = fit_line(np.array(x, float), np.array(y, float))
    np.testing.assert_allclose(
        (line.slope, line.intercept, line.r_squared, line.count),
        (expected.slope, expected.intercept, expected.r_squared, expected.count),
    )
