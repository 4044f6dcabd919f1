"""Order-book imbalance: OBI = (Qb − Qa)/(Qb + Qa) in [−1, 1], over more or less of the book.

NaN when both sides are empty, ±1 when one side is. Swapping the sides negates it, to the last bit.
"""

import math

import numpy as np

from pipelines.microstructure.series import Floats, Ladders, Numbers, divide, require_positive
from schemas.errors import MeasureError


def imbalance(bid_quantity: Numbers, ask_quantity: Numbers) -> Floats:
    """OBI of level 1 (n,) from the quantities of the touch (n,), in any unit."""
    bid, ask = bid_quantity.astype(np.float64), ask_quantity.astype(np.float64)
    return divide(bid - ask, bid + ask)


def imbalance_levels(ladders: Ladders, levels: int) -> Floats:
    """OBI (n,) of the sums of sizes over levels 1..`levels`. Raises MeasureError when the ladders have fewer."""
    _require_levels(ladders, levels)
    bid, ask = ladders.bid_quantities[:, :levels], ladders.ask_quantities[:, :levels]
    return imbalance(bid.sum(axis=1, dtype=np.float64), ask.sum(axis=1, dtype=np.float64))


def imbalance_within(ladders: Ladders, pct: float) -> Floats:
    """OBI (n,) of the levels whose price is at most `pct` % away from mid.

    NaN where no level is that near, or where a side of the book is empty: without mid nothing is near it. Levels
    that the ladders do not hold do not count, so they must reach as far as `pct`.
    """
    require_positive(pct, "distance from mid in %")
    best_bid, best_ask = ladders.bid_prices[:, 0], ladders.ask_prices[:, 0]
    is_known = (ladders.bid_quantities[:, 0] > 0) & (ladders.ask_quantities[:, 0] > 0)
    mid = np.where(is_known, (best_bid + best_ask) / 2, np.nan)[:, None]
    reach = mid * (pct / 100)
    bid = np.where(mid - ladders.bid_prices <= reach, ladders.bid_quantities, 0)
    ask = np.where(ladders.ask_prices - mid <= reach, ladders.ask_quantities, 0)
    return imbalance(bid.sum(axis=1, dtype=np.float64), ask.sum(axis=1, dtype=np.float64))


def imbalance_weighted(ladders: Ladders, levels: int, decay: float = 0.5) -> Floats:
    """Depth-weighted OBI (n,): (Σ w Qb − Σ w Qa)/(Σ w Qb + Σ w Qa) with w = exp(−decay · (level − 1)).

    Exponential weights with decay 1/2: Rubisov, Statistical Arbitrage Using Limit Order Book Imbalance, University of
    Toronto, 2015. decay 0 gives `imbalance_levels`. Raises MeasureError when the ladders have fewer levels.
    """
    _require_levels(ladders, levels)
    weights = np.array([math.exp(-decay * level) for level in range(levels)])
    bid, ask = ladders.bid_quantities[:, :levels], ladders.ask_quantities[:, :levels]
    return imbalance((bid * weights).sum(axis=1), (ask * weights).sum(axis=1))


def _require_levels(ladders: Ladders, levels: int) -> None:
    there = min(ladders.bid_quantities.shape[1], ladders.ask_quantities.shape[1])
    if not 1 <= levels <= there:
        raise MeasureError(f"{levels} levels are asked for; the ladders have {there}.")
