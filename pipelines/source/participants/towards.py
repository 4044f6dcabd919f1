"""From a gap between what is owned and what is wanted to orders: at once, with patience, or in the dark."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from pipelines.source.participants.config import DARK, LIT
from pipelines.source.participants.requests import BUY, IOC, SELL, Requests, cancels, new_requests
from pipelines.source.participants.view import View
from pipelines.source.simulator.book import LOWEST_TICK, Ints
from pipelines.source.simulator.config import Instrument
from pipelines.source.simulator.prices import Floats


@dataclass(frozen=True)
class Execution:
    """How gaps become orders: `most` times level_shares an order at most."""

    instruments: tuple[Instrument, ...]
    most: float = 2.0

    @cached_property
    def spread_bps(self) -> Floats:
        """Of each instrument, (symbols,)."""
        return np.array([instrument.spread_bps for instrument in self.instruments])

    @cached_property
    def level_shares(self) -> Ints:
        """Of each instrument, (symbols,)."""
        return np.array([instrument.level_shares for instrument in self.instruments])

    def take(self, gap: Ints, view: View, rng: np.random.Generator) -> Requests:
        """Immediate orders at the opposite touch of a lit venue, for gaps (accounts, symbols) in shares."""
        rows = self._rows(gap, rng.choice(LIT, np.count_nonzero(gap)))
        bid, ask = view.touch(rows["symbol"], rows["venue"], self.spread_bps)
        rows["tick"] = np.where(rows["side"] == BUY, ask, bid)
        rows["tif"] = IOC
        return rows

    def rest(self, gap: Ints, view: View, rng: np.random.Generator) -> Requests:
        """Orders that wait at their own side's touch of a lit venue, and are refused where they would take."""
        rows = self._rows(gap, rng.choice(LIT, np.count_nonzero(gap)))
        bid, ask = view.touch(rows["symbol"], rows["venue"], self.spread_bps)
        rows["tick"] = np.where(rows["side"] == BUY, bid, ask)
        rows["post_only"] = 1
        return rows

    def hide(self, gap: Ints, view: View) -> Requests:
        """Orders that wait in the dark, within a tick of the mid, so that buyers and sellers meet."""
        rows = self._rows(gap, DARK)
        rows["tick"] = dark_ticks(view, rows["symbol"], rows["side"])
        return rows

    def _rows(self, gap: Ints, venue: Ints | int) -> Requests:
        account, symbol = np.nonzero(gap)
        wanted = gap[account, symbol]
        columns = {
            "account": account,
            "symbol": symbol,
            "venue": venue,
            "side": np.where(wanted > 0, BUY, SELL),
            "shares": np.minimum(np.abs(wanted), (self.most * self.level_shares[symbol]).astype(np.int64)),
        }
        return new_requests(columns, len(wanted))


def dark_ticks(view: View, symbol: Ints, side: Ints) -> Ints:
    """Limit prices (n,) near the mid: buyers round the reference up, sellers down."""
    mid = view.reference[symbol]
    ticks: Ints = np.where(side == BUY, np.ceil(mid), np.floor(mid)).astype(np.int64)
    return np.maximum(ticks, LOWEST_TICK)


def cancel_older(view: View, age_ns: int) -> Requests:
    """A cancel of each order that has rested longer than `age_ns`."""
    orders = view.orders
    return cancels(orders[(view.time_ns - orders["sent_ns"] > age_ns) & (orders["is_busy"] == 0)])


def some(rows: Requests, budget: float, rng: np.random.Generator) -> Requests:
    """As many of the requests as the budget allows, drawn at random, in their order."""
    count = min(int(budget + rng.random()), len(rows))
    return rows[np.sort(rng.choice(len(rows), count, replace=False))]
