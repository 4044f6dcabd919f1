"""Gold: partial aggregates that only ever need adding up, and the views that fold them.

Every sum is an exact integer or decimal, so that adding partials in any order, in any cut of the input,
gives the same bits. A measure is kept in integer units: obi and prices in 1e-9, bps in 1e-6.
"""

from schemas import types as t
from schemas.registry import Column, Table
from schemas.topics import QUOTES, TRADES

KEY = (
    Column("symbol", t.TEXT, "Instrument"),
    Column("venue", t.TEXT, "Venue code, see gold.venues"),
)
EVENT_DATE = Column("event_date", t.DATE, "UTC date of window_start: the partition")


def _measure(name: str, unit: str) -> tuple[Column, Column]:
    return (
        Column(f"{name}_count", t.COUNT, f"Quotes in which {name} is defined"),
        Column(f"{name}_sum", t.COUNT, f"Sum of {name} in units of {unit}"),
    )


OBI_PARTIALS = Table(
    "gold.obi_100ms_partials",
    "Quotes per symbol, venue and 100 ms, one row a micro-batch: sums to be folded by gold.obi_100ms "
    "and gold.spread_1m",
    (
        *KEY,
        Column("window_start", t.TIME, "Start of the 100 ms window of event_ts"),
        Column("quote_count", t.COUNT, "Quotes"),
        *_measure("obi", "1e-9"),
        *_measure("obi_levels", "1e-9"),
        Column("micro_price_count", t.COUNT, "Quotes with both sides"),
        Column("micro_price_sum", t.UNITS_SUM, "Sum of micro_price in units of 1e-9"),
        Column("spread_bps_count", t.COUNT, "Quotes with both sides"),
        Column("spread_bps_sum", t.COUNT, "Sum of the spread in units of 1e-6 bps"),
        Column("spread_bps_square_sum", t.UNITS_SUM, "Sum of squares of the spread in units of 1e-12 bps²"),
        Column("spread_bps_min", t.COUNT, "Smallest spread in units of 1e-6 bps"),
        Column("spread_bps_max", t.COUNT, "Largest spread in units of 1e-6 bps"),
        EVENT_DATE,
    ),
    QUOTES,
    "event_date",
)

TRADE_PARTIALS = Table(
    "gold.trades_1m_partials",
    "Trades per symbol, venue and minute, one row a micro-batch: sums to be folded by gold.venue_liquidity_5m "
    "and gold.spread_1m",
    (
        *KEY,
        Column("window_start", t.TIME, "Start of the minute of event_ts"),
        Column("trade_count", t.COUNT, "Trades"),
        Column("quantity", t.EXACT_SUM, "Traded quantity"),
        Column("value", t.VALUE_SUM, "Sum of price × quantity"),
        Column("buy_quantity", t.EXACT_SUM, "Quantity of trades whose aggressor bought"),
        Column("sell_quantity", t.EXACT_SUM, "Quantity of trades whose aggressor sold"),
        EVENT_DATE,
    ),
    TRADES,
    "event_date",
)

TABLES = (OBI_PARTIALS, TRADE_PARTIALS)
