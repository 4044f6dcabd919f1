"""gold.book_integrity_1m: the rebuilt books reconciled with the venue's own best bid and offer.

A book after a difference is compared with the last quote whose update is among those of the difference: both are the
book after the same update. What integrity_score says stands in schemas/daily.py. A minute is judged by what is known at
its end: a book that had to wait for a snapshot counts as found only when that came within the minute.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipelines.exact import units_of
from pipelines.gold.daily.arrays import TIMES, by_day, clock_of, in_order, ns_of
from pipelines.gold.daily.columns import MINUTE_NS, dates, first, flags, integers, nullable, table_of, times
from pipelines.gold.daily.declare import Daily, Input, Inputs
from pipelines.microstructure.series import Flags, Ints, divide
from schemas.daily import BOOK_INTEGRITY, LEAST_SCORE
from schemas.silver import BOOKS, SILVER_QUOTES, TOUCH

TOUCHES = tuple(column.name for column in TOUCH)
COUNTED = ("message", "gap", "invalid", "crossed", "locked", "compared", "equal")
NO_SEQ = -1
KEY = ("producer_id", "symbol", "venue")


class _Minutes(NamedTuple):
    """Minutes (m,) of one book, counts (COUNTED, m) of what was in each, and whether the book was valid at its end."""

    minute: Ints
    counts: Ints
    is_valid: Flags


def build_book_integrity(inputs: Inputs) -> pa.Table:
    """Rows of silver.books and silver.quotes of a symbol and venue to a row a minute, each day by the clock whole."""
    books, quotes = inputs[BOOKS.name], inputs[SILVER_QUOTES.name]
    clock = clock_of(books, quotes)
    parts = [_of_day(of_day, quotes, clock) for _, (of_day,) in by_day(clock, in_order(books, clock))]
    return pa.concat_tables([BOOK_INTEGRITY.arrow_schema.empty_table(), *parts]).combine_chunks()


def _of_day(books: pa.Table, quotes: pa.Table, clock: str) -> pa.Table:
    parts = list(_of_producers(books, quotes, clock))
    minute, at = np.unique(np.concatenate([part.minute for part in parts]), return_inverse=True)
    counts = np.zeros((len(minute), len(COUNTED)), np.int64)
    is_valid = np.ones(len(minute), bool)
    np.add.at(counts, at, np.hstack([part.counts for part in parts]).T)
    np.logical_and.at(is_valid, at, np.concatenate([part.is_valid for part in parts]))
    key = {name: first(books, name) for name in ("symbol", "venue")} | {"clock": clock}
    return _rows(key, _Minutes(minute, counts.T, is_valid))


def _rows(key: dict[str, Any], minutes: _Minutes) -> pa.Table:
    counted = dict(zip(COUNTED, minutes.counts, strict=True))
    equal_share = divide(counted["equal"], counted["compared"])
    faults = divide(counted["invalid"] + counted["gap"] + counted["crossed"], counted["message"])
    chain = np.where(counted["message"] > 0, np.maximum(1 - faults, 0), minutes.is_valid)
    score = chain * np.where(np.isnan(equal_share), 1.0, equal_share)
    start = minutes.minute * MINUTE_NS
    columns = key | {
        "window_start": times(start),
        "window_end": times(start + MINUTE_NS),
        **{f"{name}_count": values for name, values in counted.items()},
        "equal_share": nullable(equal_share),
        "integrity_score": score,
        "is_trusted": score >= LEAST_SCORE,
        "event_date": dates(start),
    }
    return table_of(BOOK_INTEGRITY, columns)


def _of_producers(books: pa.Table, quotes: pa.Table, clock: str) -> Iterator[_Minutes]:
    """Each producer numbers the updates of its books anew."""
    for producer in pc.unique(books.column("producer_id")):
        mine, touches = (rows.filter(pc.equal(rows.column("producer_id"), producer)) for rows in (books, quotes))
        yield _minutes(mine.filter(pa.array(~_is_late(mine, clock))), touches, clock)


def _is_late(books: pa.Table, clock: str) -> Flags:
    """Which rows (n,) were recovered after the minute of their message was over."""
    again, offset = flags(books.column("is_recovered")), books.column("kafka_offset").to_numpy()
    minute = ns_of(books, clock) // MINUTE_NS
    arrived = np.flatnonzero(~again)
    arrived = arrived[np.argsort(offset[arrived], kind="stable")]
    at = np.minimum(np.searchsorted(offset[arrived], offset), len(arrived) - 1)
    known = ns_of(books, "RECEIVE") // MINUTE_NS
    is_late: Flags = again & ((offset[arrived][at] != offset) | (known > minute[arrived][at]))
    return is_late


def _minutes(books: pa.Table, quotes: pa.Table, clock: str) -> _Minutes:
    minute = ns_of(books, clock) // MINUTE_NS
    begin, end = int(minute.min()), int(minute.max()) + 1
    is_valid, again = (flags(books.column(name)) for name in ("is_valid", "is_recovered"))
    is_known = is_valid | pc.equal(books.column("state"), "COVERED").to_numpy()
    compared, equal = _compare(books, quotes, clock)
    marks = {
        "message": ~again,
        "gap": flags(books.column("is_gap")) & ~again,
        "crossed": flags(books.column("is_crossed")),
        "locked": flags(books.column("is_locked")),
        "compared": compared,
        "equal": equal,
    }
    counts = {name: np.bincount(minute[mark] - begin, minlength=end - begin) for name, mark in marks.items()}
    lost, found = (
        np.bincount(minute[mark] - begin, minlength=end - begin) for mark in (~is_known & ~again, is_known & again)
    )
    counts["invalid"] = np.maximum(lost - found, 0)
    last = np.searchsorted(minute, np.arange(begin, end), "right") - 1
    return _Minutes(np.arange(begin, end), np.stack([counts[name] for name in COUNTED]), is_valid[last])


def _compare(books: pa.Table, quotes: pa.Table, clock: str) -> tuple[Flags, Flags]:
    """Of each book (n,): whether the venue's touch after the same update is known in its minute, and equal."""
    seqs = integers(quotes.column("venue_seq"), NO_SEQ)
    order = np.argsort(seqs, kind="stable")
    reached = integers(books.column("book_seq"), NO_SEQ)
    began = integers(books.column("first_venue_seq"), NO_SEQ)
    is_diff = pc.equal(books.column("kind"), "DIFF").to_numpy()
    come = np.maximum.accumulate(ns_of(quotes, clock)[order])
    until = np.searchsorted(come, (ns_of(books, clock) // MINUTE_NS + 1) * MINUTE_NS)
    at = np.minimum(np.searchsorted(seqs[order], reached, "right"), until) - 1
    if not len(seqs):
        return np.zeros((2, len(books)), bool)  # type: ignore[return-value]  # two rows of flags
    found = np.maximum(at, 0)
    compared = is_diff & (reached > NO_SEQ) & (reached == integers(books.column("venue_seq"), NO_SEQ)) & (at >= 0)
    compared &= seqs[order][found] >= began
    row = order[found]
    equal = [units_of(books.column(name)) == units_of(quotes.column(name))[row] for name in TOUCHES]
    return compared, compared & np.all(equal, axis=0)


DAILY = Daily(
    BOOK_INTEGRITY,
    build_book_integrity,
    (
        Input(
            BOOKS,
            (
                *KEY,
                *TIMES,
                "kind",
                "venue_seq",
                "first_venue_seq",
                "book_seq",
                "state",
                "is_valid",
                "is_gap",
                "is_recovered",
                "is_crossed",
                "is_locked",
                *TOUCHES,
                "kafka_offset",
            ),
            ("event_ns", "is_recovered", "venue_seq", "kafka_offset"),
            by_receipt=True,
        ),
        # Where the venue times depth alone, the quote of an update after midnight may be of the day before.
        Input(
            SILVER_QUOTES,
            (*KEY, *TIMES, "venue_seq", *TOUCHES),
            ("event_ns", "venue_seq"),
            days_before=1,
            by_receipt=True,
        ),
    ),
    known_at="window_end",
    silent="message_count",
)
