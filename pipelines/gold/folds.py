"""Rows of a table in fewer rows with the same columns, for which a query that adds them up gives the same.

A fold may be folded again with further rows: what comes of it is what comes of all rows at once.
"""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipelines.gold import prices_1s
from pipelines.gold.book_snapshots import SIDES
from pipelines.gold.obi_100ms import KEY
from pipelines.gold.portfolios_1m import STATE
from pipelines.gold.trades_1m import SUMMED
from schemas.gold import ACCOUNT_PARTIALS, OBI_PARTIALS, PRICE_PARTIALS, SNAPSHOT_PARTIALS, TRADE_PARTIALS
from schemas.silver import NUMBERS

LAST_TRADES = 1_000
HOLDING = ("account_id", "producer_id", "symbol")


def fold_quotes_5s(rows: pa.Table) -> pa.Table:
    """Rows of gold.obi_100ms_partials, one a symbol, venue and five seconds."""
    return _fold_quotes(_floored(rows, 5))


def fold_quotes_1m(rows: pa.Table) -> pa.Table:
    """Rows of gold.obi_100ms_partials, one a symbol, venue and minute."""
    return _fold_quotes(_floored(rows, 60))


def fold_trades(rows: pa.Table) -> pa.Table:
    """Rows of gold.trades_1m_partials, one a symbol, venue and minute: known when the last of them is."""
    how = {**dict.fromkeys(("trade_count", *SUMMED), "sum"), "known_ts": "max", "last_receive_ns": "max"}
    return _added(rows, KEY, how).cast(TRADE_PARTIALS.arrow_schema)


def fold_markets(rows: pa.Table) -> pa.Table:
    """The symbols and venues of rows, with the last window of each."""
    return _added(rows, ("symbol", "venue"), {"window_start": "max", "event_date": "max"})


def fold_prices(rows: pa.Table) -> pa.Table:
    """Rows of gold.prices_1s_partials, one a symbol and second."""
    key = prices_1s.KEY
    how = {**dict.fromkeys(("trade_count", "quantity", "value"), "sum"), "high_price": "max", "low_price": "min"}
    folded = _added(rows, key, how)
    for end, which in (("first", "min"), ("last", "max")):
        names = (f"{end}_ns", f"{end}_seq", f"{end}_price")
        found = _one_of_each(rows, key, names, which)
        for name in names:
            folded = folded.append_column(name, found.column(name))
    return folded.select(PRICE_PARTIALS.column_names).cast(PRICE_PARTIALS.arrow_schema)


def fold_prices_1d(rows: pa.Table) -> pa.Table:
    """Rows of gold.prices_1s_partials, one a symbol and day."""
    return fold_prices(_floored(rows, 24 * 60 * 60))


def keep_last_prices(rows: pa.Table) -> pa.Table:
    """Rows of gold.prices_1s_partials, the last of each symbol."""
    return _one_of_each(rows, ("symbol",), ("last_ns", "last_seq"), "max")


def fold_accounts(rows: pa.Table) -> pa.Table:
    """Rows of gold.portfolios_1m_partials, one an account, shard and symbol: as of its last minute."""
    how = {**dict.fromkeys(("order_count", "trade_count", "fees"), "sum"), "window_start": "max", "event_date": "max"}
    folded = _added(rows, HOLDING, how)
    for names in (("state_ns", "state_seq", *STATE), ("fill_ns", "fill_seq", "realised_pnl")):
        last = _one_of_each(rows, HOLDING, names[:2], "max")
        for name in names:
            folded = folded.append_column(name, last.column(name))
    return folded.select(ACCOUNT_PARTIALS.column_names).cast(ACCOUNT_PARTIALS.arrow_schema)


def keep_last_books(rows: pa.Table) -> pa.Table:
    """Rows of gold.book_snapshots_1s_partials, the last of each symbol and venue."""
    return _one_of_each(rows, ("symbol", "venue"), ("last_ns", "last_seq"), "max")


