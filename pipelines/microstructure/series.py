"""The arrays that measures are computed from: touches, trades and levels of one instrument at one venue.

Times are int64 nanoseconds, prices (to 4.6e9) and quantities int64 in units of 1e-9. A side of the book that is empty,
or of a book that is not valid, has quantity 0. Rows are in the order of the venue's sequence, which is an
order of time too: of rows with one time the last is the latest.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeVar, cast

import numpy as np
import numpy.typing as npt
from numba import njit

from schemas.errors import MeasureError

UNITS_PER_ONE = 1e9
Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Numbers = npt.NDArray[Any]
Function = TypeVar("Function", bound=Callable[..., object])


def compiled(function: Function) -> Function:
    """A loop over arrays, compiled once a machine. It calls nothing else of ours: numba's cache looks at one file."""
    return cast(Function, njit(cache=True, nogil=True, error_model="numpy")(function))


@dataclass(frozen=True)
class Touches:
    """Best bids and asks: n each."""

    ns: Ints
    bid_price: Ints
    ask_price: Ints
    bid_quantity: Ints
    ask_quantity: Ints

    def __len__(self) -> int:
        return len(self.ns)

    def __getitem__(self, rows: slice) -> "Touches":
        columns = (self.ns, self.bid_price, self.ask_price, self.bid_quantity, self.ask_quantity)
        return Touches(*(column[rows] for column in columns))

    @cached_property
    def is_two_sided(self) -> Flags:
        """Where both sides are there (n,)."""
        return (self.bid_quantity > 0) & (self.ask_quantity > 0)

    @cached_property
    def mid(self) -> Floats:
        """(Pb + Pa)/2 (n,), a price in units of 1; NaN where a side is empty."""
        return np.where(self.is_two_sided, (self.bid_price + self.ask_price) / (2 * UNITS_PER_ONE), np.nan)


@dataclass(frozen=True)
class Trades:
    """Trades: n each; sign is +1 where the buyer was the aggressor, −1 the seller, 0 where nobody was or is known."""

    ns: Ints
    price: Ints
    quantity: Ints
    sign: Ints

    def __len__(self) -> int:
        return len(self.ns)

    @cached_property
    def value(self) -> Floats:
        """Price × quantity (n,) in units of 1."""
        return (self.price / UNITS_PER_ONE) * (self.quantity / UNITS_PER_ONE)


@dataclass(frozen=True)
class Ladders:
    """The first L levels of n books, best first: (n, L) each; quantity 0 where there is no level."""

    bid_prices: Ints
    bid_quantities: Ints
    ask_prices: Ints
    ask_quantities: Ints


def take_known(values: Numbers, index: Ints) -> Floats:
    """values[index] (n,) as doubles; NaN where the index is −1."""
    if not len(values):
        return np.full(len(index), np.nan)
    return np.where(index >= 0, values[np.maximum(index, 0)], np.nan)


def divide(numerator: Numbers, denominator: Numbers) -> Floats:
    """Numerator/denominator (n,) as doubles; NaN where the denominator is 0."""
    return np.asarray(numerator / np.where(denominator == 0, np.nan, denominator), np.float64)


def sum_by(group: Ints, values: Floats, count: int) -> Floats:
    """The sums (count,) of values (n,) by group (n,), numbered from 0; 0 where a group has none."""
    return np.bincount(group, values, count).astype(np.float64, copy=False)


def require_order(ns: Ints, what: str) -> None:
    """Raise MeasureError unless times (n,) never decrease."""
    if len(ns) and bool((ns[1:] < ns[:-1]).any()):
        row = int(np.argmax(ns[1:] < ns[:-1])) + 1
        raise MeasureError(f"Times of {what} must not decrease: row {row} is before row {row - 1}. Sort by (ns, seq).")


def require_positive(value: float, what: str) -> None:
    """Raise MeasureError unless a number is above 0."""
    if not value > 0:
        raise MeasureError(f"The {what} is {value}; it must be above 0.")
