"""Fields of JSON messages to Arrow columns, exactly: no floating point, and each error names file, line and field."""

import reprlib
from collections.abc import Callable
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from pipelines.source.importers.captures import line_error
from schemas.errors import SourceError

Converted = TypeVar("Converted")
Converter = Callable[[list[Any]], Converted]
# Venue times below this are milliseconds, from it on microseconds (10**14 ms lies in the year 5138).
FIRST_MICROSECONDS = 10**14
LAST_SECOND = (2**63 - 1) // 10**9


class Levels(NamedTuple):
    """One side of n book messages: two list columns of length n, in units of 1e-9, best price first."""

    prices: pa.ListArray
    quantities: pa.ListArray


@dataclass(frozen=True)
class Messages:
    """n messages of one topic, in file order: for each the number of its line, its receive time (ns) and its fields."""

    path: Path
    numbers: list[int]
    receive_ns: list[int]
    fields: list[dict[str, Any]]

    def __len__(self) -> int:
        return len(self.numbers)

    def error(self, index: int, what: str) -> SourceError:
        """The error of one message, by its place in the file."""
        return line_error(self.path, self.numbers[index], what)

    def values(self, name: str) -> list[Any]:
        """A field of every message, as JSON gave it. Raises SourceError where it is missing."""
        try:
            return [fields[name] for fields in self.fields]
        except KeyError:
            index = next(index for index, fields in enumerate(self.fields) if name not in fields)
            raise self.error(index, f"field {name} is missing") from None

    def integers(self, name: str) -> pa.Array:
        """int64, n values. Raises SourceError where the field is no whole number of 64 bits."""
        return self._convert(name, to_integers, "a whole number of 64 bits")

    def units(self, name: str) -> pa.Array:
        """int64 in units of 1e-9, n values. Raises SourceError where the field is no decimal string that fits."""
        return self._convert(name, to_units, "a decimal string with at most 9 decimals below 9223372036")

    def flags(self, name: str) -> pa.Array:
        """Booleans, n values. Raises SourceError where the field is neither true nor false."""
        return self._convert(name, to_flags, "true or false")

    def times(self, name: str) -> pa.Array:
        """int64 nanoseconds since 1970, n values. Raises SourceError where the field is no time in ms or µs."""
        return self._convert(name, to_nanoseconds, "a time in milliseconds or microseconds since 1970")

    def bids(self, name: str) -> Levels:
        """A side of a book, highest price first. Raises SourceError where the field is no list of pairs."""
        return self._convert(name, to_bids, "a list of [price, quantity] pairs of decimal strings")

    def asks(self, name: str) -> Levels:
        """A side of a book, lowest price first. Raises SourceError where the field is no list of pairs."""
        return self._convert(name, to_asks, "a list of [price, quantity] pairs of decimal strings")

    def _convert(self, name: str, convert: Converter[Converted], wanted: str) -> Converted:
        values = self.values(name)
        if (converted := _attempt(convert, values)) is not None:
            return converted
        index = next(index for index, value in enumerate(values) if _attempt(convert, [value]) is None)
        raise self.error(index, f"field {name} is {reprlib.repr(values[index])} and not {wanted}")


def _attempt(convert: Converter[Converted], values: list[Any]) -> Converted | None:
    try:
        return convert(values)
    except (ValueError, TypeError, OverflowError):
        return None


def _array(values: list[Any], type: pa.DataType) -> pa.Array:
    array = pa.array(values, type)
    if array.null_count:
        raise ValueError("null")
    return array


def to_integers(values: list[Any]) -> pa.Array:
    """Whole numbers to int64. Raises ValueError, TypeError or OverflowError on anything else, true and 1.0 included."""
    if set(map(type, values)) - {int}:
        raise TypeError("not a whole number")
    return pa.array(values, pa.int64())


def to_flags(values: list[Any]) -> pa.Array:
    """JSON true and false to booleans. Raises ValueError or TypeError on anything else."""
    return _array(values, pa.bool_())


def to_units(values: list[Any]) -> pa.Array:
    """Decimal strings to int64 in units of 1e-9, exactly.

    Raises ValueError or TypeError on what is no decimal, has a tenth decimal other than 0, or does not fit in int64.
    """
    return exact_units(_array(values, pa.string()))


def exact_units(texts: pa.Array, digits: int = 9) -> pa.Array:
    """Decimal texts to int64 in units of 10 ** -digits, exactly; n values.

    Raises ValueError on what is no decimal, has more decimals than `digits` that are not 0, or does not fit in int64.
    """
    decimals = texts.cast(pa.decimal128(38, digits))
    words = np.frombuffer(decimals.buffers()[1] or b"", np.int64)[: 2 * len(texts)].reshape(-1, 2)
    units, high = words[:, 0], words[:, 1]
    if (high != units >> 63).any():
        raise ValueError("does not fit in 64 bits")
    return pa.array(units)


def unit_of(time: int | None) -> str:
    """The unit of a time since 1970, by its size; None where there is none."""
    if time is None:
        return "no unit, as there are none"
    return "milliseconds" if time < FIRST_MICROSECONDS else "microseconds"


def to_nanoseconds(values: list[Any]) -> pa.Array:
    """Times since 1970 in ms or µs, told apart by their size, to ns. Raises ValueError, TypeError or OverflowError."""
    return scale_times(to_integers(values))


def scale_times(times: pa.Array) -> pa.Array:
    """int64 times since 1970 in ms or µs, told apart by their size, to int64 ns. Raises ValueError beyond int64."""
    numbers = times.to_numpy()
    is_micro = numbers >= FIRST_MICROSECONDS
    seconds = np.where(is_micro, numbers // 10**6, numbers // 10**3)
    if ((seconds < 0) | (seconds >= LAST_SECOND)).any():
        raise ValueError("does not fit in 64 bits of nanoseconds")
    return pa.array(numbers * np.where(is_micro, 10**3, 10**6))


def to_bids(values: list[Any]) -> Levels:
    """Lists of [price, quantity] to a bid side. Raises ValueError or TypeError on anything else."""
    return _to_levels(values, lambda prices: -prices)


def to_asks(values: list[Any]) -> Levels:
    """Lists of [price, quantity] to an ask side. Raises ValueError or TypeError on anything else."""
    return _to_levels(values, lambda prices: prices)


def _to_levels(values: list[Any], rank: Callable[[npt.NDArray[np.int64]], npt.NDArray[np.int64]]) -> Levels:
    levels = list(chain.from_iterable(values))
    if set(map(type, chain(values, levels))) - {list}:
        raise TypeError("not a list of lists")
    prices = to_units([price for price, _ in levels]).to_numpy()
    quantities = to_units([quantity for _, quantity in levels]).to_numpy()
    counts = np.fromiter(map(len, values), np.int32, len(values))
    best_first = np.lexsort((rank(prices), np.repeat(np.arange(len(values)), counts)))
    return to_lists(prices[best_first], quantities[best_first], counts)


def to_lists(prices: npt.NDArray[np.int64], quantities: npt.NDArray[np.int64], counts: npt.NDArray[np.int32]) -> Levels:
    """Flat levels and the number of them in each of n messages to two list columns of length n."""
    offsets = pa.array(np.concatenate([[0], np.cumsum(counts)]), pa.int32())
    return Levels(pa.ListArray.from_arrays(offsets, prices), pa.ListArray.from_arrays(offsets, quantities))
