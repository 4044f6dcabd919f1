"""Noise traders: they come in clusters, for reasons of their own, with sizes of a heavy tail."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from pipelines.source.participants.config import DARK, LIT, RESTLESS
from pipelines.source.participants.requests import BUY, IOC, MARKET, SELL, Requests, new_requests
from pipelines.source.participants.towards import Execution, cancel_older, dark_ticks
from pipelines.source.participants.view import View
from pipelines.source.simulator.book import LOWEST_TICK, Ints
from pipelines.source.simulator.columns import Choices
from pipelines.source.simulator.config import Instrument, Stress
from pipelines.source.simulator.prices import Floats

PATIENCE_NS = 8_000_000_000
NEW_SHARE = 0.75  # of all messages, on average; the others are cancels
TAIL = 1.5  # exponent of the sizes' tail (Gopikrishnan et al. 2000)
SMALLEST, LARGEST = 0.15, 10.0  # sizes, in level_shares
VENUE_CODES = np.array([*LIT, DARK])
VENUE_WEIGHTS = np.array([0.5, 0.4, 0.1])
AT_MARKET, AT_LIMIT, RESTING = range(3)
WAY_WEIGHTS = np.array([0.35, 0.2, 0.45])
TICKS_BEHIND = 0.5  # chance that a resting order goes no further behind the touch, a tick each


@dataclass(frozen=True)
class Noise:
    """Accounts that trade at random, likelier back the further from home: never beyond `limit` level_shares.

    They are also likelier to buy what is cheap, by `pull` where the mid is half a spread below the reference: so do
    makers who lean come home.
    """

    instruments: tuple[Instrument, ...]
    accounts: int
    limit: int = 30
    pull: float = 0.3
    stress: Stress = RESTLESS

    @cached_property
    def _execution(self) -> Execution:
        return Execution(self.instruments)

    @cached_property
    def _draws(self) -> tuple[Choices, Choices, Choices]:
        activity = np.array([instrument.activity for instrument in self.instruments])
        return Choices(activity), Choices(VENUE_WEIGHTS), Choices(WAY_WEIGHTS)

    def intensity(self, stress: float) -> float:
        """By how much there are more of them at this stress than on average: exp(x)/E[exp(x)]."""
        return float(np.exp(stress - self.stress.variance / 2))

    def decide(self, view: View, rng: np.random.Generator, budget: float) -> Requests:
        """Poisson many new orders, and cancels of those that have waited in vain."""
        count = int(rng.poisson(budget * NEW_SHARE * self.intensity(view.stress)))
        return np.concatenate((cancel_older(view, PATIENCE_NS), self._fresh(view, rng, count)))

    def _fresh(self, view: View, rng: np.random.Generator, count: int) -> Requests:
        symbols, venues, ways = self._draws
        rows = new_requests(
            {
                "account": rng.integers(0, self.accounts, count),
                "symbol": symbols.draw(rng, count),
                "venue": VENUE_CODES[venues.draw(rng, count)],
            },
            count,
        )
        shares = self._execution.level_shares[rows["symbol"]]
        owned = view.exposure()[rows["account"], rows["symbol"]] / (self.limit * shares)
        chance = np.clip(0.5 + self.pull * self._cheapness(view)[rows["symbol"]], 0, 1) - owned / 2
        rows["side"] = np.where(rng.random(count) < chance, BUY, SELL)
        rows["shares"] = np.ceil(shares * heavy_sizes(rng, count))
        return self._priced(rows, ways.draw(rng, count), view, rng)

    def _cheapness(self, view: View) -> Floats:
        """How far each symbol's mid on the lit venues lies below the reference, (symbols,): 1 at half its spread."""
        symbol, venue = np.indices((len(self.instruments), len(LIT)))
        bid, ask = view.touch(symbol, np.array(LIT)[venue], self._execution.spread_bps)
        half = view.reference * self._execution.spread_bps / 2e4
        cheapness: Floats = np.clip((view.reference - (bid + ask).mean(axis=1) / 2) / half, -1, 1)
        return cheapness

    def _priced(self, rows: Requests, way: Ints, view: View, rng: np.random.Generator) -> Requests:
        is_dark, is_buy = rows["venue"] == DARK, rows["side"] == BUY
        bid, ask = view.touch(rows["symbol"], rows["venue"], self._execution.spread_bps)
        behind = np.where(way == RESTING, rng.geometric(TICKS_BEHIND, len(rows)) - 1, 0)
        own, other = np.where(is_buy, bid - behind, ask + behind), np.where(is_buy, ask, bid)
        tick = np.maximum(np.where(way == RESTING, own, other), LOWEST_TICK // 2)
        is_market = (way == AT_MARKET) & ~is_dark
        rows["tick"] = np.where(is_dark, dark_ticks(view, rows["symbol"], rows["side"]), np.where(is_market, 0, tick))
        rows["type"][is_market] = MARKET
        rows["tif"][(way != RESTING) & ~is_dark] = IOC
        return rows


def heavy_sizes(rng: np.random.Generator, count: int) -> Floats:
    """Sizes (count,) in level_shares: Pareto's law from SMALLEST on, cut at LARGEST."""
    return np.minimum(SMALLEST * (1 + rng.pareto(TAIL, count)), LARGEST)
