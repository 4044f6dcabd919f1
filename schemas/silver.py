"""Silver: typed, unique, judged. Beside each table, the rows that were refused, with the reason."""

from schemas import types as t
from schemas.bronze import DELIVERY, RAW
from schemas.registry import Column, Table, Topic
from schemas.topics import DEPTH, ORDER_EVENTS, ORDERS, QUOTES, TRADES

MESSAGE = (
    Column("producer_id", t.TEXT, "Who wrote the message"),
    Column("seq", t.SEQUENCE, "The producer's counter: (producer_id, seq) names the message"),
    Column("symbol", t.TEXT, "Instrument"),
    Column("venue", t.TEXT, "Venue code, see gold.venues"),
    Column("event_ts", t.TIME, "Venue time, UTC microseconds; receive time where the venue gives none"),
    Column("event_ns", t.NANOS, "event_ts in nanoseconds since 1970"),
    Column("has_venue_ts", t.FLAG, "Whether event_ts is the venue's"),
    Column("receive_ns", t.NANOS, "Receiver's clock, nanoseconds since 1970"),
    Column(
        "venue_seq", t.SEQUENCE, "Venue sequence (last update id of a book message); null where the venue gives none"
    ),
)

LEVELS = (
    Column("bid_prices", t.LEVELS, "Bid prices, best first"),
    Column("bid_quantities", t.LEVELS, "Quantities at bid_prices"),
    Column("ask_prices", t.LEVELS, "Ask prices, best first"),
    Column("ask_quantities", t.LEVELS, "Quantities at ask_prices"),
)

TOUCH = (
    Column("bid_price", t.EXACT, "Best bid; null where the side is empty"),
    Column("bid_quantity", t.EXACT, "Quantity at the best bid"),
    Column("ask_price", t.EXACT, "Best ask; null where the side is empty"),
    Column("ask_quantity", t.EXACT, "Quantity at the best ask"),
)

MEASURES = (
    Column("obi", t.STATISTIC, "Order-book imbalance (Qb − Qa)/(Qb + Qa) at level 1, in [−1, 1]"),
    Column("obi_levels", t.STATISTIC, "The same over all levels of the quote"),
    Column("micro_price", t.STATISTIC, "Weighted mid (Pb·Qa + Pa·Qb)/(Qb + Qa)"),
    Column("spread_bps", t.STATISTIC, "Ask less bid, in bps of the mid"),
)

# What the rules ask of levels; not stored.
LEVEL_FACTS = (
    Column("lowest_price", t.COUNT, "Lowest price of either side, in 1e-9"),
    Column("lowest_quantity", t.COUNT, "Lowest quantity of either side, in 1e-9"),
    Column("highest_level", t.COUNT, "Highest price or quantity of either side, in 1e-9"),
    Column("is_paired", t.FLAG, "Whether each side has as many quantities as prices"),
    Column("is_best_first", t.FLAG, "Whether the first level of each side is its best"),
)

ORDER = (
    Column("action", t.TEXT, "NEW, CANCEL or REPLACE; of the operator FUND, PHASE, REFERENCE, COLLAR or TIME"),
    Column("order_id", t.TEXT, "Identity of the order; null in what the operator asks"),
    Column("original_order_id", t.TEXT, "The order that a cancel or replace names"),
    Column("account_id", t.TEXT, "Whose order"),
    Column("side", t.TEXT, "BUY or SELL"),
    Column("type", t.TEXT, "LIMIT, MARKET, STOP or STOP_LIMIT"),
    Column("time_in_force", t.TEXT, "DAY, GTC, IOC, FOK or GTD"),
    Column("price", t.EXACT, "Limit price"),
    Column("quantity", t.EXACT, "Ordered quantity"),
    Column("stop_price", t.EXACT, "Trade price that wakes a stop order; 0 in others"),
    Column("display_quantity", t.EXACT, "What an iceberg shows at a time; 0: all"),
    Column("expire_ts_ns", t.NANOS, "End of a good-till-date order, nanoseconds since 1970; 0 in others"),
    Column("is_post_only", t.FLAG, "Whether the order never takes"),
    Column("self_trade_prevention", t.TEXT, "NONE, NEWEST, OLDEST, BOTH or DECREMENT; null: NONE"),
    Column("phase", t.TEXT, "Of PHASE: CONTINUOUS, OPENING_AUCTION, CLOSING_AUCTION, HALT or CLOSED"),
    Column("collar_bps", t.COUNT, "Of COLLAR: largest distance from the reference price; 0: none"),
    Column("cash", t.MONEY, "Of FUND: added to the account"),
    Column("max_order_quantity", t.EXACT, "Of FUND: most shares of an order from now on; 0: any"),
    Column("max_order_value", t.EXACT, "Of FUND: most price × quantity of an order from now on; 0: any"),
    Column("max_short_quantity", t.EXACT, "Of FUND: shares of a symbol that the account may owe from now on"),
)

