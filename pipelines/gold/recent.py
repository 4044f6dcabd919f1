"""Schema `recent`: what live dashboards ask again and again, over the last KEPT_M minutes.

Each view is a query of gold, or of what gold is made of, limited to those minutes. Where streams add to what it reads,
a tail is enough: rows of a table folded to fewer, for which the query gives the same. Rolling windows of the first
minute that is kept are whole: LEAD_M minutes before it are read too. A price that is older than that is not carried
into them.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from pipelines.gold import tails
from pipelines.gold.market_prices import MARKET_PRICES
from pipelines.gold.obi_100ms import KEY, obi_of
from pipelines.gold.spread_1m import SPREAD_1M
from pipelines.gold.tails import Tail
from pipelines.gold.venue_liquidity_5m import VENUE_LIQUIDITY_5M
from schemas import bronze, gold, silver
from schemas.recent import KEPT_M, SCHEMA
from schemas.registry import View


@dataclass(frozen=True)
class RecentView:
    """A view `recent.<noun>`: its query of the lake's tables, and the one that gives the same rows from `tails`."""

    noun: str
    query: str
    held: str
    tails: tuple[Tail, ...] = ()


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


def _since(minutes: int, clock: str) -> str:
    return f"{clock} >= now() - INTERVAL {minutes} MINUTES"


def _read_table(tail: Tail) -> str:
    days = f"{tail.table.partition_by} >= date_sub(current_date(), 1)"
    return f"(SELECT * FROM {tail.table.name} WHERE {days} AND {_since(tail.minutes, tail.clock)})"


def _recent(noun: str, query: str, clock: str, *tails: Tail) -> RecentView:
    """The rows of the last KEPT_M minutes of a query that reads no table but those of the tails, and gold.venues."""
    by_table = {tail.table.name: tail for tail in tails}
    tables = re.compile("|".join(rf"{re.escape(name)}\b" for name in by_table))

    def limited(read: Callable[[Tail], str]) -> str:
        rows = tables.sub(lambda found: read(by_table[found[0]]), query)
        return f"SELECT * FROM ({rows}) WHERE {_since(KEPT_M, clock)}"

    return RecentView(noun, limited(_read_table), limited(lambda tail: f"{SCHEMA}.{tail.name}"), tails)


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
    held = "ingest_ts, row_count, waited_ms / row_count AS lag_ms"
    of_tables = {t: f"SELECT ingest_ts, {counted} FROM {_read_table(t)} GROUP BY ingest_ts" for t in tails.DELIVERIES}
    of_tails = {tail: f"SELECT {held} FROM {SCHEMA}.{tail.name}" for tail in tails.DELIVERIES}
    return RecentView("micro_batches", _batches_of(of_tables), _batches_of(of_tails), tails.DELIVERIES)


def _batches_of(queries: Mapping[Tail, str]) -> str:
    topics = [f"SELECT '{tail.table.noun}' AS topic, * FROM ({query})" for tail, query in queries.items()]
    return f"""
SELECT topic, ingest_ts, row_count, lag_ms,
       unix_millis(lead(ingest_ts) OVER (PARTITION BY topic ORDER BY ingest_ts)) - unix_millis(ingest_ts) AS batch_ms
FROM ({" UNION ALL ".join(topics)})"""


BOOK_DEPTH = """
SELECT symbol, venue, window_start, side, level + 1 AS level, CAST(price AS DOUBLE) AS price,
       CAST(quantities[level] AS DOUBLE) AS quantity
FROM (
  SELECT symbol, venue, max(window_start) AS window_start, max_by(bid_prices, last_ns) AS bid_prices,
         max_by(bid_quantities, last_ns) AS bid_quantities, max_by(ask_prices, last_ns) AS ask_prices,
         max_by(ask_quantities, last_ns) AS ask_quantities
  FROM gold.book_snapshots_1s_partials
  WHERE event_date = (SELECT max(event_date) FROM gold.book_snapshots_1s_partials)
  GROUP BY symbol, venue
)
LATERAL VIEW stack(2, 'BID', bid_prices, bid_quantities, 'ASK', ask_prices, ask_quantities) AS side, prices, quantities
LATERAL VIEW posexplode(prices) AS level, price
"""
PORTFOLIOS_NOW = """
SELECT account_id, max(window_start) AS window_start, max_by(CAST(cash AS DOUBLE), window_start) AS cash,
       max_by(CAST(position_value AS DOUBLE), window_start) AS position_value,
       max_by(CAST(value AS DOUBLE), window_start) AS value,
       max_by(CAST(realised_pnl AS DOUBLE), window_start) AS realised_pnl,
       max_by(CAST(unrealised_pnl AS DOUBLE), window_start) AS unrealised_pnl,
       max_by(CAST(fees AS DOUBLE), window_start) AS fees, max_by(CAST(total_pnl AS DOUBLE), window_start) AS total_pnl,
       max_by(trade_count, window_start) AS trade_count
FROM gold.portfolios
GROUP BY account_id
"""
GROWING = (*bronze.TABLES, *silver.TABLES, silver.BOOKS, *gold.TABLES)
TABLE_ROWS = " UNION ALL ".join(
    f"SELECT '{table.name}' AS table_name, count(*) AS row_count FROM {table.name}" for table in GROWING
)

RECENT = (
    _of_view(SPREAD_1M, "window_start", tails.QUOTES_1M, tails.TRADES_1M, tails.INTEGRITY_1M),
    _of_view(VENUE_LIQUIDITY_5M, "window_end", tails.TRADES_1M, tails.VENUE_QUOTES_1M),
    _of_view(MARKET_PRICES, "window_start", tails.PRICES_1S),
    _recent("obi_5s", obi_of(FIVE_SECONDS), "window_start", tails.QUOTES_5S, tails.INTEGRITY_1M),
    _recent("touch_5s", TOUCH, "window_start", tails.TOUCH_5S),
    _recent("trades", f"SELECT * FROM {silver.SILVER_TRADES.name}", "event_ts", tails.LAST_TRADES),
    _folded_trades(),
    _micro_batches(),
    RecentView("book_depth", BOOK_DEPTH, BOOK_DEPTH),
    RecentView("portfolios_now", PORTFOLIOS_NOW, PORTFOLIOS_NOW),
    RecentView("table_rows", TABLE_ROWS, TABLE_ROWS),
)
