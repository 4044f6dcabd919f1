"""The views of the gold layer, in the order in which they build on each other."""

from pipelines.gold.ats_weekly import ATS_WEEKLY
from pipelines.gold.book_snapshots import BOOK_SNAPSHOTS
from pipelines.gold.effective_spread_1m import EFFECTIVE_SPREAD_1M
from pipelines.gold.execution_quality_1mo import EXECUTION_QUALITY_1MO
from pipelines.gold.market_prices import MARKET_PRICES
from pipelines.gold.obi_100ms import OBI_100MS
from pipelines.gold.portfolios import PORTFOLIOS
from pipelines.gold.spread_1m import SPREAD_1M
from pipelines.gold.trades_with_quotes import TRADES_WITH_QUOTES
from pipelines.gold.venue_liquidity_5m import VENUE_LIQUIDITY_5M
from pipelines.gold.venues import VENUES_VIEW

VIEWS = (
    VENUES_VIEW,
    OBI_100MS,
    SPREAD_1M,
    VENUE_LIQUIDITY_5M,
    MARKET_PRICES,
    PORTFOLIOS,
    BOOK_SNAPSHOTS,
    EFFECTIVE_SPREAD_1M,
    TRADES_WITH_QUOTES,
    EXECUTION_QUALITY_1MO,
    ATS_WEEKLY,
)
