"""Schema `recent`: views of gold over the last KEPT_M minutes, by the same SQL over the rows of those minutes.

They are what live dashboards ask for again and again. Rolling windows of the first minute that is kept are whole:
LEAD_M minutes before it are read too. A price that is older than that is not carried into them.
"""

import re
from dataclasses import replace

from pipelines.gold.market_prices import MARKET_PRICES
from pipelines.gold.spread_1m import SPREAD_1M
from pipelines.gold.venue_liquidity_5m import VENUE_LIQUIDITY_5M
from schemas.recent import KEPT_M, SCHEMA
from schemas.registry import View

LEAD_M = 30
CLOCKS = {  # of the tables that these views read, the time of a row
    "gold.obi_100ms_partials": "window_start",
    "gold.trades_1m_partials": "window_start",
    "gold.prices_1s_partials": "window_start",
    "gold.book_integrity_1m": "window_start",
    "gold.venue_quotes_1m": "window_end",
}
_TABLE = re.compile("|".join(re.escape(name) + r"\b" for name in CLOCKS))


def _since(minutes: int, clock: str) -> str:
    return f"{clock} >= now() - INTERVAL {minutes} MINUTES"


def _read_recent(found: re.Match[str]) -> str:
    name = found[0]
    days = "event_date >= date_sub(current_date(), 1)"
    return f"(SELECT * FROM {name} WHERE {days} AND {_since(KEPT_M + LEAD_M, CLOCKS[name])})"


def _recent(view: View, clock: str) -> View:
    rows = _TABLE.sub(_read_recent, view.query)
    query = f"SELECT * FROM ({rows}) WHERE {_since(KEPT_M, clock)}"
    return replace(view, name=f"{SCHEMA}.{view.name.split('.')[1]}", query=query)


RECENT = (
    _recent(SPREAD_1M, "window_start"),
    _recent(VENUE_LIQUIDITY_5M, "window_end"),
    _recent(MARKET_PRICES, "window_start"),
)
