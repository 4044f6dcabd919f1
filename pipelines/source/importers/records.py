"""Records of a table file as text columns, and text to exact Arrow columns: each error names file, line and field."""

import csv
import reprlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv

from pipelines.source.importers.captures import line_error
from pipelines.source.importers.columns import Levels, exact_units
from pipelines.source.importers.files import PLAUSIBLE, Span
from pipelines.source.importers.ladders import Ladder
from schemas.errors import SourceError

Converted = TypeVar("Converted")
Converter = Callable[[pa.Array], Converted]
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Records:
    """n records of a file in its order: a text column a field.

    word and first_line: how a record is called in a sentence, and the number of the first.
    """

    path: Path
    columns: Mapping[str, pa.StringArray]
    first_line: int = 1
    word: str = "line"

    def __len__(self) -> int:
        return len(next(iter(self.columns.values())))

    def error(self, index: int, what: str) -> SourceError:
        """The error of one record, by its place in the file."""
        place = f"{self.path}, {self.word} {self.first_line + index}"
        return SourceError(f"{place}: {what}; correct or remove this {self.word}, then run the command again.")

    def texts(self, name: str) -> pa.StringArray:
        """Texts, n values. Raises SourceError where the field is empty."""
        return self.convert(name, to_texts, "a text")

    def integers(self, name: str) -> pa.Array:
        """int64, n values. Raises SourceError where the field is no whole number of 64 bits."""
        return self.convert(name, lambda texts: texts.cast(pa.int64()), "a whole number of 64 bits")

    def units(self, name: str, digits: int = 9) -> pa.Array:
        """int64 in units of 10 ** -digits, n values. Raises SourceError where the field is no decimal that fits."""
        return self.convert(name, lambda texts: exact_units(texts, digits), f"a decimal {_limits(digits)}")

    def amounts(self, name: str, digits: int = 9) -> pa.Array:
        """The same of what is never below zero, as a quantity."""
        return self.convert(name, lambda texts: to_amounts(texts, digits), f"a decimal from 0 {_limits(digits)}")

    def multiples(self, name: str, factor: int, least: int = -(2**63)) -> pa.Array:
        """int64, n values: whole numbers from `least` on, times a factor. Raises SourceError on what does not fit."""
        most = (2**63 - 1) // factor

        def multiply(texts: pa.Array) -> pa.Array:
            numbers = texts.cast(pa.int64()).to_numpy()
            if ((numbers < max(least, -most)) | (numbers > most)).any():
                raise ValueError("out of range")
            return pa.array(numbers * factor)

        return self.convert(name, multiply, f"a whole number from {max(least, -most)} to {most}")

    def flags(self, name: str) -> pa.Array:
        """Booleans, n values. Raises SourceError where the field is neither true nor false, in any case."""
        return self.choices(name, {"true": True, "false": False}, pa.bool_(), pc.utf8_lower)

    def choices(
        self,
        name: str,
        values: Mapping[str, object],
        type: pa.DataType | None = None,
        fold: Converter[pa.Array] | None = None,
    ) -> pa.Array:
        """What each text stands for, n values; `fold` is applied to texts first. Raises SourceError on another text."""
        known, meaning = pa.array(list(values), pa.string()), pa.array(list(values.values()), type or pa.int32())

        def choose(texts: pa.Array) -> pa.Array:
            indices = pc.index_in(fold(texts) if fold else texts, value_set=known)
            if indices.null_count:
                raise ValueError("unknown")
            return meaning.take(indices)

        return self.convert(name, choose, f"one of {', '.join(map(repr, values))}")

    def times(self, name: str, to_ns: Converter[pa.Array], what: str, span: Span = PLAUSIBLE) -> pa.Array:
        """int64 nanoseconds since 1970, n values, by `to_ns`; `what` says which texts it takes.

        Raises SourceError where the field is no such text, or a time outside the span.
        """

        def within(texts: pa.Array) -> pa.Array:
            times = to_ns(texts)
            numbers = times.to_numpy()
            if ((numbers < span.start_ns) | (numbers >= span.end_ns)).any():
                raise ValueError("outside")
            return times

        return self.convert(name, within, f"{what} in {span.text}")

    def levels(self, prices: Sequence[str], quantities: Sequence[str]) -> Levels:
        """A side of n books from columns, best level first; one with an empty field or quantity 0 is none."""
        return self.ladder(prices, quantities).without_empty().levels()

    def ladder(self, prices: Sequence[str], quantities: Sequence[str], digits: tuple[int, int] = (9, 9)) -> Ladder:
        """The same with levels of quantity 0; prices and quantities have at most so many `digits` behind the point."""
        filled, names = self._fill([*prices, *quantities]), list(zip(prices, quantities, strict=True))
        price = np.stack([filled.units(name, digits[0]).to_numpy() for name, _ in names], axis=1)
        quantity = np.stack([filled.amounts(name, digits[1]).to_numpy() for _, name in names], axis=1)
        is_there = np.stack([self._is_there(a) & self._is_there(b) for a, b in names], axis=1)
        return Ladder(price, quantity, is_there)

    def _fill(self, names: Sequence[str]) -> "Records":
        """Some columns, 0 where they are empty."""
        columns = {name: self.columns[name] for name in names}
        return replace(self, columns={n: pc.if_else(pc.equal(c, ""), "0", c) for n, c in columns.items()})

    def _is_there(self, name: str) -> Flags:
        is_there: Flags = pc.not_equal(self.columns[name], "").to_numpy(zero_copy_only=False)
        return is_there

    def convert(self, name: str, convert: Converter[Converted], wanted: str) -> Converted:
        """A column by a function that raises ValueError on texts it cannot take: then SourceError names the first."""
        texts = self.columns[name]
        try:
            return convert(texts)
        except ValueError:
            index = _first_bad(convert, texts)
            value = reprlib.repr(texts[index].as_py())
            raise self.error(index, f"field {name} is {value} and not {wanted}") from None


