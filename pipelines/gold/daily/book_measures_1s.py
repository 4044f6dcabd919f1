"""gold.book_measures_1s: the rebuilt book and the touch second by second.

A book that had to wait for a snapshot was not known at its own time: only what each message showed on arrival counts.
"""

from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipelines.gold.daily.arrays import (
    IDENTITY,
    INTEGRITY,
    KEY,
    QUOTES,
    TIMES,
    by_day,
    clock_of,
    day_of,
    distrusted,
    in_order,
    known_at,
    ladders_of,
    ns_of,
    trusted_touches,
)
from pipelines.gold.daily.columns import SECOND_NS, flags, nullable, table_of, times
from pipelines.gold.daily.declare import Daily, Input, Inputs
from pipelines.gold.daily.stoikov_calibrations import calibration_of
from pipelines.microstructure.flow import sum_windows
from pipelines.microstructure.imbalance import imbalance, imbalance_levels, imbalance_weighted, imbalance_within
from pipelines.microstructure.micro_price import micro_price, micro_price_stoikov
from pipelines.microstructure.series import Floats, Ints, Ladders, Touches, Trades, divide, take_known
from schemas.measures import BOOK_MEASURES, CALIBRATIONS
from schemas.silver import BOOKS, LEVELS

DEPTH = 10
BOOK_ROWS = Input(
    BOOKS,
    (*KEY, *TIMES, *IDENTITY, "is_valid", "is_recovered", *(column.name for column in LEVELS), "kafka_offset"),
    ("event_ns", "venue_seq", "kafka_offset"),
    by_receipt=True,
)
RECEIVED_QUOTES = replace(QUOTES, by_receipt=True)
FITTED = Input(
    CALIBRATIONS,
    (
        *KEY,
        "event_date",
        "sample",
        "sample_count",
        "tick_units",
        "spread_count",
        "edges",
        "adjustments",
        "visits",
        "known_ts",
    ),
    ("event_date", "sample"),
    days_before=7,
)


@dataclass(frozen=True)
class _Seconds:
    """Numbers, since 1970, of seconds (n,) in which something happened."""

    number: Ints

    @property
    def end_ns(self) -> Ints:
        return (self.number + 1) * SECOND_NS

    def count(self, ns: Ints) -> Ints:
        """How many of some times, in order, lie in each."""
        begin, end = np.searchsorted(ns, np.stack((self.end_ns - SECOND_NS, self.end_ns)))
        count: Ints = end - begin
        return count

    def last(self, ns: Ints) -> Ints:
        """The last of some times, in order, before the end of each; −1 where there is none."""
        before: Ints = np.searchsorted(ns, self.end_ns) - 1
        return before


def build_book_measures(inputs: Inputs) -> pa.Table:
    """Rows of silver.books and silver.quotes of a symbol and venue to a row a second in trusted minutes, by the day."""
    books, quotes = inputs[BOOKS.name], inputs[QUOTES.name]
    books = books.filter(pc.invert(books.column("is_recovered")))
    clock = clock_of(books, quotes)
    parts = [
        _of_day({**inputs, **dict(zip((BOOKS.name, QUOTES.name), rows, strict=True))}, clock, day)
        for day, rows in by_day(clock, books, quotes)
    ]
    return pa.concat_tables([BOOK_MEASURES.arrow_schema.empty_table(), *parts]).combine_chunks()


