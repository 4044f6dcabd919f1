"""gold.obi_100ms: order-book imbalance, micro-price and spread per symbol, venue and 100 ms.

OBI = (Qb − Qa)/(Qb + Qa) in [−1, 1], at level 1 and over all levels of the quote; null when both sides are empty,
±1 when one is. micro_price = (Pb·Qa + Pa·Qb)/(Qb + Qa), the weighted mid. Spread in bps of the mid.
"""

import pyarrow as pa
import pyarrow.compute as pc

from pipelines.gold.trusted import trusted
from schemas.gold import OBI_PARTIALS
from schemas.registry import View

KEY = ["symbol", "venue", "window_start", "event_date"]
UNITS = {"obi": 1e9, "obi_levels": 1e9, "micro_price": 1e9, "spread_bps": 1e6}  # of one, what an integer stands for
READS = ("symbol", "venue", "event_ts", "event_date", *UNITS)
SUMMED = ("obi", "obi_levels", "micro_price", "spread_bps", "spread_bps_square")


def build_obi_partials(quotes: pa.Table) -> pa.Table:
    """silver.quotes rows (READS) to one row of exact sums per symbol, venue and 100 ms."""
    sums = aggregate_measures(with_units(quotes))
    return sums.select(OBI_PARTIALS.column_names).cast(OBI_PARTIALS.arrow_schema)


def with_units(quotes: pa.Table) -> pa.Table:
    """The key of each quote's window, its measures as integers of their unit, and the square of its spread."""
    units = {name: _as_units(quotes.column(name), unit) for name, unit in UNITS.items()}
    spread = units["spread_bps"].cast(pa.decimal128(19, 0)).cast(pa.decimal128(18, 0))
    return pa.table(
        {
            "symbol": quotes.column("symbol"),
            "venue": quotes.column("venue"),
            "window_start": pc.floor_temporal(quotes.column("event_ts"), 100, "millisecond"),
            "event_date": quotes.column("event_date"),
            **units,
            "micro_price": units["micro_price"].cast(pa.decimal128(19, 0)),
            "spread_bps_square": pc.multiply(spread, spread),
        }
    )


def aggregate_measures(measures: pa.Table) -> pa.Table:
    """Sum up: any partition of the same rows adds up to the same bits."""
    sums = [(name, kind) for name in SUMMED for kind in ("sum", "count")]
    extremes = [("spread_bps", "min"), ("spread_bps", "max")]
    counted = measures.group_by(KEY, use_threads=False).aggregate([*sums, *extremes, ([], "count_all")])
    return counted.rename_columns({"count_all": "quote_count"})


def _as_units(values: pa.ChunkedArray, unit: float) -> pa.ChunkedArray:
    return pc.round(pc.multiply(values, unit), round_mode="half_to_even").cast(pa.int64())


def obi_of(window: str) -> str:
    """The SELECT of the view's columns by symbol, venue and a window of window_start that is 100 ms or longer."""
    return f"""
SELECT symbol, venue, {window} AS window_start,
       sum(quote_count) AS quote_count,
       sum(obi_sum) / nullif(sum(obi_count), 0) / 1e9D AS obi,
       sum(obi_levels_sum) / nullif(sum(obi_levels_count), 0) / 1e9D AS obi_levels,
       CAST(sum(micro_price_sum) AS DOUBLE) / nullif(sum(micro_price_count), 0) / 1e9D AS micro_price,
       sum(spread_bps_sum) / nullif(sum(spread_bps_count), 0) / 1e6D AS spread_bps,
       min(spread_bps_min) / 1e6D AS spread_min_bps,
       max(spread_bps_max) / 1e6D AS spread_max_bps,
       event_date
FROM {trusted("gold.obi_100ms_partials")}
GROUP BY symbol, venue, {window}, event_date
"""


OBI_100MS = View(
    "gold.obi_100ms",
    "Order-book imbalance, micro-price and spread per symbol, venue and 100 ms",
    (
        ("symbol", "Instrument"),
        ("venue", "Venue code, see gold.venues"),
        ("window_start", "Start of the 100 ms window"),
        ("quote_count", "Quotes in the window"),
        ("obi", "Mean of (Qb − Qa)/(Qb + Qa) at level 1, in [−1, 1]; null when no quote has a side"),
        ("obi_levels", "The same over all levels of the quote"),
        ("micro_price", "Mean of (Pb·Qa + Pa·Qb)/(Qb + Qa); null when no quote has both sides"),
        ("spread_bps", "Mean spread in bps of the mid"),
        ("spread_min_bps", "Smallest spread"),
        ("spread_max_bps", "Largest spread"),
        ("event_date", "UTC date of window_start"),
    ),
    obi_of("window_start"),
    ("symbol", "venue"),
    "date_trunc('MINUTE', window_start) + INTERVAL 1 MINUTE",  # when gold.book_integrity_1m has judged it
)