def _limits(digits: int) -> str:
    return f"with at most {digits} decimals below {2**63 // 10**digits}"


def _first_bad(convert: Converter[Converted], texts: pa.Array) -> int:
    """The index of the first text that cannot be converted, where at least one cannot: by halving."""
    start, end = 0, len(texts)
    while end - start > 1:
        middle = (start + end) // 2
        try:
            convert(texts.slice(start, middle - start))
            start = middle
        except ValueError:
            end = middle
    return start


def to_texts(texts: pa.Array) -> pa.Array:
    """Texts that are not empty. Raises ValueError on one that is."""
    if pc.any(pc.equal(texts, "")).as_py():
        raise ValueError("empty")
    return texts


def to_amounts(texts: pa.Array, digits: int) -> pa.Array:
    """`exact_units` of numbers from 0 on. Raises ValueError on others."""
    units = exact_units(texts, digits)
    if (units.to_numpy() < 0).any():
        raise ValueError("negative")
    return units


def first_cells(path: Path, content: bytes, delimiter: str = ",") -> list[str]:
    """The fields of the first line of a CSV. Raises SourceError when the file is empty or its end is missing."""
    if not content:
        raise SourceError(f"{path} is empty; fetch it again.")
    if not content.endswith(b"\n"):
        number = content.count(b"\n") + 1
        raise line_error(path, number, "it does not end in a newline, so the file seems to be cut off")
    line = content[: content.index(b"\n")].decode("utf-8-sig", errors="replace")
    try:
        return next(csv.reader([line], delimiter=delimiter))
    except csv.Error as error:
        raise line_error(path, 1, f"it is no line of a CSV ({error})") from error


def parse_csv(path: Path, content: bytes, names: Sequence[str], has_header: bool, delimiter: str = ",") -> Records:
    """The records of a CSV, whose columns have these names; a header is passed over.

    Raises SourceError, naming the line, where a record has more or fewer fields, or is not UTF-8.
    """
    wrong: list[pacsv.InvalidRow] = []
    start = content.index(b"\n") + 1 if has_header else 0
    if start == len(content):
        return Records(path, {name: pa.array([], pa.string()) for name in names})
    try:
        options = pacsv.ParseOptions(delimiter=delimiter, ignore_empty_lines=False, invalid_row_handler=_note_in(wrong))
        table = _read_csv(content[start:] if start else content, names, options)
    except pa.ArrowInvalid as error:
        raise _csv_error(path, content, wrong, has_header) from error
    columns = {name: pa.concat_arrays(column.chunks) for name, column in zip(names, table.columns, strict=True)}
    return Records(path, columns, 1 + has_header)


def _note_in(wrong: list[pacsv.InvalidRow]) -> Callable[[pacsv.InvalidRow], str]:
    def note(row: pacsv.InvalidRow) -> str:
        wrong.append(row)
        return "error"

    return note


def _read_csv(content: bytes, names: Sequence[str], options: pacsv.ParseOptions) -> pa.Table:
    return pacsv.read_csv(
        pa.BufferReader(content),
        pacsv.ReadOptions(column_names=names, use_threads=False),
        options,
        pacsv.ConvertOptions(column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False),
    )


def _csv_error(path: Path, content: bytes, wrong: list[pacsv.InvalidRow], has_header: bool) -> SourceError:
    if wrong:
        row = wrong[0]
        what = f"it has {row.actual_columns} fields and not {row.expected_columns}"
        return line_error(path, row.number + has_header, what)
    for number, line in enumerate(content.split(b"\n"), 1):
        try:
            line.decode()
        except UnicodeDecodeError:
            return line_error(path, number, "it is not UTF-8 text")
    return SourceError(f"{path} cannot be read as CSV; fetch it again.")
