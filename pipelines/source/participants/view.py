"""What a strategy sees of the market and of itself."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from pipelines.source.participants.requests import Orders, Requests, signs
from pipelines.source.simulator.book import Ints
from pipelines.source.simulator.prices import Floats


@dataclass(frozen=True)
class View:
    """The market at a time, in ticks and shares.

    reference: the price in mind (symbols,). stress: of the price process. bid, ask: best displayed prices (symbols,
    venues), 0 where there is none. history: last trade prices (seconds, symbols), a row each second, the newest last.
    inventory: what was bought since funding (accounts, symbols), negative where sold. orders: own open orders.
    """

    time_ns: int
    reference: Floats
    stress: float
    bid: Ints
    ask: Ints
    history: Floats
    inventory: Ints
    orders: Orders

    def exposure(self) -> Ints:
        """Inventory (accounts, symbols) when all open orders will have traded."""
        total = self.inventory.copy()
        np.add.at(total, (self.orders["account"], self.orders["symbol"]), signs(self.orders) * self.orders["shares"])
        return total

    def touch(self, symbol: Ints, venue: Ints, spread_bps: Floats) -> tuple[Ints, Ints]:
        """Best bid and ask (n,) of books; where one is empty, half the instrument's spread (symbols,) away."""
        half = np.maximum(self.reference * spread_bps / 2e4, 0.5)
        bid, ask = self.bid[symbol, venue], self.ask[symbol, venue]
        low = np.floor(self.reference - half).astype(np.int64)[symbol]
        high = np.ceil(self.reference + half).astype(np.int64)[symbol]
        return np.where(bid > 0, bid, low), np.where(ask > 0, ask, high)


class Strategy(Protocol):
    """From what is seen to what is asked, for all accounts of a kind at once; the same input gives the same output."""

    def decide(self, view: View, rng: np.random.Generator, budget: float) -> Requests:
        """Requests, in order; `budget` is how many there should be on average, and never exceeded by much."""
