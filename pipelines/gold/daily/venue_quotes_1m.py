"""gold.venue_quotes_1m: how long each displayed venue quoted, and quoted the best price of its market.

Venue times are compared across venues as they are. A quote stands until the venue's next one of the day, at most to
the symbol's last quote on the market: what came after is not known. Nothing is carried over midnight.
"""

import numpy as np
import pyarrow as pa

from pipelines.gold.daily.arrays import INTEGRITY, QUOTES
from pipelines.gold.daily.columns import MINUTE_NS, dates, first, table_of, times
from pipelines.gold.daily.declare import Daily, Inputs
from pipelines.gold.daily.market_quotes import MarketQuotes, market_quotes
from pipelines.microstructure.nbbo import MEASURES, measure_times
from pipelines.microstructure.series import Flags, Ints
from schemas.venue_reports import VENUE_QUOTES


def build_venue_quotes(inputs: Inputs) -> pa.Table:
    """Rows of silver.quotes of a symbol and day, all venues, to a row a venue and minute in which it quoted."""
    parts = [_rows(first(inputs[QUOTES.name], "symbol"), each) for each in market_quotes(inputs)]
    return pa.concat_tables([VENUE_QUOTES.arrow_schema.empty_table(), *parts]).combine_chunks()


def _rows(symbol: str, market: MarketQuotes) -> pa.Table:
    begin, spent = measure_times(market.quotes, int(market.quotes.touches.ns[-1]), MINUTE_NS)
    minutes = int(market.quotes.touches.ns[-1]) // MINUTE_NS - begin + 1  # the last quote may open a minute
    spent = np.pad(spent, ((0, 0), (0, minutes - spent.shape[1]), (0, 0)))
    counts, is_excluded = _count(market, begin, minutes)
    chosen = (spent[0] > 0) | counts.any(0) | is_excluded
    at, venue = np.nonzero(chosen)
    start = (at + begin) * MINUTE_NS
    columns = {
        "symbol": symbol,
        "venue": pa.array(market.venues).take(pa.array(venue)),
        "market": market.market,
        "window_start": times(start),
        "window_end": times(start + MINUTE_NS),
        "quote_count": counts[0][chosen],
        "excluded_quote_count": counts[1][chosen],
        "is_excluded": is_excluded[chosen],
        **{f"{name}_ns": values[chosen] for name, values in zip(MEASURES, spent, strict=True)},
        "event_date": dates(start),
    }
    return table_of(VENUE_QUOTES, columns)


def _count(market: MarketQuotes, begin: int, minutes: int) -> tuple[Ints, Flags]:
    """Quotes that count and those left out (2, minutes, v), and which minutes (minutes, v) are left out."""
    shape = (minutes, market.quotes.venues)
    minute = market.quotes.touches.ns // MINUTE_NS - begin
    counts, is_excluded = np.zeros((2, *shape), np.int64), np.zeros(shape, bool)
    for row, chosen in enumerate((market.is_quote & ~market.is_left_out, market.is_left_out)):
        np.add.at(counts[row], (minute[chosen], market.quotes.venue[chosen]), 1)
    venue, at = market.excluded[0], market.excluded[1] - begin
    within = (at >= 0) & (at < minutes)
    is_excluded[at[within], venue[within]] = True
    return counts, is_excluded


DAILY = Daily(
    VENUE_QUOTES,
    build_venue_quotes,
    (QUOTES, INTEGRITY),
    known_at="window_end",
    keys=("symbol",),
    lags_ns={f"{name}_ns": MINUTE_NS for name in MEASURES},  # how long a quote stood shows with the next one
)
