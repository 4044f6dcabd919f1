"""An as-of join of the same files by Spark and by Polars: trades to the quotes strictly before them."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars
import pyarrow as pa
import pyarrow.parquet as pq
from pyspark.sql import SparkSession

from pipelines.gold.asof import AsofPolicy, asof_join

POLICY = AsofPolicy(("symbol",), "event_ns", "quote_ns", "quote_seq")
SYMBOLS = 12
RUNS = 3
DAY_NS = 86_400 * 10**9


@dataclass(frozen=True)
class AsofRates:
    """Seconds of each engine over the same files, warm, the best of some runs; both find the same rows."""

    spark: float
    polars: float


def measure_asof(spark: SparkSession, folder: Path, trades: int, quotes: int) -> AsofRates:
    """Join so many trades to so many quotes of twelve symbols. Raises AssertionError when the engines disagree."""
    write_rows(folder / "asof_trades.parquet", trades, {"event_ns": 1})
    write_rows(folder / "asof_quotes.parquet", quotes, {"quote_ns": 2})
    paths = [str(folder / f"asof_{noun}.parquet") for noun in ("trades", "quotes")]
    (by_spark, spark_s), (by_polars, polars_s) = _timed(lambda: _spark(spark, *paths)), _timed(lambda: _polars(*paths))
    assert by_spark == by_polars, f"the engines find {by_spark} and {by_polars}"
    return AsofRates(spark_s, polars_s)


def write_rows(path: Path, count: int, clock: dict[str, int]) -> None:
    """Rows of a day in order of time, each of a symbol at random; the seed stands with the clock's name."""
    ((name, seed),) = clock.items()
    rng = np.random.default_rng(seed)
    columns = {
        "symbol": pa.array([f"S{n:02}" for n in range(SYMBOLS)]).take(pa.array(rng.integers(0, SYMBOLS, count))),
        name: np.sort(rng.integers(0, DAY_NS, count)),
        f"{name.removesuffix('_ns')}_seq": np.arange(count),
        "bid": rng.integers(1, 10**6, count),
        "ask": rng.integers(1, 10**6, count),
    }
    pq.write_table(pa.table(columns), path, compression="zstd", row_group_size=1 << 20)


def _timed(join: Callable[[], tuple[int, int]]) -> tuple[tuple[int, int], float]:
    seconds, found = [], (0, 0)
    for _ in range(RUNS):
        began = time.monotonic()
        found = join()
        seconds.append(time.monotonic() - began)
    return found, min(seconds)


def _spark(spark: SparkSession, trades: str, quotes: str) -> tuple[int, int]:
    left, right = spark.read.parquet(trades), spark.read.parquet(quotes)
    joined = asof_join(left, right, POLICY)
    (row,) = joined.selectExpr("count(*)", "sum(matched.bid + matched.ask + matched.quote_seq)").collect()
    return row[0], row[1]


def _polars(trades: str, quotes: str) -> tuple[int, int]:
    left, right = polars.scan_parquet(trades), polars.scan_parquet(quotes)
    joined = left.select("symbol", "event_ns").join_asof(
        right, left_on="event_ns", right_on="quote_ns", by="symbol", allow_exact_matches=False
    )
    total = polars.sum_horizontal("bid", "ask", "quote_seq", ignore_nulls=False).sum()
    row = joined.select(polars.len().alias("rows"), total.alias("total")).collect().row(0)
    return row[0], row[1]
