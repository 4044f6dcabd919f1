"""gold.trades_with_quotes: each trade with the last quote of its symbol and venue strictly before it.

Both sides are read by one clock: venue time where every trade and quote of the symbol, venue and date has it, else the
receiver's, since a venue's clock and a receiver's must not be compared. A quote of the day before is carried over
midnight: the last of each date counts at the start of the next one, an older quote for no trade.
"""

from schemas import types as t
from schemas.registry import Column, View
from schemas.silver import TOUCH

QUOTE = ", ".join(("event_ns", "receive_ns", "venue_seq", *(column.name for column in TOUCH)))
KEY = "symbol, venue, event_date"

COLUMNS = (
    Column("symbol", t.TEXT, "Instrument"),
    Column("venue", t.TEXT, "Venue code, see gold.venues"),
    Column("event_ts", t.TIME, "Venue time of the trade; receive time where the venue gives none"),
    Column("event_ns", t.NANOS, "event_ts in nanoseconds since 1970"),
    Column("producer_id", t.TEXT, "Who wrote the trade"),
    Column("seq", t.SEQUENCE, "The producer's counter: with producer_id it names the trade"),
    Column("trade_id", t.TEXT, "The venue's name of the trade"),
    Column("aggressor_side", t.TEXT, "BUY or SELL; null where the venue does not say"),
    Column("price", t.EXACT, "Price of the trade"),
    Column("quantity", t.EXACT, "Quantity of the trade"),
    Column("quote_ns", t.NANOS, "Time of the quote before the trade, by the clock of asof_policy; null without one"),
    Column("quote_seq", t.SEQUENCE, "The venue's sequence of that quote"),
    *(Column(column.name, t.EXACT, f"{column.comment}, of that quote") for column in TOUCH),
    Column("mid", t.MID, "Mean of its bid and ask; null unless both are there"),
    Column("quote_age_ns", t.NANOS, "From the quote to the trade, nanoseconds"),
    Column("asof_policy", t.TEXT, "Clock, strictness, tolerance and tie-break of the match"),
    Column("event_date", t.DATE, "UTC date of event_ts"),
)

TIMED = f"""
WITH clocks AS (
  SELECT {KEY}, IF(every(has_venue_ts), 'event_ns', 'receive_ns') AS clock
  FROM (SELECT {KEY}, has_venue_ts FROM silver.trades UNION ALL SELECT {KEY}, has_venue_ts FROM silver.quotes)
  GROUP BY {KEY}
), quotes AS (
  SELECT {KEY}, struct({QUOTE}) AS quote FROM silver.quotes
  UNION ALL
  SELECT symbol, venue, date_add(event_date, 1) AS event_date, max(struct({QUOTE})) AS quote
  FROM silver.quotes GROUP BY {KEY}
), sides AS (
  SELECT {KEY}, event_ns, receive_ns, struct(event_ts, event_ns, producer_id, seq, trade_id, aggressor_side, price,
                                             quantity) AS trade, NULL AS quote
  FROM silver.trades
  UNION ALL
  SELECT {KEY}, quote.event_ns, quote.receive_ns, NULL, quote FROM quotes
), timed AS (
  SELECT /*+ BROADCAST(clocks) */ sides.*, clock, IF(clock = 'event_ns', event_ns, receive_ns) AS at
  FROM sides JOIN clocks USING ({KEY})
)"""


def matched(is_quote_first: str, tolerance_ns: str) -> str:
    """A SELECT of COLUMNS, a row a trade.

    By two SQL expressions: whether a quote at the trade's time is before it; how old a quote may be, null: any age.
    """
    return f"""{TIMED}, seen AS (
  SELECT *, last_value(quote, true) OVER (
           PARTITION BY {KEY} ORDER BY at, IF(quote IS NULL, {is_quote_first}, NOT {is_quote_first}),
                                       quote.venue_seq, quote
           ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS last
  FROM timed
), chosen AS (
  SELECT {KEY}, trade, clock, at, {is_quote_first} AS is_inclusive, {tolerance_ns} AS tolerance_ns,
         IF(at - IF(clock = 'event_ns', last.event_ns, last.receive_ns) > {tolerance_ns}, NULL, last) AS prior
  FROM seen WHERE trade IS NOT NULL
), aged AS (
  SELECT *, IF(clock = 'event_ns', prior.event_ns, prior.receive_ns) AS quote_ns FROM chosen
)
SELECT symbol, venue, trade.*, quote_ns, prior.venue_seq AS quote_seq,
       prior.bid_price, prior.bid_quantity, prior.ask_price, prior.ask_quantity,
       CAST((prior.bid_price + prior.ask_price) / 2 AS DECIMAL(20, 10)) AS mid, at - quote_ns AS quote_age_ns,
       concat(clock, IF(is_inclusive, ' <= ', ' < '), clock, ', ',
              coalesce(concat('at most ', tolerance_ns, ' ns old'), 'any age'), ', last venue_seq') AS asof_policy,
       event_date
FROM aged"""


TRADES_WITH_QUOTES = View(
    "gold.trades_with_quotes",
    "Each trade with the last quote of its symbol and venue strictly before it, of its date or the one before",
    tuple((column.name, column.comment) for column in COLUMNS),
    matched("false", "CAST(NULL AS BIGINT)"),
    ("symbol", "venue"),
    "timestamp_micros(greatest(event_ns, coalesce(quote_ns + quote_age_ns, event_ns)) DIV 1000 + 1)",  # by both clocks
)
