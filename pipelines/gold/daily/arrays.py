"""Rows of silver as the series that measures are computed from."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipelines.exact import units_of
from pipelines.gold.daily.columns import DAY_NS, MINUTE_NS, first, flags, times
from pipelines.gold.daily.declare import Input, Inputs
from pipelines.microstructure.series import Flags, Ints, Ladders, Touches, Trades
from pipelines.microstructure.signing import sign_by_flag
from schemas.daily import BOOK_INTEGRITY
from schemas.proto import market_pb2 as pb
from schemas.silver import LEVELS, SILVER_QUOTES, SILVER_TRADES, TOUCH

KEY = ("symbol", "venue")
TIMES = ("event_ns", "receive_ns", "has_venue_ts", "event_date")
ORDER = ("event_ns", "venue_seq", "producer_id", "seq")
IDENTITY = ("venue_seq", "producer_id", "seq")
QUOTES = Input(SILVER_QUOTES, (*KEY, *TIMES, *IDENTITY, *(column.name for column in TOUCH)), ORDER)
TRADES = Input(SILVER_TRADES, (*KEY, *TIMES, *IDENTITY, "trade_id", "aggressor_side", "price", "quantity"), ORDER)
INTEGRITY = Input(BOOK_INTEGRITY, (*KEY, "window_start", "is_trusted"), ("window_start",))
# What a venue times after midnight may have been received before.
INTEGRITY_BEFORE = replace(INTEGRITY, days_before=1)
CLOCKS = {"VENUE": "event_ns", "RECEIVE": "receive_ns"}


def day_of(*tables: pa.Table) -> dict[str, Any]:
    """Symbol, venue and day of the rows of a key, of which one table at least has some."""
    rows = next(table for table in tables if len(table))
    return {"symbol": first(rows, "symbol"), "venue": first(rows, "venue"), "event_date": date_of(rows)}


def date_of(rows: pa.Table) -> pa.Scalar:
    """The UTC day of rows, of which there are some: the last, where they are of more than one."""
    return pc.max(rows.column("event_date"))


def clock_of(*tables: pa.Table) -> str:
    """VENUE where all rows have the venue's time, else RECEIVE: streams that are joined go by one clock."""
    return "VENUE" if all(pc.all(table.column("has_venue_ts")).as_py() is not False for table in tables) else "RECEIVE"


def in_order(rows: pa.Table, clock: str) -> pa.Table:
    """The rows by time of a clock; those of one time as they stood."""
    ns = rows.column(CLOCKS[clock]).to_numpy()
    return rows if clock == "VENUE" else rows.take(np.argsort(ns, kind="stable")).combine_chunks()


def ns_of(rows: pa.Table, clock: str) -> Ints:
    """Times (n,) of rows by a clock."""
    ns: Ints = rows.column(CLOCKS[clock]).to_numpy()
    return ns


def by_day(clock: str, *tables: pa.Table) -> Iterator[tuple[pa.Scalar, tuple[pa.Table, ...]]]:
    """The UTC days, by a clock, that rows are of, in order; with each day the rows that each table has of it."""
    numbers = [ns_of(table, clock) // DAY_NS for table in tables]
    for day in np.unique(np.concatenate(numbers)):
        of_day = (table.filter(pa.array(number == day)) for table, number in zip(tables, numbers, strict=True))
        yield pa.scalar(int(day), pa.int32()).cast(pa.date32()), tuple(of_day)


def touches_of(quotes: pa.Table, clock: str) -> Touches:
    """Rows of silver.quotes, in order, as touches."""
    names = ("bid_price", "ask_price", "bid_quantity", "ask_quantity")
    return Touches(ns_of(quotes, clock), *(units_of(quotes.column(name)) for name in names))


def without(touches: Touches, is_excluded: Flags) -> Touches:
    """The touches (n,) with those excluded (n,) as of a book that is not valid: without quantities."""
    bid, ask = (np.where(is_excluded, 0, each) for each in (touches.bid_quantity, touches.ask_quantity))
    return Touches(touches.ns, touches.bid_price, touches.ask_price, bid, ask)


def trades_of(trades: pa.Table, clock: str) -> Trades:
    """Rows of silver.trades, in order, as trades signed by the feed's flag."""
    side = trades.column("aggressor_side").combine_chunks()
    known = pc.index_in(side, pa.array(["BUY", "SELL"]))
    codes = np.array([pb.SIDE_BUY, pb.SIDE_SELL, pb.SIDE_UNSPECIFIED])[pc.fill_null(known, 2).to_numpy()]
    price, quantity = (units_of(trades.column(name)) for name in ("price", "quantity"))
    return Trades(ns_of(trades, clock), price, quantity, sign_by_flag(codes))


def ladders_of(books: pa.Table, levels: int) -> Ladders:
    """Rows of silver.books as ladders of so many levels, without quantities where there are fewer."""
    return Ladders(*(_ladder(books.column(column.name).combine_chunks(), levels) for column in LEVELS))


def _ladder(lists: pa.ListArray, levels: int) -> Ints:
    values, lengths = units_of(lists.flatten()), pc.fill_null(pc.list_value_length(lists), 0).to_numpy()
    place = np.arange(levels)
    start = np.cumsum(lengths) - lengths
    at = np.minimum(start[:, None] + place, max(len(values) - 1, 0))
    return np.where(place < lengths[:, None], values[at] if len(values) else 0, 0)


def distrusted(ns: Ints, inputs: Inputs) -> Flags:
    """Whether times (n,) lie in a minute whose rebuilt book is not to be trusted; one without a book is trusted."""
    return np.isin(ns // MINUTE_NS, minutes_of(distrusted_rows(inputs)))


def distrusted_rows(inputs: Inputs) -> pa.Table:
    """The rows of INTEGRITY about minutes that are not to be trusted."""
    rows = inputs[INTEGRITY.name]
    return rows.filter(pa.array(~flags(rows.column("is_trusted"))))


def minutes_of(rows: pa.Table) -> Ints:
    """The numbers (m,), since 1970, of the minutes that rows are about."""
    start = rows.column("window_start").cast(pa.timestamp("ns", tz="UTC")).cast(pa.int64()).to_numpy()
    minutes: Ints = start // MINUTE_NS
    return minutes


def trusted_touches(quotes: pa.Table, clock: str, inputs: Inputs) -> Touches:
    """Rows of silver.quotes as touches by time of a clock; those in minutes not to be trusted have no quantities."""
    touches = touches_of(in_order(quotes, clock), clock)
    return without(touches, distrusted(touches.ns, inputs))


def known_at(ns: Ints) -> pa.Array:
    """The ends of the minutes of times (n,)."""
    return times((ns // MINUTE_NS + 1) * MINUTE_NS)
