"""The displayed book: its touch at a time, and the size of each level at each update.

A level's size is a pure function of (seed, pair, price, update), by integer hashing, so that no book is stored and
thousands of books are computed at once. Prices count ticks of 0.01, sizes whole shares.
"""

from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from pipelines.source.simulator.config import MarketConfig
from pipelines.source.simulator.prices import Floats, PricePath

Ints = NDArray[np.int64]

TICKS_PER_UNIT = 100
TICK = 10_000_000  # 0.01 in units of 1e-9
SHARE = 1_000_000_000  # one share in units of 1e-9
LOWEST_TICK = 50  # prices stop here, so that every level is above zero
SIZES = 256
SIZE_SPREAD = 0.8  # standard deviation of log size
BID, ASK = 0, 1
_KEY, _VERSION, _FINAL = (np.uint64(c) for c in (0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB))


@dataclass(frozen=True)
class Touch:
    """Best bid and ask in ticks, (n,) each; ask > bid always."""

    bid: Ints
    ask: Ints

    def take(self, rows: NDArray[np.bool_] | Ints) -> "Touch":
        """Some rows."""
        return Touch(self.bid[rows], self.ask[rows])


def find_touch(config: MarketConfig, path: PricePath, pairs: Ints, time_ns: Ints, chances: Floats) -> Touch:
    """Best bid and ask of each (instrument, venue) pair at each time, (n,).

    The spread is the instrument's, times the venue's scale, times exp(stress): rounded to whole ticks so that its mean
    is kept (`chances`, uniform in [0, 1), decide the last tick), at least one tick. The mid lies within it.
    """
    instruments, venues = pairs // len(config.venues), pairs % len(config.venues)
    base = np.array([instrument.spread_bps for instrument in config.instruments]) / 1e4
    scale = np.array([profile.spread_scale for profile in config.venues])
    points = path.points_at(time_ns)
    mid = np.maximum(path.prices[points, instruments] * TICKS_PER_UNIT, LOWEST_TICK)
    spread = mid * (base[instruments] * scale[venues]) * np.exp(path.stress)[points]
    ticks = np.maximum(np.floor(spread + chances), 1)
    bid = np.rint(mid - ticks / 2).astype(np.int64)
    return Touch(bid, bid + ticks.astype(np.int64))


def size_table(config: MarketConfig, scales: list[float]) -> Ints:
    """Shares (pairs, 256): even quantiles of a log-normal law, its median level_shares times the venue's scale."""
    quantiles = [NormalDist().inv_cdf((rank + 0.5) / SIZES) for rank in range(SIZES)]
    median = np.outer([instrument.level_shares for instrument in config.instruments], scales).reshape(-1, 1)
    shares: Ints = np.maximum(np.rint(median * np.exp(SIZE_SPREAD * np.array(quantiles))), 1).astype(np.int64)
    return shares


@dataclass(frozen=True)
class Ladder:
    """The sizes of all levels: `sizes` (pairs, 256) in shares, `salt` the seed's."""

    sizes: Ints
    salt: int

    def shares_at(self, pairs: Ints, side: int, ticks: Ints, updates: Ints) -> Ints:
        """Shares at each price level (n, levels) of each pair (n,) after its update number (n,).

        A level's size changes every eighth update of its pair, each level in its own phase.
        """
        book = (((pairs + 1) * 2 + side) << 32) ^ (self.salt & 0x7FFFFFFF)
        mixed = (book[:, None] ^ ticks).astype(np.uint64) * _KEY
        phase = mixed >> np.uint64(61)
        mixed ^= ((updates[:, None].astype(np.uint64) + phase) >> np.uint64(3)) * _VERSION
        mixed ^= mixed >> np.uint64(31)
        mixed *= _FINAL
        return self.sizes.ravel()[pairs[:, None] * SIZES + (mixed >> np.uint64(56)).astype(np.int64)]


def level_ticks(best: Ints, side: int, levels: int) -> Ints:
    """Prices (n, levels) in ticks, best first, one tick apart."""
    direction = -1 if side == BID else 1
    return best[:, None] + direction * np.arange(levels)
