"""Rows of the partial tables, in the units in which a reader thinks."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pyarrow as pa

from schemas.gold import OBI_PARTIALS, TRADE_PARTIALS
from schemas.registry import Table

START = datetime(2024, 8, 8, 12, tzinfo=UTC)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def columns_of(table: Table, names: Sequence[str], rows: Sequence[tuple]) -> pa.Table:
    """Some columns of a table's rows, as a builder of partials reads them."""
    schema = pa.schema([table.arrow_schema.field(name) for name in names])
    return pa.Table.from_pylist([dict(zip(names, row, strict=True)) for row in rows], schema)


def nanoseconds(moment: datetime) -> int:
    """A time in nanoseconds since 1970."""
    return (moment - EPOCH) // timedelta(microseconds=1) * 1000


def minute(number: float) -> datetime:
    """A time so many minutes after noon."""
    return START + timedelta(minutes=number)


def quotes(symbol: str, start: datetime, *bps: float, venue: str = "XNAS", one_sided: int = 0) -> tuple:
    """A partial of quotes with these spreads, and of some with one side only."""
    units = [round(each * 1e6) for each in bps]
    measures = {
        "spread_bps_count": len(units),
        "spread_bps_sum": sum(units) if units else None,
        "spread_bps_square_sum": Decimal(sum(unit * unit for unit in units)) if units else None,
        "spread_bps_min": min(units, default=None),
        "spread_bps_max": max(units, default=None),
    }
    return obi_partial(symbol=symbol, venue=venue, window_start=start, quote_count=len(units) + one_sided, **measures)


def obi_partial(**columns: object) -> tuple:
    """A row of gold.obi_100ms_partials: counts that are not given are 0, sums null."""
    zeros = {name: 0 for name in OBI_PARTIALS.column_names if name.endswith("_count")}
    row = {"symbol": "S", "venue": "XNAS", "window_start": START, "event_date": START.date()} | zeros | columns
    return tuple(row.get(name) for name in OBI_PARTIALS.column_names)


EXACT = ("quantity", "value", "buy_quantity", "sell_quantity", "block_value")


def trades(symbol: str, start: datetime, *, count: int = 1, late: timedelta = timedelta(0), **columns: object) -> tuple:
    """A partial of trades at XNAS: sums that are not given are 0; received at the start, or some time later."""
    exact = {name: Decimal(str(columns.pop(name, 0))) for name in EXACT}
    received = start + late
    row = {"symbol": symbol, "venue": "XNAS", "window_start": start, "trade_count": count, "block_count": 0} | exact
    row |= {"event_date": start.date(), "last_receive_ns": nanoseconds(received)}
    row["known_ts"] = received.replace(second=0, microsecond=0) + timedelta(minutes=1)
    return tuple((row | columns)[name] for name in TRADE_PARTIALS.column_names)
