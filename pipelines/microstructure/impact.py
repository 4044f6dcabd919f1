"""How much trading moves the price, and what the moves say of the spread."""

import math

import numpy as np

from pipelines.microstructure.regression import Line, fit_line
from pipelines.microstructure.series import Floats


def kyle_lambda(price_change: Floats, signed_volume: Floats) -> Line:
    """Kyle's λ, the slope of price change on signed volume (n,) over windows: price per unit of quantity.

    ΔP = intercept + λ · V + error by least squares; Kyle, Continuous Auctions and Insider Trading, 1985, in the
    empirical form of Hasbrouck, Trading Costs and Returns for US Equities, 2009. Windows that lack a number are left
    out; NaN when V does not vary.
    """
    return fit_line(signed_volume, price_change)


def amihud_illiquidity(returns: Floats, value: Floats) -> float:
    """The mean of |return|/value traded over intervals (n,); per unit of value. NaN when nothing traded.

    Amihud, Illiquidity and Stock Returns, 2002. Intervals without trade or without return are left out.
    """
    is_known = np.isfinite(returns) & (value > 0)
    return float((np.abs(returns[is_known]) / value[is_known]).mean()) if is_known.any() else math.nan


def roll_spread(price: Floats) -> float:
    """Roll's spread 2·√(−cov(ΔP(t), ΔP(t − 1))) from prices (n,) in order, in units of the price.

    Roll, A Simple Implicit Measure of the Effective Bid-Ask Spread in an Efficient Market, 1984. Sample covariance,
    with n − 3 below. NaN when it is not negative, or with fewer than four prices.
    """
    change = np.diff(price)
    if len(change) < 3:
        return math.nan
    covariance = float(np.cov(change[1:], change[:-1])[0, 1])
    return 2 * math.sqrt(-covariance) if covariance < 0 else math.nan
