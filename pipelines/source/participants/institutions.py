"""Institutions: parent orders, sliced by a schedule, worked with patience in the light and in the dark."""

from dataclasses import dataclass
from functools import cache, cached_property

import numpy as np
from numpy.typing import NDArray

from pipelines.source.participants.noise import heavy_sizes
from pipelines.source.participants.requests import Requests
from pipelines.source.participants.towards import Execution, cancel_older, some
from pipelines.source.participants.view import View
from pipelines.source.simulator.book import Ints
from pipelines.source.simulator.config import Instrument
from pipelines.source.simulator.prices import Floats

SLICES = 24
PARENT_LEVELS = 10.0  # size of a parent, in level_shares times a size of a heavy tail
DARK_SHARE = 0.4
VOLUME_CURVE = 1 + 2 * (2 * (np.arange(SLICES) + 0.5) / SLICES - 1) ** 2  # a day's U: most at the open and the close
EVEN_CURVE = np.ones(SLICES)


@dataclass(frozen=True)
class Parent:
    """What an institution wants: shares of a symbol, bought where positive, from a time on over `horizon_ns`."""

    symbol: int
    shares: int
    curve: tuple[float, ...]
    start_ns: int
    horizon_ns: int

    def due(self, time_ns: int) -> int:
        """Shares that its schedule wants traded or asked for at a time, signed: the whole from the last slice on."""
        number = (time_ns - self.start_ns) * len(self.curve) // self.horizon_ns
        return int(schedule(self.shares, self.curve)[min(number, len(self.curve) - 1)]) if number >= 0 else 0


def schedule(shares: int, curve: tuple[float, ...]) -> Ints:
    """Shares (slices,) to have traded or asked for in each slice and those before, in proportion to the curve.

    An even curve is TWAP, a curve of volumes VWAP; the last slice makes up the whole. (Kissell 2013, ch. 1.)
    """
    parts = np.cumsum(curve) / np.sum(curve)
    done: Ints = np.rint(shares * parts).astype(np.int64)
    return done


@dataclass(frozen=True)
class Institutions:
    """Accounts that buy or sell a block over `horizon_ns`, and undo it over the next, one parent order at a time.

    An order that nobody met within half a slice is cancelled. Who is behind by more than two slices, or in the last
    slice, takes what is there.
    """

    instruments: tuple[Instrument, ...]
    accounts: int
    seed: int
    start_ns: int
    horizon_ns: int = 120_000_000_000

    @cached_property
    def _execution(self) -> Execution:
        return Execution(self.instruments, most=5.0)

    @property
    def slice_ns(self) -> int:
        """How long a slice lasts."""
        return self.horizon_ns // SLICES

    def parent(self, account: int, number: int) -> Parent:
        """The number-th parent order of an account, from 0; odd ones undo the one before. Starts are staggered."""
        symbol, shares, curve = _block(self.instruments, self.seed, account, number // 2)
        start = self.start_ns + number * self.horizon_ns + account * self.slice_ns
        return Parent(symbol, -shares if number % 2 else shares, curve, start, self.horizon_ns)

    def targets(self, time_ns: int) -> Ints:
        """Shares (accounts, symbols) that the schedules want bought since the start."""
        wanted = np.zeros((self.accounts, len(self.instruments)), np.int64)
        for account in range(self.accounts):
            number = max(0, (time_ns - self.start_ns - account * self.slice_ns) // self.horizon_ns)
            now = self.parent(account, number)
            before = self.parent(account, number - 1).shares if number % 2 else 0
            wanted[account, now.symbol] = before + now.due(time_ns)
        return wanted

    def decide(self, view: View, rng: np.random.Generator, budget: float) -> Requests:
        """Cancels of orders that waited in vain, and what the schedules want beyond what is owned and open."""
        wanted = self.targets(view.time_ns)
        gap, late = wanted - view.exposure(), self._late(view, wanted)
        is_hidden = rng.random(gap.shape) < DARK_SHARE
        asked = (
            cancel_older(view, self.slice_ns // 2),
            self._execution.take(np.where(late, gap, 0), view, rng),
            self._execution.hide(np.where(~late & is_hidden, gap, 0), view),
            self._execution.rest(np.where(~late & ~is_hidden, gap, 0), view, rng),
        )
        return some(np.concatenate(asked), budget, rng)

    def _late(self, view: View, wanted: Ints) -> NDArray[np.bool_]:
        """Where (accounts, symbols) patience ends."""
        slices = (view.time_ns - self.start_ns) // self.slice_ns - np.arange(self.accounts)
        is_last = slices % SLICES == SLICES - 1
        behind = np.abs(wanted - view.inventory)
        is_behind = behind > np.abs(wanted - self.targets(view.time_ns - 2 * self.slice_ns))
        late: NDArray[np.bool_] = is_behind | is_last[:, None]
        return late


@cache
def _block(
    instruments: tuple[Instrument, ...], seed: int, account: int, number: int
) -> tuple[int, int, tuple[float, ...]]:
    """Symbol, signed shares and curve of an account's number-th block."""
    rng = np.random.default_rng([seed, account, number])
    activity: Floats = np.array([instrument.activity for instrument in instruments])
    symbol = int(rng.choice(len(instruments), p=activity / activity.sum()))
    size = instruments[symbol].level_shares * PARENT_LEVELS * heavy_sizes(rng, 1)[0]
    curve = (EVEN_CURVE, VOLUME_CURVE)[rng.integers(0, 2)]
    return symbol, int(np.ceil(size)) * (1, -1)[rng.integers(0, 2)], tuple(curve.tolist())
