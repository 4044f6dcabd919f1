"""The table functions of the gold layer: joins in time for one symbol and venue, and what was known when.

Spark puts a function's query into the query that calls it, so that dates and symbols prune files as in a view.
"""

from pipelines.gold.trades_with_quotes import COLUMNS, matched
from pipelines.gold.venue_liquidity_known_at import VENUE_LIQUIDITY_KNOWN_AT
from schemas import types as t
from schemas.registry import Column, Function, Parameter
from schemas.silver import TOUCH

WHERE = (
    Parameter("symbol", t.TEXT, "Instrument"),
    Parameter("venue", t.TEXT, "Venue code"),
    Parameter("from_ts", t.TIME, "First time"),
    Parameter("to_ts", t.TIME, "First time after the last"),
)
TOUCH_NAMES = ", ".join(column.name for column in TOUCH)
MID_OF = "CAST((bid_price + ask_price) / 2 AS DECIMAL(20, 10)) AS mid"
MID = Column("mid", t.MID, "Mean of bid and ask; null unless both are there")
TOLERANCE_NS = (
    "IF(asof_quotes.tolerance_ms < 0, raise_error(concat('gold.asof_quotes: tolerance_ms is ', "
    "asof_quotes.tolerance_ms, '; use 0 or more, or NULL for any age.')), asof_quotes.tolerance_ms * 1000000)"
)
EVERY_MS = (
    "IF(sample_quotes.every_ms > 0, sample_quotes.every_ms, raise_error(concat('gold.sample_quotes: every_ms is ', "
    "sample_quotes.every_ms, '; use 1 or more.')))"
)
IS_FILLED = (
    "CASE sample_quotes.fill WHEN 'none' THEN false WHEN 'null' THEN true WHEN 'previous' THEN true "
    "ELSE raise_error(concat('gold.sample_quotes: fill is ', sample_quotes.fill, '; use none, null or previous.')) END"
)


def _within(function: str) -> str:
    """The rows of the symbol, venue and time that the arguments give."""
    return (
        f"symbol = {function}.symbol AND venue = {function}.venue "
        f"AND event_date BETWEEN to_date({function}.from_ts) AND to_date({function}.to_ts) "
        f"AND event_ts >= {function}.from_ts AND event_ts < {function}.to_ts"
    )


ASOF_QUOTES = Function(
    "gold.asof_quotes",
    "The trades of a symbol and venue, each with the last quote before it, of its date or the one before",
    (
        *WHERE,
        Parameter("is_strict", t.FLAG, "Whether a quote at the trade's time comes after it", "true"),
        Parameter("tolerance_ms", t.MILLIS, "How old a quote may be; null: any age", "NULL"),
    ),
    COLUMNS,
    f"SELECT * FROM ({matched('(NOT asof_quotes.is_strict)', TOLERANCE_NS)}) WHERE {_within('asof_quotes')}",
)

MARKOUTS = Function(
    "gold.markouts",
    "The mid some time after each trade of a symbol and venue: the last one known then",
    (*WHERE, Parameter("horizons_ms", t.MANY_MILLIS, "Times after the trade, milliseconds")),
    (
        Column("event_ts", t.TIME, "Time of the trade"),
        Column("trade_id", t.TEXT, "The venue's name of the trade"),
        Column("aggressor_side", t.TEXT, "BUY or SELL; null where the venue does not say"),
        Column("price", t.EXACT, "Price of the trade"),
        Column("quantity", t.EXACT, "Quantity of the trade"),
        Column("horizon_ms", t.MILLIS, "Time after the trade"),
        Column("quote_ns", t.NANOS, "Time of the last quote at or before then, by the clock of asof_policy"),
        Column("mid", t.MID, "Mean of its bid and ask; null past the last quote of the data"),
        Column("asof_policy", t.TEXT, "Clock, strictness, tolerance and tie-break of the match"),
    ),
    f"""
WITH quotes AS (
  SELECT event_ns, receive_ns, has_venue_ts, venue_seq, {MID_OF} FROM silver.quotes
  WHERE symbol = markouts.symbol AND venue = markouts.venue AND event_date >= date_add(to_date(markouts.from_ts), -1)
), trades AS (
  SELECT event_ts, event_ns, receive_ns, has_venue_ts, trade_id, aggressor_side, price, quantity FROM silver.trades
  WHERE {_within("markouts")}
), clocks AS (
  SELECT IF(every(has_venue_ts), 'event_ns', 'receive_ns') AS clock
  FROM (SELECT has_venue_ts FROM quotes UNION ALL SELECT has_venue_ts FROM trades)
), sides AS (
  SELECT clock, IF(clock = 'event_ns', event_ns, receive_ns) + horizon_ms * 1000000 AS at, 1 AS turn, NULL AS quote,
         struct(event_ts, trade_id, aggressor_side, price, quantity, horizon_ms) AS trade
  FROM trades CROSS JOIN clocks LATERAL VIEW explode(markouts.horizons_ms) AS horizon_ms
  UNION ALL
  SELECT clock, at, 0, struct(venue_seq, at, mid), NULL
  FROM (SELECT *, IF(clock = 'event_ns', event_ns, receive_ns) AS at FROM quotes CROSS JOIN clocks)
), seen AS (
  SELECT *, max(quote.at) OVER () AS until, last_value(quote, true) OVER (
           ORDER BY at, turn, quote ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS last
  FROM sides
)
SELECT trade.*, IF(at <= until, last.at, NULL) AS quote_ns, IF(at <= until, last.mid, NULL) AS mid,
       concat(clock, ' <= ', clock, ' + horizon, any age, last venue_seq') AS asof_policy
FROM seen WHERE trade IS NOT NULL""",
)

