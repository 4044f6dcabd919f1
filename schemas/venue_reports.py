"""What a day says of venues: how long each quoted the best price, and how well it executed orders.

Every sum is exact, so that days add up to months in any order.
"""

from schemas import types as t
from schemas.daily import window
from schemas.gold import EVENT_DATE, KEY
from schemas.registry import Column, Table
from schemas.topics import DEPTH, ORDER_EVENTS, ORDERS, QUOTES

VENUE_QUOTES = Table(
    "gold.venue_quotes_1m",
    "How long a displayed venue quoted, and quoted the best price of its market, per symbol, venue and minute; of each "
    "side, as long as it had one",
    (
        *KEY,
        Column("market", t.TEXT, "The market whose venues were compared, see gold.venues"),
        *window("minute"),
        Column("quote_count", t.COUNT, "Quotes that count"),
        Column("excluded_quote_count", t.COUNT, "Quotes left out: gold.book_integrity_1m does not trust the minute"),
        Column("is_excluded", t.FLAG, "Whether the minute is left out: the venue then quotes nothing in it"),
        Column("quoted_ns", t.NANOS, "Nanoseconds in which both sides were quoted"),
        Column("best_bid_ns", t.NANOS, "Of quoted_ns: at the market's best bid"),
        Column("best_ask_ns", t.NANOS, "Of quoted_ns: at the market's best ask"),
        Column("best_both_ns", t.NANOS, "Of quoted_ns: at both"),
        Column("alone_bid_ns", t.NANOS, "Of best_bid_ns: no other venue at the best bid"),
        Column("alone_ask_ns", t.NANOS, "Of best_ask_ns: no other venue at the best ask"),
        EVENT_DATE,
    ),
    (QUOTES, DEPTH),
    "event_date",
)

# Upper limits of the time from receipt to execution, in ns: those of 10 s to 30 min are of the rule of 2000.
BUCKETS = {
    "100us": 10**5,
    "1ms": 10**6,
    "100ms": 10**8,
    "1s": 10**9,
    "10s": 10 * 10**9,
    "30s": 30 * 10**9,
    "60s": 60 * 10**9,
    "5m": 300 * 10**9,
    "30m": 1800 * 10**9,
}
BUCKET_COLUMNS = (*(f"executed_under_{name}_quantity" for name in BUCKETS), "executed_later_quantity")
REALISED = {"50ms": 5 * 10**7, "1s": 10**9, "15s": 15 * 10**9, "1m": 60 * 10**9, "5m": 300 * 10**9}


def _buckets() -> tuple[Column, ...]:
    said = [f"less than {name} after receipt, and not in a column before" for name in BUCKETS]
    said.append("later than that")
    pairs = zip(BUCKET_COLUMNS, said, strict=True)
    return tuple(Column(name, t.EXACT_SUM, f"Of executed_quantity: executed {what}") for name, what in pairs)


def _realised() -> tuple[Column, ...]:
    columns: list[Column] = []
    for name in REALISED:
        columns += [
            Column(f"realised_{name}_quantity", t.EXACT_SUM, f"Executed, where the mid {name} later is known"),
            Column(f"realised_{name}_sum", t.VALUE_SUM, f"Sum of 2·D·(P − M {name} after execution) × quantity"),
        ]
    return tuple(columns)


def _against_quote(which: str, what: str) -> tuple[Column, ...]:
    return (
        Column(f"{which}_quantity", t.EXACT_SUM, f"Executed {what}; 0 of EXECUTABLE_NMLO"),
        Column(f"{which}_time_sum", t.VALUE_SUM, f"Sum of seconds to execution × quantity, executed {what}"),
    )


def _apart(which: str) -> Column:
    return Column(f"{which}_sum", t.VALUE_SUM, f"Sum of |P − quote at receipt| × quantity over {which}_quantity")


ORDER_CLASS = (
    Column(
        "order_type",
        t.TEXT,
        "MARKET, MARKETABLE_LIMIT, MARKETABLE_IOC, BEYOND_MIDPOINT, EXECUTABLE_NMLO or EXECUTABLE_STOP",
    ),
    Column("order_size", t.TEXT, "Quantity × best opposite quote at receipt, in currency: 0-250, …, 200000+"),
    Column("lot_status", t.TEXT, "FRACTIONAL (under 1 share), ODD_LOT (under 100) or ROUND_LOT"),
)

EXECUTION_QUALITY = Table(
    "gold.execution_quality_1d",
    "What became of the covered orders that a venue of the exchange received on a day: sums to be folded by "
    "gold.execution_quality_1mo",
    (
        *KEY,
        *ORDER_CLASS,
        Column("order_count", t.COUNT, "Covered orders"),
        Column("filled_order_count", t.COUNT, "Of those: executed wholly or in part"),
        Column("quantity", t.EXACT_SUM, "Shares of covered orders"),
        Column("cancelled_quantity", t.EXACT_SUM, "Shares cancelled before execution, on the day"),
        Column("executed_quantity", t.EXACT_SUM, "Shares executed at the venue, on the day"),
        *_buckets(),
        Column("time_sum", t.VALUE_SUM, "Sum of seconds from receipt to execution × quantity"),
        Column("quoted_sum", t.VALUE_SUM, "Sum of (best ask − best bid at receipt) × executed quantity"),
        Column("effective_sum", t.VALUE_SUM, "Sum of 2·D·(P − M at receipt) × quantity"),
        *_realised(),
        *_against_quote("improved", "at a better price than the quote at receipt"),
        _apart("improved"),
        *_against_quote("at_quote", "at the quote at receipt"),
        *_against_quote("outside", "at a worse price than the quote at receipt"),
        _apart("outside"),
        Column("known_ts", t.TIME, "From when the row is known: the end of the day"),
        Column("event_date", t.DATE, "UTC date on which the orders were received: the partition"),
    ),
    (ORDERS, ORDER_EVENTS, QUOTES, DEPTH),
    "event_date",
)

TABLES = (VENUE_QUOTES, EXECUTION_QUALITY)
