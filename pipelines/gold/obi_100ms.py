"""gold.obi_100ms: order-book imbalance, micro-price and spread per symbol, venue and 100 ms.

OBI = (Qb − Qa)/(Qb + Qa) in [−1, 1], at level 1 and over all levels of the quote; null when both sides are empty,
±1 when one is. micro_price = (Pb·Qa + Pa·Qb)/(Qb + Qa), the weighted mid. Spread in bps of the mid.
"""

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from schemas.gold import OBI_PARTIALS
from schemas.registry import View

WINDOW_US = 100_000
OBI_UNIT = 1e9
PRICE_UNIT = 1e9
BPS_UNIT = 1e6


def build_obi_partials(quotes: DataFrame) -> DataFrame:
    """silver.quotes rows to one row of exact sums per symbol, venue and 100 ms."""
    return quotes.transform(with_measures).transform(aggregate_measures).select(*OBI_PARTIALS.column_names)


def with_measures(quotes: DataFrame) -> DataFrame:
    """Add window_start and the measures as integers of their unit."""
    return quotes.select(
        "symbol",
        "venue",
        _floor("event_ts", WINDOW_US).alias("window_start"),
        "event_date",
        _units("obi", OBI_UNIT),
        _units("obi_levels", OBI_UNIT),
        _units("micro_price", PRICE_UNIT),
        _units("spread_bps", BPS_UNIT),
    )


def aggregate_measures(measures: DataFrame) -> DataFrame:
    """Sum up: any partition of the same rows adds up to the same bits."""
    square = F.col("spread_bps").cast("decimal(18,0)") * F.col("spread_bps").cast("decimal(18,0)")
    return measures.groupBy("symbol", "venue", "window_start", "event_date").agg(
        F.count("*").alias("quote_count"),
        *_counted("obi"),
        *_counted("obi_levels"),
        F.count("micro_price").alias("micro_price_count"),
        F.sum(F.col("micro_price").cast("decimal(28,0)")).alias("micro_price_sum"),
        *_counted("spread_bps"),
        F.sum(square).cast("decimal(38,0)").alias("spread_bps_square_sum"),
        F.min("spread_bps").alias("spread_bps_min"),
        F.max("spread_bps").alias("spread_bps_max"),
    )


def _units(measure: str, unit: float) -> Column:
    return F.rint(F.col(measure) * unit).cast("bigint").alias(measure)


def _floor(time: str, width_us: int) -> Column:
    micros = F.unix_micros(time)
    return F.timestamp_micros(micros - F.pmod(micros, F.lit(width_us)))


def _counted(name: str) -> tuple[Column, Column]:
    return F.count(name).alias(f"{name}_count"), F.sum(name).alias(f"{name}_sum")


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
    """
SELECT symbol, venue, window_start,
       sum(quote_count) AS quote_count,
       sum(obi_sum) / nullif(sum(obi_count), 0) / 1e9D AS obi,
       sum(obi_levels_sum) / nullif(sum(obi_levels_count), 0) / 1e9D AS obi_levels,
       CAST(sum(micro_price_sum) AS DOUBLE) / nullif(sum(micro_price_count), 0) / 1e9D AS micro_price,
       sum(spread_bps_sum) / nullif(sum(spread_bps_count), 0) / 1e6D AS spread_bps,
       min(spread_bps_min) / 1e6D AS spread_min_bps,
       max(spread_bps_max) / 1e6D AS spread_max_bps,
       event_date
FROM gold.obi_100ms_partials
GROUP BY symbol, venue, window_start, event_date
""",
)