def keep_touch_5s(rows: pa.Table) -> pa.Table:
    """Rows of gold.book_snapshots_1s_partials, the last of a symbol, venue and five seconds, with its best level."""
    touch = _floored(rows, 5)
    for name in SIDES:
        touch = touch.set_column(touch.schema.get_field_index(name), name, pc.list_slice(touch.column(name), 0, 1))
    return _one_of_each(touch, KEY, ("last_ns", "last_seq"), "max").cast(SNAPSHOT_PARTIALS.arrow_schema)


def count_deliveries(rows: pa.Table) -> pa.Table:
    """Rows of a table of silver as one a micro-batch: its ingest_ts, rows, and the sum of their ms since kafka_ts."""
    ms = {name: rows.column(name).cast(pa.int64()) for name in ("ingest_ts", "kafka_ts")}
    waited = pc.subtract(pc.divide(ms["ingest_ts"], 1000), pc.divide(ms["kafka_ts"], 1000))
    counted = pa.table(
        {"ingest_ts": rows.column("ingest_ts"), "row_count": np.ones(len(rows), int), "waited_ms": waited}
    )
    return add_deliveries(counted)


def add_deliveries(counted: pa.Table) -> pa.Table:
    """What `count_deliveries` gave of parts of a table."""
    return _added(counted, ("ingest_ts",), {"row_count": "sum", "waited_ms": "sum"})


def count_rejected(rows: pa.Table) -> pa.Table:
    """Deliveries that silver refused as one row a minute and reason: its last ingest_ts, and how many there were.

    Numbers in a reason are left out, as `#`: what is wrong with many messages is one reason.
    """
    listed = rows.column("violations").combine_chunks()
    reasons = pc.replace_substring_regex(pc.list_flatten(listed), NUMBERS, "#")
    at = pc.take(rows.column("ingest_ts"), pc.list_parent_indices(listed))
    return add_rejected(pa.table({"ingest_ts": at, "violation": reasons, "row_count": np.ones(len(reasons), int)}))


def add_rejected(counted: pa.Table) -> pa.Table:
    """What `count_rejected` gave of parts of a table."""
    minutes = counted.append_column("minute", pc.floor_temporal(counted.column("ingest_ts"), 1, "minute"))
    added = _added(minutes, ("minute", "violation"), {"ingest_ts": "max", "row_count": "sum"})
    return added.select(counted.column_names)


def keep_last_trades(rows: pa.Table) -> pa.Table:
    """The LAST_TRADES last rows of silver.trades."""
    return rows.sort_by([("event_ts", "descending"), ("venue_seq", "descending")]).slice(0, LAST_TRADES)


def keep_all(rows: pa.Table) -> pa.Table:
    """Rows of a table that has few."""
    return rows


def _floored(rows: pa.Table, seconds: int) -> pa.Table:
    at = rows.schema.get_field_index("window_start")
    starts = pc.floor_temporal(rows.column("window_start"), seconds, "second")
    return rows.set_column(at, "window_start", starts)


def _fold_quotes(rows: pa.Table) -> pa.Table:
    how = {name: name[-3:] if name[-3:] in ("min", "max") else "sum" for name in rows.column_names if name not in KEY}
    return _added(rows, KEY, how).cast(OBI_PARTIALS.arrow_schema)


def _added(rows: pa.Table, key: Sequence[str], how: dict[str, str]) -> pa.Table:
    """A row a key, in the order in which they come; its other columns are aggregates, in the order of the rows'."""
    grouped = rows.group_by(list(key), use_threads=False).aggregate(list(how.items()))
    renamed = grouped.rename_columns([*key, *how])
    return renamed.select([name for name in rows.column_names if name in renamed.column_names])


def _one_of_each(rows: pa.Table, key: Sequence[str], by: Sequence[str], which: str) -> pa.Table:
    """Of each key, in the order in which they come, the first ("min") or last ("max") row by some columns.

    Rows that do not have these are left out; a key without others has a row of nulls.
    """
    order = pc.sort_indices(rows, [(name, "ascending") for name in by])
    places = np.empty(len(rows), int)
    places[order] = np.arange(len(rows))
    known = pa.array(places, mask=rows.column(by[0]).is_null().to_numpy())
    numbered = rows.select(list(key)).append_column("place", known)
    found = numbered.group_by(list(key), use_threads=False).aggregate([("place", which)])
    return rows.take(pc.take(order, found.column(f"place_{which}")))
