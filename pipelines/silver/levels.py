"""What the levels of a book message say, computed for a whole batch at once.

Prices and quantities come as integers of 1e-9. Measures are null, never 0, where they are undefined:
OBI = (Qb − Qa)/(Qb + Qa) in [−1, 1], null when both sides are empty, ±1 when one is;
micro_price = (Pb·Qa + Pa·Qb)/(Qb + Qa), the weighted mid, and spread_bps = (Pa − Pb)/mid · 10⁴, null unless both
sides are there.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

UNITS_PER_ONE = 1e9
Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Ragged:
    """n lists of integers: `values` of all of them, and n + 1 offsets into it."""

    values: Ints
    offsets: Ints

    @classmethod
    def of(cls, lists: pa.ListArray) -> "Ragged":
        """The lists of an Arrow column, without a copy; a slice of a column ends where its last list ends."""
        offsets = lists.offsets.to_numpy()
        return cls(lists.values.to_numpy()[: offsets[-1]], offsets)

    @cached_property
    def lengths(self) -> Ints:
        """Length of each list."""
        return np.diff(self.offsets)

    def reduce(self, ufunc: np.ufunc, empty: int) -> Ints:
        """Fold each list by minimum or maximum; `empty` where it has no element."""
        result = np.full(len(self.lengths), empty, np.int64)
        result[self._filled] = self._fold(ufunc, np.int64)
        return result

    def total(self) -> Floats:
        """Sum of each list, in doubles: an int64 has no room for ten of the largest quantities."""
        result = np.zeros(len(self.lengths))
        result[self._filled] = self._fold(np.add, np.float64)
        return result

    @cached_property
    def _filled(self) -> Flags:
        return self.lengths > 0

    def _fold(self, ufunc: np.ufunc, kind: type) -> npt.NDArray[Any]:
        starts = self.offsets[:-1][self._filled]
        return ufunc.reduceat(self.values, starts, dtype=kind) if len(starts) else np.empty(0, kind)

    def first(self) -> Ints:
        """First element of each list; 0 where it has none."""
        if not len(self.values):
            return np.zeros(len(self.lengths), np.int64)
        return np.where(self.lengths > 0, self.values[np.minimum(self.offsets[:-1], len(self.values) - 1)], 0)


@dataclass(frozen=True)
class Levels:
    """Both sides of n book messages."""

    bid_prices: Ragged
    bid_quantities: Ragged
    ask_prices: Ragged
    ask_quantities: Ragged

    @classmethod
    def of(cls, message: pa.RecordBatch) -> "Levels":
        """The level columns of decoded messages."""
        names = ("bid_prices", "bid_quantities", "ask_prices", "ask_quantities")
        return cls(*(Ragged.of(message.column(name)) for name in names))


def judge_levels(levels: Levels) -> dict[str, pa.Array]:
    """The facts that row rules ask for, n each: extremes in units of 1e-9, and whether the sides are in order."""
    highest, lowest = np.iinfo(np.int64).max, np.iinfo(np.int64).min
    prices, quantities = (levels.bid_prices, levels.ask_prices), (levels.bid_quantities, levels.ask_quantities)
    best_bid, best_ask = prices[0].reduce(np.maximum, 0), prices[1].reduce(np.minimum, 0)
    return {
        "lowest_price": pa.array(np.minimum(*(side.reduce(np.minimum, highest) for side in prices))),
        "lowest_quantity": pa.array(np.minimum(*(side.reduce(np.minimum, highest) for side in quantities))),
        "highest_level": pa.array(np.max([side.reduce(np.maximum, lowest) for side in prices + quantities], axis=0)),
        "is_paired": pa.array(
            np.all([p.lengths == q.lengths for p, q in zip(prices, quantities, strict=True)], axis=0)
        ),
        "is_best_first": pa.array((best_bid == prices[0].first()) & (best_ask == prices[1].first())),
    }


def measure_levels(levels: Levels) -> dict[str, pa.Array]:
    """Measures of n quotes: obi, obi_levels (all levels), micro_price, spread_bps; doubles, null where undefined."""
    has_bid, has_ask = levels.bid_prices.lengths > 0, levels.ask_prices.lengths > 0
    either, both = has_bid | has_ask, has_bid & has_ask
    bid, ask = levels.bid_prices.first(), levels.ask_prices.first()
    qb, qa = levels.bid_quantities.first(), levels.ask_quantities.first()
    total_b, total_a = levels.bid_quantities.total(), levels.ask_quantities.total()
    weighted = bid * qa.astype(np.float64) + ask * qb.astype(np.float64)
    return {
        "obi": _ratio(qb - qa, qb + qa, either),
        "obi_levels": _ratio(total_b - total_a, total_b + total_a, either),
        "micro_price": _ratio(weighted, (qb + qa) * UNITS_PER_ONE, both),
        "spread_bps": _ratio((ask - bid) * 2e4, ask + bid, both),
    }


def touch_levels(levels: Levels) -> dict[str, tuple[Ints, Flags]]:
    """The best level of each side in units of 1e-9, n values each, and where there is none."""
    sides = {"bid": (levels.bid_prices, levels.bid_quantities), "ask": (levels.ask_prices, levels.ask_quantities)}
    return {
        f"{side}_{name}": (column.first(), column.lengths == 0)
        for side, columns in sides.items()
        for name, column in zip(("price", "quantity"), columns, strict=True)
    }


def _ratio(numerator: npt.NDArray[Any], denominator: npt.NDArray[Any], defined: Flags) -> pa.Array:
    defined = defined & (denominator != 0)
    return pa.array(numerator / np.where(defined, denominator, 1), mask=~defined)
