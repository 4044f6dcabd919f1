"""Gold: partial aggregates that only ever need folding, and the views that fold them.

Every sum is an exact integer or decimal, so that adding partials in any order, in any cut of the input,
gives the same bits. A measure is kept in integer units: obi and prices in 1e-9, bps in 1e-6. A first or last value
is kept with its time and sequence, which say which of two partials is before the other.
"""

from schemas import types as t
from schemas.registry import Column, Table
from schemas.silver import LEVELS
from schemas.topics import DEPTH, ORDER_EVENTS, QUOTES, TRADES

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
    (QUOTES,),
    "event_date",
)

TRADE_PARTIALS = Table(
    "gold.trades_1m_partials",
    "Trades per symbol, venue, minute and minute of receipt, one row a micro-batch: sums to be folded by "
    "gold.venue_liquidity_5m, gold.ats_weekly and gold.spread_1m",
    (
        *KEY,
        Column("window_start", t.TIME, "Start of the minute of event_ts"),
        Column("trade_count", t.COUNT, "Trades"),
        Column("quantity", t.EXACT_SUM, "Traded quantity"),
        Column("value", t.VALUE_SUM, "Sum of price × quantity"),
        Column("buy_quantity", t.EXACT_SUM, "Quantity of trades whose aggressor bought"),
        Column("sell_quantity", t.EXACT_SUM, "Quantity of trades whose aggressor sold"),
        Column("block_count", t.COUNT, "Block trades: at least 10,000 shares, or a value of at least 200,000"),
        Column("block_value", t.VALUE_SUM, "Sum of price × quantity of block trades"),
        Column("known_ts", t.TIME, "End of the minute in which the trades were received: they are known from then"),
        Column("last_receive_ns", t.NANOS, "When the last of them was received"),
        EVENT_DATE,
    ),
    (TRADES,),
    "event_date",
)


def _of_order(which: str, what: str) -> tuple[Column, Column]:
    return (
        Column(f"{which}_ns", t.NANOS, f"event_ns of {what}"),
        Column(f"{which}_seq", t.SEQUENCE, f"venue_seq of {what}; 0 where the venue gives none"),
    )


PRICE_PARTIALS = Table(
    "gold.prices_1s_partials",
    "Trades per symbol and second over all venues, one row a micro-batch: sums, extremes, the first and the last "
    "price, to be folded by gold.market_prices and gold.portfolios",
    (
        Column("symbol", t.TEXT, "Instrument"),
        Column("window_start", t.TIME, "Start of the second of event_ts"),
        Column("trade_count", t.COUNT, "Trades"),
        Column("quantity", t.EXACT_SUM, "Traded quantity"),
        Column("value", t.VALUE_SUM, "Sum of price × quantity"),
        Column("high_price", t.EXACT, "Highest price"),
        Column("low_price", t.EXACT, "Lowest price"),
        *_of_order("first", "the first trade"),
        Column("first_price", t.EXACT, "Price of the first trade by first_ns, first_seq, price"),
        *_of_order("last", "the last trade"),
        Column("last_price", t.EXACT, "Price of the last trade by last_ns, last_seq, price"),
        EVENT_DATE,
    ),
    (TRADES,),
    "event_date",
)

ACCOUNT_PARTIALS = Table(
    "gold.portfolios_1m_partials",
    "Events per account, shard, symbol and minute, one row a micro-batch: sums, and the state after the last event, "
    "to be folded by gold.portfolios",
    (
        Column("account_id", t.TEXT, "Whose events"),
        Column("producer_id", t.TEXT, "The shard of the exchange, which keeps its own part of the account's cash"),
        Column("symbol", t.TEXT, "Instrument; null of cash that was funded without shares"),
        Column("window_start", t.TIME, "Start of the minute of event_ts"),
        Column("order_count", t.COUNT, "Orders accepted"),
        Column("trade_count", t.COUNT, "Fills"),
        Column("fees", t.EXACT_SUM, "Sum of the fees of fills, rebates subtracted"),
        *_of_order("state", "the last fill or funding"),
        Column("cash", t.MONEY, "The account's on this shard after it"),
        Column("position", t.EXACT, "Shares of the symbol after it; negative: owed"),
        Column(
            "cost", t.MONEY, "What the position has cost after it, fees left out; of a short its proceeds, negative"
        ),
        *_of_order("fill", "the last fill"),
        Column("realised_pnl", t.MONEY, "In the symbol so far after it, fees left out"),
        EVENT_DATE,
    ),
    (ORDER_EVENTS,),
    "event_date",
)

SNAPSHOT_PARTIALS = Table(
    "gold.book_snapshots_1s_partials",
    "Snapshots of books, their ten best levels, one row a message: the last of a second is in gold.book_snapshots",
    (
        *KEY,
        Column("window_start", t.TIME, "Start of the second of event_ts"),
        *_of_order("last", "the message"),
        *LEVELS,
        EVENT_DATE,
    ),
    (DEPTH,),
    "event_date",
)

TABLES = (OBI_PARTIALS, TRADE_PARTIALS, PRICE_PARTIALS, ACCOUNT_PARTIALS, SNAPSHOT_PARTIALS)
