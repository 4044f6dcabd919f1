"""Schema `recent`: what live dashboards ask again and again, over the last KEPT_M minutes.

Each view is a query of gold, or of what gold is made of, limited to those minutes. Where streams add to what it reads,
a tail is enough: rows of a table folded to fewer, for which the query gives the same. Rolling windows of the first
minute that is kept are whole: LEAD_M minutes before it are read too. A price that is older than that is not carried
into them.
"""

from collections.abc import Mapping

from pipelines.gold import tails
from pipelines.gold.held import RecentView, Tail, by_topic, read_tail, reading
from pipelines.gold.latest import LATEST
from pipelines.gold.market_prices import MARKET_PRICES
from pipelines.gold.obi_100ms import KEY, obi_of
from pipelines.gold.spread_1m import SPREAD_1M
from pipelines.gold.venue_liquidity_5m import VENUE_LIQUIDITY_5M
from schemas import gold, silver
from schemas.recent import KEPT_M
from schemas.registry import View

FIVE_SECONDS = "timestamp_seconds(unix_seconds(window_start) DIV 5 * 5)"
TOUCH = f"""
SELECT symbol, venue, window_start, CAST((bid + ask) / 2 AS DOUBLE) AS mid,
       (bid * CAST(ask_quantity AS DOUBLE) + ask * CAST(bid_quantity AS DOUBLE))
         / nullif(CAST(bid_quantity + ask_quantity AS DOUBLE), 0) AS micro_price
FROM (
  SELECT symbol, venue, window_start, book.*
  FROM (
    SELECT symbol, venue, {FIVE_SECONDS} AS window_start,
           max(struct(last_ns, last_seq, get(bid_prices, 0) AS bid, get(bid_quantities, 0) AS bid_quantity,
                      get(ask_prices, 0) AS ask, get(ask_quantities, 0) AS ask_quantity)) AS book
    FROM gold.book_snapshots_1s_partials
    GROUP BY ALL
  )
)
WHERE bid IS NOT NULL AND ask IS NOT NULL
"""


def _since(minutes: float, clock: str) -> str:
    return f"{clock} >= now() - INTERVAL {minutes} MINUTES"


def _read_table(tail: Tail) -> str:
    days = f"{tail.table.partition_by} >= date_sub(current_date(), 1)"
    return f"(SELECT * FROM {tail.table.name} WHERE {days} AND {_since(tail.minutes, tail.clock)})"


def _recent(noun: str, query: str, clock: str, *tails: Tail) -> RecentView:
    """The rows of the last KEPT_M minutes of a query that reads no table but those of the tails, and gold.venues."""
    limits = f"WHERE {_since(KEPT_M, clock)}"
    of_tables = f"SELECT * FROM ({reading(query, tails, _read_table)}) {limits}"
    return RecentView(noun, of_tables, f"SELECT * FROM ({reading(query, tails)}) {limits}", tails)


def _of_view(view: View, clock: str, *tails: Tail) -> RecentView:
    return _recent(view.name.split(".")[1], view.query, clock, *tails)


def _folded_trades() -> RecentView:
    """gold.trades_1m_partials, one row a symbol, venue and minute."""
    table = gold.TRADE_PARTIALS
    folded = {name: "max" if name in ("known_ts", "last_receive_ns") else "sum" for name in table.column_names}
    columns = ", ".join(n if n in KEY else f"{how}({n}) AS {n}" for n, how in folded.items())
    query = f"SELECT {columns} FROM {table.name} GROUP BY {', '.join(KEY)}"
    return _recent(table.noun, query, "window_start", tails.TRADES_1M)


def _micro_batches() -> RecentView:
    counted = "count(*) AS row_count, avg(unix_millis(ingest_ts) - unix_millis(kafka_ts)) AS lag_ms"
    held = "SELECT ingest_ts, row_count, waited_ms / row_count AS lag_ms FROM"
    of_tables = {t: f"SELECT ingest_ts, {counted} FROM {_read_table(t)} GROUP BY ingest_ts" for t in tails.DELIVERIES}
    of_tails = {t: f"{held} {read_tail(t)} WHERE {_since(t.minutes, t.clock)}" for t in tails.DELIVERIES}
    return RecentView("micro_batches", _batches_of(of_tables), _batches_of(of_tails), tails.DELIVERIES)


def _batches_of(queries: Mapping[Tail, str]) -> str:
    return f"""
SELECT topic, ingest_ts, row_count, lag_ms,
       unix_millis(lead(ingest_ts) OVER (PARTITION BY topic ORDER BY ingest_ts)) - unix_millis(ingest_ts) AS batch_ms
FROM ({by_topic(queries)})"""


RECENT = (
    _of_view(SPREAD_1M, "window_start", tails.QUOTES_1M, tails.TRADES_1M, tails.INTEGRITY_1M),
    _of_view(VENUE_LIQUIDITY_5M, "window_end", tails.TRADES_1M, tails.VENUE_QUOTES_1M),
    _of_view(MARKET_PRICES, "window_start", tails.PRICES_1S),
    _recent("obi_5s", obi_of(FIVE_SECONDS), "window_start", tails.QUOTES_5S, tails.INTEGRITY_1M),
    _recent("touch_5s", TOUCH, "window_start", tails.TOUCH_5S),
    _recent("trades", f"SELECT * FROM {silver.SILVER_TRADES.name}", "event_ts", tails.LAST_TRADES),
    _folded_trades(),
    _micro_batches(),
    *LATEST,
)
