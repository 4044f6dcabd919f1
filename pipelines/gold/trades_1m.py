"""gold.trades_1m_partials: what traded per symbol, venue and minute."""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from schemas.gold import TRADE_PARTIALS


def build_trade_partials(trades: DataFrame) -> DataFrame:
    """silver.trades rows to one row of exact sums per symbol, venue and minute."""
    return (
        trades.withColumn("window_start", F.date_trunc("minute", "event_ts"))
        .transform(aggregate_trades)
        .select(*TRADE_PARTIALS.column_names)
    )


def aggregate_trades(trades: DataFrame) -> DataFrame:
    """Sum up: any partition of the same rows adds up to the same bits."""
    quantity, side = F.col("quantity"), F.col("aggressor_side")
    return trades.groupBy("symbol", "venue", "window_start", "event_date").agg(
        F.count("*").alias("trade_count"),
        F.sum(quantity).cast("decimal(38,9)").alias("quantity"),
        F.sum((F.col("price") * quantity).cast("decimal(30,12)")).cast("decimal(38,12)").alias("value"),
        F.coalesce(F.sum(F.when(side == "BUY", quantity)), F.lit(0)).cast("decimal(38,9)").alias("buy_quantity"),
        F.coalesce(F.sum(F.when(side == "SELL", quantity)), F.lit(0)).cast("decimal(38,9)").alias("sell_quantity"),
    )
