"""Orders to levels: market-by-order records to depth messages."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from databento_dbn import F_LAST, F_SNAPSHOT

from pipelines.source.importers.batches import Columns
from pipelines.source.importers.market_records import MarketRecords
from pipelines.source.importers.updates import Changes, number_messages

FIELDS = ("instrument_id", "action", "side", "order_id", "price", "size", "flags")
UNIT = 10**9
Level = tuple[bool, int]


@dataclass
class Book:
    """The orders of an instrument, the size of each level, and the levels that changed since the last message."""

    orders: dict[int, tuple[Level, int]] = field(default_factory=dict)
    sizes: dict[Level, int] = field(default_factory=dict)
    changed: set[Level] = field(default_factory=set)
    is_cleared: bool = False

    def clear(self) -> None:
        """Forget all orders: the next message replaces the book."""
        self.orders.clear()
        self.sizes.clear()
        self.changed.clear()
        self.is_cleared = True

    def place(self, order_id: int, level: Level, size: int) -> None:
        """An order is at a level with a size, wherever it was before; of size 0, it is gone."""
        if before := self.orders.pop(order_id, None):
            self._move(before[0], -before[1])
        if size > 0:
            self.orders[order_id] = level, size
            self._move(level, size)

    def cancel(self, order_id: int, size: int) -> None:
        """An order loses that much. What is not known was there before the file began."""
        if before := self.orders.get(order_id):
            self.place(order_id, before[0], before[1] - size)

    def _move(self, level: Level, size: int) -> None:
        self.sizes[level] = self.sizes.get(level, 0) + size
        self.changed.add(level)

    def take_changes(self) -> list[tuple[bool, int, int]]:
        """Side, price and size of the levels that changed, which then count as told."""
        changes = [(*level, self.sizes.get(level, 0)) for level in self.changed]
        self.changed.clear()
        self.is_cleared = False
        return changes


@dataclass
class Told:
    """Messages so far: the record that ended each, whether it replaces the book, and the levels of all of them."""

    records: list[int] = field(default_factory=list)
    is_snapshot: list[bool] = field(default_factory=list)
    levels: list[tuple[int, bool, int, int]] = field(default_factory=list)

    def tell(self, record: int, book: Book) -> None:
        """A message of what changed, where something did."""
        if book.changed or book.is_cleared:
            number = len(self.records)
            self.records.append(record)
            self.is_snapshot.append(book.is_cleared)
            self.levels.extend((number, *change) for change in book.take_changes())


def fold_orders(records: MarketRecords, identity: Columns) -> Columns:
    """Columns of depth messages of n records of schema mbo: one an event, which ends with F_LAST, or with the file.

    An event that clears the book is a snapshot, as is the one that a file begins with and Databento made: of that no
    venue gives a time. identity: columns of n values.
    """
    told, books = Told(), dict[int, Book]()
    for index, (instrument_id, *order, flags) in enumerate(zip(*_lists(records), strict=True)):
        book = books.setdefault(instrument_id, Book(is_cleared=bool(flags & F_SNAPSHOT)))
        _apply(book, order)
        if flags & F_LAST:
            told.tell(index, book)
    for book in books.values():
        told.tell(len(records) - 1, book)
    is_made = pa.array(records.fields["flags"] & F_SNAPSHOT != 0)
    return _to_columns(told, {**identity, "venue_ts_ns": pc.if_else(is_made, 0, identity["venue_ts_ns"])})


def _lists(records: MarketRecords) -> Iterable[list[Any]]:
    return (records.fields[name].tolist() for name in FIELDS)


def _apply(book: Book, order: list[Any]) -> None:
    """Trades and fills change no order: a cancel follows them."""
    action, side, order_id, price, size = order
    if action == b"R":
        book.clear()
    elif action in (b"A", b"M"):
        book.place(order_id, (side == b"B", price), size)
    elif action == b"C":
        book.cancel(order_id, size)


def _to_columns(told: Told, identity: Columns) -> Columns:
    levels = np.array(told.levels, np.int64).reshape(-1, 4).T
    changes = Changes(levels[0], levels[1].astype(bool), levels[2], levels[3] * UNIT)
    chosen = pa.array(told.records, pa.int64())
    named = {name: identity[name].take(chosen) for name in ("symbol", "venue", "venue_ts_ns", "receive_ts_ns")}
    return number_messages(named, np.array(told.is_snapshot, bool), changes)
