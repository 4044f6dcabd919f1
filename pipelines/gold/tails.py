"""Tails: what is enough to hold in memory of the tables that live dashboards read."""

from collections.abc import Callable
from dataclasses import dataclass

import pyarrow as pa

from pipelines.gold import folds
from schemas import daily, gold, silver, venue_reports
from schemas.recent import KEPT_M, LEAD_M
from schemas.registry import Table

Fold = Callable[[pa.Table], pa.Table]
DELIVERED = ("ingest_ts", "kafka_ts", "event_date")


@dataclass(frozen=True)
class Tail:
    """What is held of a table, in a view `name`: `fold` of some columns of its rows of the last minutes by `clock`.

    Parts of it are put together by `join`.
    """

    name: str
    table: Table
    clock: str
    fold: Fold
    join: Fold
    reads: tuple[str, ...]
    minutes: int = KEPT_M + LEAD_M


def _tail(name: str, table: Table, fold: Fold, clock: str = "window_start") -> Tail:
    return Tail(f"tail_{name}", table, clock, fold, fold, table.column_names)


QUOTES_1M = _tail("quotes_1m", gold.OBI_PARTIALS, folds.fold_quotes_1m)
QUOTES_5S = _tail("quotes_5s", gold.OBI_PARTIALS, folds.fold_quotes_5s)
TRADES_1M = _tail("trades_1m", gold.TRADE_PARTIALS, folds.fold_trades)
PRICES_1S = _tail("prices_1s", gold.PRICE_PARTIALS, folds.fold_prices)
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
