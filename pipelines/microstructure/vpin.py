"""VPIN, the share of imbalanced volume among buckets of equal volume.

VPIN = Σ|V_buy − V_sell|/(n·V) over the last n buckets of volume V; Easley, López de Prado and O'Hara, Flow Toxicity
and Liquidity in a High-Frequency World, Review of Financial Studies 25(5), 2012. A trade or bar that crosses the end
of a bucket is split, so every bucket holds exactly V; the last, unfilled bucket is left out.
"""

import math
from dataclasses import dataclass

import numpy as np

from pipelines.microstructure.bars import Bars
from pipelines.microstructure.series import (
    UNITS_PER_ONE,
    Floats,
    Ints,
    Trades,
    compiled,
    require_order,
    require_positive,
)
from schemas.errors import MeasureError


@dataclass(frozen=True)
class Vpin:
    """n buckets: when each was full, its imbalance (V_buy − V_sell)/V in [−1, 1], and VPIN in [0, 1].

    VPIN is over the bucket and those before it; NaN until there are as many as the window asks for.
    """

    end_ns: Ints
    imbalance: Floats
    vpin: Floats


def vpin_by_flag(trades: Trades, bucket: int, window: int = 50) -> Vpin:
    """VPIN with the signs of the trades; `bucket` is V, int in units of 1e-9, `window` the number of buckets.

    Volume of trades without sign fills buckets and is on neither side. Raises MeasureError when times decrease, when
    bucket or window are not above 0, or when all volume together passes 9.2e9.
    """
    require_order(trades.ns, "trades")
    return _measure(trades.ns, trades.quantity, trades.sign.astype(np.float64), (bucket, window))


def vpin_bulk(bars: Bars, sigma: float, bucket: int, window: int = 50) -> Vpin:
    """VPIN with bulk volume classification: of a bar's volume, Φ(ΔP/sigma) is bought, the rest sold.

    ΔP is the change from the last bar's close (the first bar's from its own open); sigma (units of 1) its
    standard deviation, to be estimated on bars before these: `price_change_std`. Raises MeasureError as
    `vpin_by_flag`, and when sigma is not above 0.
    """
    require_positive(sigma, "standard deviation of price changes")
    change = np.diff(bars.close, prepend=bars.open[:1]) / UNITS_PER_ONE
    return _measure(bars.close_ns, bars.volume, 2 * _normal_cdf(change / sigma) - 1, (bucket, window))


def price_change_std(bars: Bars) -> float:
    """The standard deviation of changes from close to close, in units of 1; NaN with fewer than three bars."""
    change = np.diff(bars.close) / UNITS_PER_ONE
    return float(change.std(ddof=1)) if len(change) > 1 else math.nan


def _measure(ns: Ints, volume: Ints, lean: Floats, sizes: tuple[int, int]) -> Vpin:
    """Buckets over volumes that each lean to one side by a share in [−1, 1]."""
    bucket, window = sizes
    require_positive(bucket, "volume of a bucket")
    require_positive(window, "number of buckets of VPIN")
    if volume.sum(dtype=np.float64) >= np.iinfo(np.int64).max:
        raise MeasureError("All volume together passes 9.2e9: give fewer trades at once.")
    filled = np.cumsum(volume)
    count = int(filled[-1]) // bucket if len(filled) else 0
    ends = np.arange(1, count + 1) * bucket
    row = np.searchsorted(filled, ends)
    signed = np.cumsum(volume * lean)
    at_ends = signed[row] - (filled[row] - ends) * lean[row]
    imbalance = np.diff(at_ends, prepend=0) / bucket
    return Vpin(ns[row], imbalance, _rolling_mean(np.abs(imbalance), window))


def _rolling_mean(values: Floats, window: int) -> Floats:
    means = np.full(len(values), np.nan)
    total = np.concatenate(([0.0], np.cumsum(values)))
    means[window - 1 :] = (total[window:] - total[:-window]) / window
    return means


@compiled
def _normal_cdf(z: Floats) -> Floats:
    shares = np.empty(len(z))
    for row in range(len(z)):
        shares[row] = 0.5 * math.erfc(-z[row] / math.sqrt(2.0))
    return shares