def _of_day(inputs: Inputs, clock: str, day: pa.Scalar) -> pa.Table:
    books, quotes = in_order(inputs[BOOKS.name], clock), inputs[QUOTES.name]
    touches, book_ns = trusted_touches(quotes, clock, inputs), ns_of(books, clock)
    happened = np.unique(np.concatenate((book_ns, touches.ns)) // SECOND_NS)
    seconds = _Seconds(happened[~distrusted(happened * SECOND_NS, inputs)])
    fitted = _fitted(inputs[CALIBRATIONS.name], day.as_py())
    measures = _of_books(books, seconds.last(book_ns)) | _of_touches(touches, seconds, fitted)
    columns = day_of(books, quotes) | {
        "event_date": day,
        "window_start": times(seconds.end_ns - SECOND_NS),
        "window_end": times(seconds.end_ns),
        "clock": clock,
        "book_count": seconds.count(book_ns),
        "quote_count": seconds.count(touches.ns),
        **{name: nullable(values) for name, values in measures.items()},
        "known_ts": known_at(seconds.end_ns - 1),
    }
    return table_of(BOOK_MEASURES, columns)


def _of_books(books: pa.Table, last: Ints) -> dict[str, Floats]:
    """Measures (n,) of the books at some rows (n,); NaN at −1, and where the book is not valid."""
    is_shown = np.append(flags(books.column("is_valid")), False)[last]
    known = books.take(last[is_shown]) if is_shown.any() else books.slice(0, 0)
    return {name: _spread_out(values, is_shown) for name, values in _measure(ladders_of(known, DEPTH)).items()}


def _spread_out(values: Floats, is_shown: Ints) -> Floats:
    result = np.full(len(is_shown), np.nan)
    result[is_shown] = values
    return result


def _measure(ladders: Ladders) -> dict[str, Floats]:
    sides = (ladders.bid_prices, ladders.ask_prices, ladders.bid_quantities, ladders.ask_quantities)
    touches = Touches(np.zeros(len(ladders.bid_prices), np.int64), *(side[:, 0] for side in sides))
    return {
        "mid": touches.mid,
        "spread_bps": divide((touches.ask_price - touches.bid_price) * 1e-9, touches.mid) * 1e4,
        "obi": imbalance(touches.bid_quantity, touches.ask_quantity),
        "obi_5": imbalance_levels(ladders, 5),
        "obi_10": imbalance_levels(ladders, DEPTH),
        "obi_weighted": imbalance_weighted(ladders, DEPTH),
        "obi_10bps": imbalance_within(ladders, 0.1),
        "micro_price": micro_price(touches),
    }


def _of_touches(touches: Touches, seconds: _Seconds, fitted: dict[str, Any] | None) -> dict[str, Floats]:
    last = seconds.last(touches.ns)
    nothing = np.empty(0, np.int64)
    windows = sum_windows(touches, Trades(nothing, nothing, nothing, nothing), SECOND_NS)
    at = np.searchsorted(windows.start_ns, seconds.end_ns - SECOND_NS)
    return {
        "quote_mid": take_known(touches.mid, last),
        "micro_price_stoikov": _stoikov(touches, last, seconds, fitted),
        "ofi": take_known(windows.ofi, np.where(seconds.count(touches.ns) > 0, at, -1)),
    }


def _stoikov(touches: Touches, last: Ints, seconds: _Seconds, row: dict[str, Any] | None) -> Floats:
    """Stoikov's micro-price of the touches at some rows (n,), by what was fitted and known before each second."""
    if row is None or not len(touches):
        return np.full(len(last), np.nan)
    known_ns = int(row["known_ts"].timestamp()) * SECOND_NS
    prices = micro_price_stoikov(touches, calibration_of(row))
    return take_known(prices, np.where(seconds.end_ns - SECOND_NS >= known_ns, last, -1))


def _fitted(rows: pa.Table, day: date) -> dict[str, Any] | None:
    """The last calibration on an earlier day, else that on the day's opening."""
    fitted = rows.to_pylist()
    earlier = [row for row in fitted if row["sample"] == "DAY" and row["event_date"] < day]
    opening = [row for row in fitted if row["sample"] == "OPENING" and row["event_date"] == day]
    return next(iter([*earlier[-1:], *opening]), None)


DAILY = Daily(BOOK_MEASURES, build_book_measures, (BOOK_ROWS, RECEIVED_QUOTES, INTEGRITY, FITTED), known_at="known_ts")