LATEST_QUOTES = Function(
    "gold.latest_quotes",
    "The last quote of each symbol and venue at or before an instant, of its date or the one before",
    (Parameter("at_ts", t.TIME, "The instant"),),
    (
        Column("symbol", t.TEXT, "Instrument"),
        Column("venue", t.TEXT, "Venue code, see gold.venues"),
        Column("event_ns", t.NANOS, "Time of the quote"),
        Column("venue_seq", t.SEQUENCE, "The venue's sequence of the quote"),
        *TOUCH,
        MID,
    ),
    f"""
WITH latest AS (
  SELECT symbol, venue, max(struct(event_ns, venue_seq, {TOUCH_NAMES})) AS quote FROM silver.quotes
  WHERE event_date BETWEEN date_add(to_date(latest_quotes.at_ts), -1) AND to_date(latest_quotes.at_ts)
    AND event_ts <= latest_quotes.at_ts
  GROUP BY symbol, venue
)
SELECT *, {MID_OF} FROM (SELECT symbol, venue, quote.* FROM latest)""",
)

SAMPLE_QUOTES = Function(
    "gold.sample_quotes",
    "The last quote in each step of time, from the first step with a quote to the last",
    (
        *WHERE,
        Parameter("every_ms", t.MILLIS, "Length of a step, which starts at a multiple of it since 1970"),
        Parameter(
            "fill",
            t.TEXT,
            "Steps without a quote: 'previous' carries the last before on, 'null' is null, 'none' leaves them out",
            "'previous'",
        ),
    ),
    (
        Column("step_ts", t.TIME, "Start of the step"),
        Column("event_ns", t.NANOS, "Time of the quote"),
        Column("venue_seq", t.SEQUENCE, "The venue's sequence of the quote"),
        *TOUCH,
        MID,
    ),
    f"""
WITH sampled AS (
  SELECT unix_millis(event_ts) DIV {EVERY_MS} * sample_quotes.every_ms AS step,
         max(struct(event_ns, venue_seq, {TOUCH_NAMES})) AS quote
  FROM silver.quotes WHERE {_within("sample_quotes")} GROUP BY 1
), reaching AS (
  SELECT *, IF({IS_FILLED}, coalesce(lead(step) OVER (ORDER BY step) - sample_quotes.every_ms, step), step) AS until
  FROM sampled
), steps AS (
  SELECT step AS since, quote, explode(sequence(step, until, sample_quotes.every_ms)) AS step FROM reaching
), filled AS (
  SELECT step, IF(step = since OR sample_quotes.fill = 'previous', quote, NULL) AS quote FROM steps
)
SELECT *, {MID_OF} FROM (SELECT timestamp_millis(step) AS step_ts, quote.* FROM filled)""",
)

FUNCTIONS = (ASOF_QUOTES, MARKOUTS, LATEST_QUOTES, SAMPLE_QUOTES, VENUE_LIQUIDITY_KNOWN_AT)