ORDER_EVENT = (
    Column(
        "kind",
        t.TEXT,
        "ACCEPTED, FILLED, CANCELLED, REPLACED, REFUSED, CANCEL_REFUSED, REPLACE_REFUSED, TRIGGERED, SET or FUNDED",
    ),
    Column("reason", t.TEXT, "Why it was refused or cancelled"),
    Column("order_id", t.TEXT, "The order; null for FUNDED and SET"),
    Column("account_id", t.TEXT, "Whose order; null where nobody's"),
    Column("side", t.TEXT, "BUY or SELL"),
    Column("type", t.TEXT, "LIMIT, MARKET, STOP or STOP_LIMIT"),
    Column("time_in_force", t.TEXT, "DAY, GTC, IOC, FOK or GTD"),
    Column("price", t.EXACT, "Of a fill the trade's price, else the order's limit"),
    Column("quantity", t.EXACT, "Traded, cancelled, or open after the event"),
    Column("open_quantity", t.EXACT, "Of the order, after the event"),
    Column("trade_id", t.TEXT, "Of a fill: the trade"),
    Column("is_maker", t.FLAG, "Of a fill: whether the order was there before"),
    Column("fee", t.MONEY, "Of a fill: paid to the exchange; negative: a rebate"),
    Column("cash", t.MONEY, "The account's on this shard, after a fill or funding"),
    Column("position", t.EXACT, "The account's shares of the symbol, after a fill or funding; negative: owed"),
    Column(
        "cost", t.MONEY, "What the position has cost by average cost, fees left out; of a short its proceeds, negative"
    ),
    Column("realised_pnl", t.MONEY, "Of the account in the symbol so far, by average cost, fees left out"),
    Column("order_producer_id", t.TEXT, "With order_seq: the message in silver.orders that caused the event"),
    Column("order_seq", t.SEQUENCE, "With order_producer_id: the message in silver.orders that caused the event"),
)

TRADE = (
    Column("trade_id", t.TEXT, "The venue's name of the trade"),
    Column("aggressor_side", t.TEXT, "BUY or SELL; null where the venue does not say"),
    Column("price", t.EXACT, "Price"),
    Column("quantity", t.EXACT, "Quantity"),
    Column("buy_order_id", t.TEXT, "The buyer's order, where known"),
    Column("sell_order_id", t.TEXT, "The seller's order, where known"),
)

BOOK_UPDATE = (
    Column("kind", t.TEXT, "SNAPSHOT replaces the book, DIFF changes levels (quantity 0 deletes one)"),
    Column("first_venue_seq", t.SEQUENCE, "First update id in this message"),
    Column("previous_venue_seq", t.SEQUENCE, "Last update id of the message before; null where the venue gives none"),
    *LEVELS,
)

BOOK_STATE = (
    Column("kind", t.TEXT, "SNAPSHOT or DIFF: the message that was taken"),
    Column("first_venue_seq", t.SEQUENCE, "First update id in the message"),
    Column("book_seq", t.SEQUENCE, "Last update id that the book has; null of an invalid book"),
    Column("state", t.TEXT, "VALID; WAITING for a first snapshot; GAP: for one after a gap; COVERED by a snapshot"),
    Column("is_valid", t.FLAG, "Whether the row shows a book: state VALID"),
    Column("is_gap", t.FLAG, "Whether updates are missing between this message and what came before it"),
    Column("is_recovered", t.FLAG, "Whether the message had to wait for a snapshot: its second row"),
    Column("is_crossed", t.FLAG, "Whether the best bid is above the best ask"),
    Column("is_locked", t.FLAG, "Whether the best bid is the best ask"),
)

INGESTION = (
    *DELIVERY,
    Column("ingest_ts", t.TIME, "When the micro-batch that wrote this row began"),
)

EVENT_DATE = Column("event_date", t.DATE, "UTC date of event_ts: the partition")

NUMBERS = r"[-+]?[0-9][-+0-9.:,]*"  # of a sentence, in SQL and Arrow: its kind has `#` in their places
REJECTED = (
    Column("violations", t.SENTENCES, "Why the row was refused, a sentence a reason"),
    Column("is_decodable", t.FLAG, "False where the payload is no message of the topic's type"),
    Column("producer_id", t.TEXT, "Who wrote the message, where it could be decoded"),
    Column("seq", t.SEQUENCE, "The producer's counter, where it could be decoded"),
    Column("symbol", t.TEXT, "Instrument, where it could be decoded"),
    Column("venue", t.TEXT, "Venue code, where it could be decoded"),
    *RAW,
    *INGESTION,
    Column("ingest_date", t.DATE, "UTC date of ingest_ts: the partition"),
)


def _silver(topic: Topic, comment: str, *own: Column) -> Table:
    return Table(f"silver.{topic.noun}", comment, (*MESSAGE, *own, *INGESTION, EVENT_DATE), (topic,), "event_date")


def _rejected(topic: Topic) -> Table:
    comment = f"Deliveries on {topic.name} that silver refused: the bytes, the reasons, the place"
    return Table(f"silver.{topic.noun}_rejected", comment, REJECTED, (topic,), "ingest_date")


SILVER_ORDERS = _silver(ORDERS, "What participants asked of venues", *ORDER)
SILVER_TRADES = _silver(TRADES, "Every print, once", *TRADE)
SILVER_QUOTES = _silver(QUOTES, "The best levels of each book, at each change", *TOUCH, *MEASURES, *LEVELS)
SILVER_DEPTH = _silver(DEPTH, "Level-2 snapshots and differences", *BOOK_UPDATE)
SILVER_ORDER_EVENTS = _silver(ORDER_EVENTS, "What became of orders and accounts on the exchange", *ORDER_EVENT)

BOOKS = Table(
    "silver.books",
    "The ten best levels of each book after each message of silver.depth; of an invalid book none",
    (*MESSAGE, *BOOK_STATE, *TOUCH, *MEASURES, *LEVELS, *INGESTION, EVENT_DATE),
    (DEPTH,),
    "event_date",
)

TABLES = (SILVER_ORDERS, SILVER_TRADES, SILVER_QUOTES, SILVER_DEPTH, SILVER_ORDER_EVENTS)
DERIVED_TABLES = (BOOKS,)
REJECTED_TABLES = tuple(_rejected(table.topic) for table in TABLES)
