"""Momentum and mean reversion: accounts that trade on the returns of the last seconds."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from pipelines.source.participants.requests import Requests
from pipelines.source.participants.towards import Execution, cancel_older, some
from pipelines.source.participants.view import View
from pipelines.source.simulator.book import Ints
from pipelines.source.simulator.config import Instrument
from pipelines.source.simulator.prices import Floats

LONGEST = 3  # positions go to so many units
PATIENCE_NS = 4_000_000_000


@dataclass(frozen=True)
class Trend:
    """What accounts make of past returns: account k looks back shortest·(k+1) seconds, at most a minute.

    A return counts in spreads: at one spread they want a unit of level_shares, at two spreads two, at most three.
    """

    instruments: tuple[Instrument, ...]
    accounts: int
    shortest: int

    @cached_property
    def execution(self) -> Execution:
        """How they trade."""
        return Execution(self.instruments)

    def returns(self, view: View) -> Floats:
        """Log return over each account's look-back, in the instrument's spreads (accounts, symbols)."""
        back = np.minimum(self.shortest * (np.arange(self.accounts) + 1), len(view.history) - 1)
        log = np.log(view.history)
        returns: Floats = (log[-1] - log[-1 - back]) * 1e4 / self.execution.spread_bps
        return returns

    def units(self, view: View) -> Ints:
        """Shares to own when the returns are followed, (accounts, symbols)."""
        strength = np.clip(np.trunc(self.returns(view)), -LONGEST, LONGEST)
        return strength.astype(np.int64) * self.execution.level_shares


@dataclass(frozen=True)
class Momentum(Trend):
    """They follow: what has risen is bought at once, and sold when it rises no more."""

    shortest: int = 5

    def decide(self, view: View, rng: np.random.Generator, budget: float) -> Requests:
        """Immediate orders at the opposite touch."""
        return some(self.execution.take(self.units(view) - view.exposure(), view, rng), budget, rng)


@dataclass(frozen=True)
class Reversion(Trend):
    """They lean against: what has risen is sold, with patience, and bought back when it has come down."""

    shortest: int = 8

    def decide(self, view: View, rng: np.random.Generator, budget: float) -> Requests:
        """Orders at the own touch; those that have waited in vain are cancelled."""
        asked = self.execution.rest(-self.units(view) - view.exposure(), view, rng)
        return some(np.concatenate((cancel_older(view, PATIENCE_NS), asked)), budget, rng)
