"""silver.books: the ten best levels after each message of silver.depth, rebuilt book by book.

A book belongs to a producer, symbol and venue; its messages are taken in order of arrival. What the rows of a book
say, and when one is invalid, stands in rebuild.py. The state between two batches is itself rows of silver.depth:
a valid book is a snapshot, of an invalid one the diffs that wait.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa

from pipelines.silver.book_rows import (
    READS,
    SIDES,
    all_levels,
    book_of,
    build_rows,
    empty_book,
    exact_lists,
    messages_of,
    room_for,
    with_room,
)
from pipelines.silver.rebuild import LAST, STATE, UNNUMBERED, VALID, WAITING, WAITS, Book, rebuild
from schemas.silver import BOOKS, SILVER_DEPTH

KEY = ("producer_id", "symbol", "venue")
STATE_SCHEMA = pa.schema([*(SILVER_DEPTH.arrow_schema.field(name) for name in READS), pa.field("state", pa.int64())])
CHUNK = 2_000  # messages of a book at once: bounds the room for rows, and how many deleted levels gather
MOST_WAITING = 20_000  # diffs of a book that wait for a snapshot; older ones are given up
Key = tuple[str, str, str]


@dataclass
class _Kept:
    """A book between messages, and the rows of silver.depth that wait for a snapshot or, last, name the book."""

    book: Book
    rows: pa.Table


@dataclass
class Books:
    """The books of some producers, symbols and venues, as far as their messages have come.

    A book that no message came for stays as it was frozen: rows of STATE_SCHEMA.
    """

    _kept: dict[Key, _Kept] = field(default_factory=dict)
    _frozen: dict[Key, pa.Table] = field(default_factory=dict)

    @classmethod
    def thaw(cls, state: pa.Table | None) -> "Books":
        """What `freeze` gave; of None no book."""
        return cls(_frozen={} if state is None else dict(_by_key(state)))

    def freeze(self) -> pa.Table:
        """All that is needed to go on: rows of STATE_SCHEMA."""
        thawed = map(_freeze, self._kept.values())
        return pa.concat_tables([STATE_SCHEMA.empty_table(), *self._frozen.values(), *thawed]).combine_chunks()

    def apply(self, depth: pa.Table) -> pa.Table:
        """Rows of silver.depth (READS), those of a book in order of arrival, to rows of silver.books, book by book."""
        parts = [BOOKS.arrow_schema.empty_table()]
        for key, rows in _by_key(depth.select(READS)):
            parts += [self._rebuild(key, rows.slice(start, CHUNK)) for start in range(0, len(rows), CHUNK)]
        return pa.concat_tables(parts)

    def _rebuild(self, key: Key, fresh: pa.Table) -> pa.Table:
        kept = self._kept.get(key) or self._begin(key, fresh)
        is_valid = kept.book.head[STATE] == VALID
        known = fresh if is_valid else pa.concat_tables([kept.rows, fresh]).combine_chunks()
        messages = messages_of(known)
        book = with_room(kept.book, len(messages.bid_prices), len(messages.ask_prices))
        book.head[WAITS] = 0
        rows = room_for(2 * len(known) + int(messages.is_snapshot.sum()))
        count = rebuild(book, messages, len(known) - len(fresh), rows)
        waits = len(known) - 1 if book.head[STATE] == VALID else max(int(book.head[WAITS]), len(known) - MOST_WAITING)
        self._kept[key] = _Kept(book, known.take(np.arange(waits, len(known))))  # a slice would hold all of them
        return build_rows(known, rows, count)

    def _begin(self, key: Key, fresh: pa.Table) -> _Kept:
        rows = self._frozen.pop(key, None)
        if rows is None:
            return _Kept(empty_book(WAITING), fresh.slice(0, 0))
        return _Kept(book_of(rows, rows.column("state")[0].as_py()), rows.select(READS))


def build_books(depth: pa.Table) -> pa.Table:
    """Rows of silver.depth (READS) to rows of silver.books; each book from its first message on."""
    return Books().apply(depth)


def rebuild_books(depth: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Batches of silver.depth (READS) to batches of silver.books; each book from its first message on."""
    books = Books()
    for batch in depth:
        yield from books.apply(pa.Table.from_batches([batch])).to_batches()


def _by_key(rows: pa.Table) -> Iterator[tuple[Key, pa.Table]]:
    """The rows of each book, in their order."""
    numbers = np.zeros(len(rows), np.int64)
    for name in KEY:
        column = rows.column(name).combine_chunks().dictionary_encode()
        numbers = numbers * (len(column.dictionary) + 1) + column.indices.to_numpy()
    order = np.argsort(numbers, kind="stable")
    rows = rows.take(order).combine_chunks()  # once: for each book it would take a millisecond
    starts = np.flatnonzero(np.diff(numbers[order], prepend=-1))
    for start, stop in pairwise((*starts, len(rows))):
        part = rows.slice(start, stop - start)
        yield tuple(part.column(name)[0].as_py() for name in KEY), part


def _freeze(kept: _Kept) -> pa.Table:
    head, rows = kept.book.head, kept.rows
    if head[STATE] == VALID:
        rows = rows.slice(len(rows) - 1)
        seq = None if head[LAST] == UNNUMBERED else int(head[LAST])
        levels = {name: exact_lists(each) for name, each in zip(SIDES, all_levels(kept.book), strict=True)}
        given: dict[str, Any] = {"kind": ["SNAPSHOT"], "venue_seq": [seq], **levels}
        for name, values in given.items():
            at = rows.schema.get_field_index(name)
            rows = rows.set_column(at, name, pa.array(values, rows.schema.field(name).type))
    return rows.append_column("state", pa.array(np.full(len(rows), head[STATE]))).cast(STATE_SCHEMA)
