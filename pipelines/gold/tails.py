"""Tails: what is enough to hold in memory of the tables that live dashboards read."""

from dataclasses import replace
from math import inf

from pipelines.gold import folds
from pipelines.gold.held import Counts, Fold, Tail
from schemas import bronze, daily, gold, silver, venue_reports
from schemas.registry import Table

DELIVERED = ("ingest_ts", "kafka_ts", "event_date")
REFUSED = ("violations", "ingest_ts", "ingest_date")
MARKET = ("symbol", "venue", "window_start", "event_date")
LAST_PRICE = ("symbol", "window_start", "last_ns", "last_seq", "last_price", "event_date")


def _tail(name: str, table: Table, fold: Fold, clock: str = "window_start") -> Tail:
    return Tail(f"tail_{name}", table, clock, fold, fold, table.column_names)


QUOTES_1M = _tail("quotes_1m", gold.OBI_PARTIALS, folds.fold_quotes_1m)
QUOTES_5S = _tail("quotes_5s", gold.OBI_PARTIALS, folds.fold_quotes_5s)
TRADES_1M = _tail("trades_1m", gold.TRADE_PARTIALS, folds.fold_trades)
PRICES_1S = _tail("prices_1s", gold.PRICE_PARTIALS, folds.fold_prices)
PRICES_1D = replace(_tail("prices_1d", gold.PRICE_PARTIALS, folds.fold_prices_1d), minutes=24 * 60)
LAST_PRICES = replace(_tail("last_prices", gold.PRICE_PARTIALS, folds.keep_last_prices), reads=LAST_PRICE, minutes=inf)
ACCOUNTS = replace(_tail("accounts", gold.ACCOUNT_PARTIALS, folds.fold_accounts), minutes=inf)
MARKETS = replace(_tail("markets", gold.TRADE_PARTIALS, folds.fold_markets), reads=MARKET, minutes=inf)
LAST_BOOKS = _tail("last_books", gold.SNAPSHOT_PARTIALS, folds.keep_last_books)
TOUCH_5S = _tail("touch_5s", gold.SNAPSHOT_PARTIALS, folds.keep_touch_5s)
LAST_TRADES = _tail("last_trades", silver.SILVER_TRADES, folds.keep_last_trades, "event_ts")
INTEGRITY_1M = _tail("integrity_1m", daily.BOOK_INTEGRITY, folds.keep_all)
VENUE_QUOTES_1M = _tail("venue_quotes_1m", venue_reports.VENUE_QUOTES, folds.keep_all, "window_end")
DELIVERIES = tuple(
    Tail(
        f"tail_{table.noun}_deliveries", table, "ingest_ts", folds.count_deliveries, folds.add_deliveries, DELIVERED, 15
    )
    for table in silver.TABLES
)
REJECTED = tuple(
    Tail(f"tail_{table.noun}", table, "ingest_ts", folds.count_rejected, folds.add_rejected, REFUSED, inf)
    for table in silver.REJECTED_TABLES
)
ROWS = Counts("tail_rows", (*bronze.TABLES, *silver.TABLES, silver.BOOKS, *gold.TABLES))
