"""Views of schema `recent` that say how things stand: the last of each, or all of it, however long ago that was."""

from pipelines.gold import tails
from pipelines.gold.held import RecentView, by_topic, read_tail, reading
from pipelines.gold.market_prices import MARKET_PRICES
from pipelines.gold.portfolios import PORTFOLIOS
from schemas import gold
from schemas.recent import KEPT_M
from schemas.silver import NUMBERS

SNAPSHOTS = gold.SNAPSHOT_PARTIALS.name
MARKETS = f"SELECT DISTINCT symbol, venue FROM {gold.TRADE_PARTIALS.name}"
BOOK_DEPTH = f"""
SELECT symbol, venue, window_start, side, level + 1 AS level, CAST(price AS DOUBLE) AS price,
       CAST(quantities[level] AS DOUBLE) AS quantity
FROM (
  SELECT *
  FROM (
    SELECT symbol, venue, max(window_start) AS window_start, max_by(bid_prices, last_ns) AS bid_prices,
           max_by(bid_quantities, last_ns) AS bid_quantities, max_by(ask_prices, last_ns) AS ask_prices,
           max_by(ask_quantities, last_ns) AS ask_quantities
    FROM {SNAPSHOTS}
    WHERE event_date >= (SELECT date_sub(max(event_date), 1) FROM {SNAPSHOTS})
    GROUP BY symbol, venue
  )
  QUALIFY window_start >= max(window_start) OVER () - INTERVAL {KEPT_M} MINUTES
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
FROM {portfolios}
GROUP BY account_id
"""
PERFORMANCE = """
SELECT day.symbol, day.event_date, last_price, (last_price / first_price - 1) * 100 AS change_pct, high_price,
       low_price, trade_count, CAST(value AS DOUBLE) AS value, volatility_15m * 10000 AS volatility_15m_bps
FROM (SELECT * FROM ({days}) QUALIFY event_date = max(event_date) OVER ()) AS day
LEFT JOIN (SELECT symbol, max_by(volatility_15m, window_start) AS volatility_15m FROM {prices} GROUP BY symbol)
USING (symbol)
"""
REASONS = f"""
SELECT max(ingest_ts) AS ingest_ts, violation, count(*) AS row_count
FROM (
  SELECT ingest_ts, regexp_replace(violation, '{NUMBERS}', '#') AS violation
  FROM {{table}} LATERAL VIEW explode(violations) AS violation
)
GROUP BY date_trunc('MINUTE', ingest_ts), violation
"""
DAYS = """
SELECT symbol, event_date, max(struct(last_ns, last_seq, last_price)).last_price AS last_price,
       min(struct(first_ns, first_seq, first_price)).first_price AS first_price, max(high_price) AS high_price,
       min(low_price) AS low_price, sum(trade_count) AS trade_count, sum(value) AS value
FROM gold.prices_1s_partials
GROUP BY symbol, event_date
"""


def _market_performance() -> RecentView:
    held = PERFORMANCE.format(
        days=reading(DAYS, [tails.PRICES_1D]), prices=f"({reading(MARKET_PRICES.query, [tails.PRICES_1S])})"
    )
    of_tables = PERFORMANCE.format(days=DAYS, prices=MARKET_PRICES.name)
    return RecentView("market_performance", of_tables, held, (tails.PRICES_1D, tails.PRICES_1S))


def _portfolios_now() -> RecentView:
    enough = (tails.ACCOUNTS, tails.LAST_PRICES)
    held = PORTFOLIOS_NOW.format(portfolios=f"({reading(PORTFOLIOS.query, enough)})")
    return RecentView("portfolios_now", PORTFOLIOS_NOW.format(portfolios=PORTFOLIOS.name), held, enough)


def _table_rows() -> RecentView:
    tables = (
        f"SELECT '{table.name}' AS table_name, count(*) AS row_count FROM {table.name}" for table in tails.ROWS.tables
    )
    return RecentView("table_rows", " UNION ALL ".join(tables), f"SELECT * FROM {read_tail(tails.ROWS)}", (tails.ROWS,))


def _rejected() -> RecentView:
    of_tables = {tail: REASONS.format(table=tail.table.name) for tail in tails.REJECTED}
    held = {tail: f"SELECT * FROM {read_tail(tail)}" for tail in tails.REJECTED}
    return RecentView("rejected", by_topic(of_tables), by_topic(held), tails.REJECTED)


LATEST = (
    RecentView("markets", MARKETS, reading(MARKETS, [tails.MARKETS]), (tails.MARKETS,)),
    RecentView("book_depth", BOOK_DEPTH, reading(BOOK_DEPTH, [tails.LAST_BOOKS]), (tails.LAST_BOOKS,)),
    _portfolios_now(),
    _market_performance(),
    _table_rows(),
    _rejected(),
)
