"""Between rows of silver.depth or silver.books and the arrays of a rebuild."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipelines.exact import exact_numbers, exact_units, units_of
from pipelines.silver.levels import Ints, Levels, Ragged, measure_levels, touch_levels
from pipelines.silver.rebuild import (
    ASKS,
    BIDS,
    CHAIN,
    LAST,
    STATE,
    STATES,
    TOP,
    UNNUMBERED,
    VALID,
    Book,
    Messages,
    Rows,
)
from schemas.silver import BOOKS, SILVER_DEPTH

SIDES = ("bid_prices", "bid_quantities", "ask_prices", "ask_quantities")
READS = SILVER_DEPTH.column_names


def messages_of(rows: pa.Table) -> Messages:
    """Rows of silver.depth (READS) of one book, in order of arrival."""
    last = _integers(rows, "venue_seq", UNNUMBERED)
    first = _integers(rows, "first_venue_seq", 0)
    previous = _integers(rows, "previous_venue_seq", UNNUMBERED)
    sides = [_ragged(rows, name) for name in SIDES]
    return Messages(
        pc.equal(rows.column("kind"), "SNAPSHOT").to_numpy(),
        last,
        np.where(previous == UNNUMBERED, np.where(first > 0, first - 1, UNNUMBERED), previous),
        *(sides[0].offsets, sides[0].values, sides[1].values),
        *(sides[2].offsets, sides[2].values, sides[3].values),
    )


def _integers(rows: pa.Table, name: str, missing: int) -> Ints:
    values: Ints = pc.fill_null(rows.column(name), missing).to_numpy()
    return values


def _ragged(rows: pa.Table, name: str) -> Ragged:
    """A column of lists of exact numbers in units of 1e-9."""
    column = rows.column(name)
    lists = column.chunk(0) if column.num_chunks else pa.array([], column.type)
    offsets = lists.offsets.to_numpy().astype(np.int64)
    return Ragged(units_of(lists.flatten()), offsets - offsets[0])


def empty_book(state: int) -> Book:
    """A book without levels, in a state."""
    head = np.zeros(6, np.int64)
    head[LAST], head[CHAIN], head[STATE] = UNNUMBERED, UNNUMBERED, state
    nothing = np.empty(0, np.int64)
    return Book(nothing, nothing, nothing, nothing, head)


def book_of(rows: pa.Table, state: int) -> Book:
    """The book that one snapshot row is, or of which rows wait."""
    book = empty_book(state)
    book.head[CHAIN] = _integers(rows, "venue_seq", UNNUMBERED).max()
    if state != VALID:
        return book
    bid_prices, bid_quantities, ask_prices, ask_quantities = (_ragged(rows, name).values[::-1] for name in SIDES)
    book.head[BIDS], book.head[ASKS], book.head[LAST] = len(bid_prices), len(ask_prices), book.head[CHAIN]
    return Book(bid_prices, bid_quantities, -ask_prices, ask_quantities, book.head)


def with_room(book: Book, bids: int, asks: int) -> Book:
    """The book without its deleted levels, with room for so many more bids and asks."""
    bid_keys, bid_quantities = _live(book.bid_keys, book.bid_quantities, book.head[BIDS])
    ask_keys, ask_quantities = _live(book.ask_keys, book.ask_quantities, book.head[ASKS])
    book.head[BIDS], book.head[ASKS] = len(bid_keys), len(ask_keys)
    more_bids, more_asks = np.empty(bids, np.int64), np.empty(asks, np.int64)
    return Book(
        np.concatenate([bid_keys, more_bids]),
        np.concatenate([bid_quantities, more_bids]),
        np.concatenate([ask_keys, more_asks]),
        np.concatenate([ask_quantities, more_asks]),
        book.head,
    )


def _live(keys: Ints, quantities: Ints, count: int) -> tuple[Ints, Ints]:
    is_live = quantities[:count] != 0
    return keys[:count][is_live], quantities[:count][is_live]


def room_for(count: int) -> Rows:
    """Room for so many rows."""
    flat = [np.empty(count, bool if name == "is_gap" else np.int64) for name in Rows._fields[:7]]
    return Rows(*flat, *(np.empty((count, TOP), np.int64) for _ in range(4)))


def all_levels(book: Book) -> Iterator[Ragged]:
    """Prices and quantities of bids, then of asks, best first, each as the only list."""
    sides = (book.bid_keys, book.bid_quantities, BIDS), (book.ask_keys, book.ask_quantities, ASKS)
    for keys, quantities, which in sides:
        for values in _live(keys, quantities, book.head[which]):
            yield Ragged(np.abs(values[::-1]), np.array([0, len(values)]))


@dataclass(frozen=True)
class _Cut:
    """The first `count` of some rows."""

    rows: Rows
    count: int

    def __getattr__(self, name: str) -> Any:
        return getattr(self.rows, name)[: self.count]

    def levels(self, side: str, what: str) -> Ragged:
        counts = getattr(self, f"{side}s")
        is_level = np.arange(TOP) < counts[:, None]
        return Ragged(getattr(self, f"{side}_{what}")[is_level], np.concatenate([[0], np.cumsum(counts)]))


def build_rows(known: pa.Table, rows: Rows, count: int) -> pa.Table:
    """The first `count` rows of a rebuild over the messages `known` as rows of silver.books."""
    cut = _Cut(rows, count)
    levels = Levels(*(cut.levels(side, what) for side in ("bid", "ask") for what in ("prices", "quantities")))
    is_valid = cut.state == VALID
    both = (cut.bids > 0) & (cut.asks > 0)
    bid, ask = levels.bid_prices.first(), levels.ask_prices.first()
    said = known.take(cut.message)
    columns = {name: said.column(name) for name in BOOKS.column_names if name in READS} | {
        "receive_ns": known.column("receive_ns").take(cut.cause),
        "ingest_ts": known.column("ingest_ts").take(cut.cause),
        "book_seq": pa.array(cut.reached, mask=~is_valid | (cut.reached == UNNUMBERED)),
        "state": pa.array(np.array(STATES)[cut.state]),
        "is_valid": pa.array(is_valid),
        "is_gap": pa.array(cut.is_gap),
        "is_recovered": pa.array(cut.cause != cut.message),
        "is_crossed": pa.array(both & (bid > ask)),
        "is_locked": pa.array(both & (bid == ask)),
        **measure_levels(levels),
        **{name: exact_units(units, empty) for name, (units, empty) in touch_levels(levels).items()},
        **{name: exact_lists(getattr(levels, name)) for name in SIDES},
    }
    return pa.table([columns[name] for name in BOOKS.column_names], names=BOOKS.column_names).cast(BOOKS.arrow_schema)


def exact_lists(values: Ragged) -> pa.ListArray:
    """Lists of integers of 1e-9 to lists of DECIMAL(18,9)."""
    return exact_numbers(pa.ListArray.from_arrays(pa.array(values.offsets, pa.int32()), pa.array(values.values)))
