"""Market makers: quotes on both sides of the reference price, on every lit venue, a few levels deep."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from pipelines.source.participants.config import LIT
from pipelines.source.participants.requests import BUY, SELL, Requests, cancels, new_requests, replaces
from pipelines.source.participants.view import View
from pipelines.source.simulator.book import Ints
from pipelines.source.simulator.config import Instrument
from pipelines.source.simulator.prices import Floats

SIZE_SPREAD = 0.6  # standard deviation of a quote's log size
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Slots:
    """Places where a quote of a maker stands, (n,) each: account, symbol, venue, 1 for bids and -1 for asks, level."""

    account: Ints
    symbol: Ints
    venue: Ints
    sign: Ints
    level: Ints


@dataclass(frozen=True)
class Quotes:
    """What should stand in each slot, (n,): its exact price and rounded tick, and whether any quote should."""

    price: Floats
    tick: Ints
    wanted: Flags
    half: Floats


@dataclass(frozen=True)
class Makers:
    """Makers after Avellaneda and Stoikov (2008): they quote around a reservation price that moves against inventory.

    reservation = reference - lean·half·q/limit and quotes at reservation ± half·width, where half is half of the
    instrument's spread_bps times exp(stress), q the inventory and `limit` the largest one, in level_shares; at it, the
    side that would add to it is not quoted. In the paper, risk aversion, variance
    and the time that is left stand for lean·half/limit.
    Each maker is wider than the one before by `step` of half; further levels stand half, and at least a tick, apart.

    A quote stays until it is off by more than `band` of half; it is replaced then, and cancelled at once when it is
    off by more than two spreads. It takes what stands beyond it: whoever is slow is picked off. What is left of the
    budget renews the oldest quotes.
    """

    instruments: tuple[Instrument, ...]
    accounts: int
    levels: int = 2
    lean: float = 1.5
    limit: int = 30
    step: float = 0.15
    band: float = 0.5

    @cached_property
    def slots(self) -> Slots:
        """Every place; an order's tag is its slot."""
        shape = (self.accounts, len(self.instruments), len(LIT), 2, self.levels)
        account, symbol, venue, side, level = np.indices(shape).reshape(len(shape), -1)
        return Slots(account, symbol, np.array(LIT)[venue], 1 - 2 * side, level)

    @cached_property
    def _shares(self) -> Ints:
        return np.array([instrument.level_shares for instrument in self.instruments])

    def quotes(self, view: View) -> Quotes:
        """What should stand where, at the view's prices, stress and inventory."""
        s = self.slots
        spread_bps = np.array([instrument.spread_bps for instrument in self.instruments])
        half = np.maximum(view.reference * spread_bps / 2e4 * np.exp(view.stress), 0.5)
        filled = np.clip(view.inventory / (self.limit * self._shares), -1, 1)
        reservation = view.reference - self.lean * half * filled
        away = half[s.symbol] * (1 + self.step * s.account) + s.level * np.maximum(half, 1)[s.symbol]
        price = reservation[s.account, s.symbol] - s.sign * away
        tick = np.maximum(np.floor(price + 0.5), 1).astype(np.int64)
        return Quotes(price, tick, filled[s.account, s.symbol] * s.sign < 1, half[s.symbol])

    def decide(self, view: View, rng: np.random.Generator, budget: float) -> Requests:
        """The most urgent requests: cancels, then missing quotes, then those furthest off, then the oldest."""
        quotes = self.quotes(view)
        row = np.full(len(quotes.tick), -1)
        row[view.orders["tag"]] = np.arange(len(view.orders))
        is_missing = quotes.wanted & (row < 0)
        urgency = np.where(is_missing, 2.0, 0.0)
        urgency[view.orders["tag"]] = self._urgency(view, quotes)
        slots = np.argsort(-urgency, kind="stable")[: int(budget + rng.random())]
        slots = slots[urgency[slots] > 0]
        shares = self._sizes(slots, rng)
        is_cancel, fresh = urgency[slots] == 3, is_missing[slots]
        change = slots[~is_cancel & ~fresh]
        return np.concatenate(
            (
                cancels(view.orders[row[slots[is_cancel]]]),
                self._fresh(slots[fresh], quotes.tick, shares[fresh]),
                replaces(view.orders[row[change]], quotes.tick[change], shares[~is_cancel & ~fresh]),
            )
        )

    def _urgency(self, view: View, quotes: Quotes) -> Floats:
        """Of each own order (n,): 3 cancel it, 1 to 2 it is off, below 1 by age, 0 nothing to do now."""
        orders, slot = view.orders, view.orders["tag"]
        off = np.maximum(np.abs(orders["tick"] - quotes.price[slot]) - 0.5, 0) / quotes.half[slot]
        age = (view.time_ns - orders["sent_ns"]) / 1e9
        urgency = np.where(off > self.band, 2 - 1 / (1 + off), age / (1 + age))
        urgency[(off > 4) | ~quotes.wanted[slot]] = 3
        urgency[orders["is_busy"] == 1] = 0
        return urgency

    def _sizes(self, slots: Ints, rng: np.random.Generator) -> Ints:
        scale = np.exp(SIZE_SPREAD * rng.standard_normal(len(slots)))
        median = self._shares[self.slots.symbol[slots]] * (1 + self.slots.level[slots])
        shares: Ints = np.maximum(median * scale, 1).astype(np.int64)
        return shares

    def _fresh(self, slots: Ints, tick: Ints, shares: Ints) -> Requests:
        s = self.slots
        columns = {
            "account": s.account[slots],
            "symbol": s.symbol[slots],
            "venue": s.venue[slots],
            "side": np.where(s.sign[slots] > 0, BUY, SELL),
            "tick": tick[slots],
            "shares": shares,
            "tag": slots,
        }
        return new_requests(columns, len(slots))
