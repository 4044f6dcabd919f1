"""A straight line through pairs of numbers."""

import math
from dataclasses import dataclass

import numpy as np

from pipelines.microstructure.series import Floats


@dataclass(frozen=True)
class Line:
    """y = intercept + slope · x: least squares over `count` pairs; NaN where they do not determine it."""

    slope: float
    intercept: float
    r_squared: float
    count: int


def fit_line(x: Floats, y: Floats) -> Line:
    """Ordinary least squares with intercept over the pairs (n,) that have both numbers.

    r_squared is the squared correlation. All is NaN with fewer than two pairs or when x does not vary; r_squared also
    when y does not.
    """
    is_known = np.isfinite(x) & np.isfinite(y)
    x, y = x[is_known], y[is_known]
    if len(x) < 2 or (x == x[0]).all():
        return Line(math.nan, math.nan, math.nan, len(x))
    dx, dy = x - x.mean(), y - y.mean()
    sxx, sxy, syy = float(dx @ dx), float(dx @ dy), float(dy @ dy)
    slope = sxy / sxx
    r_squared = math.nan if (y == y[0]).all() else sxy * sxy / (sxx * syy)
    return Line(slope, float(y.mean() - slope * x.mean()), r_squared, len(x))
