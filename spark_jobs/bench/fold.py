"""The same fold over the same files by three engines: quotes to 100 ms windows."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import duckdb
import polars
from deltalake import DeltaTable
from pyspark.sql.connect.session import SparkSession

RUNS = 4

FOLD = """
SELECT symbol, venue, {window} AS window_start, count(*) AS quote_count,
       avg(obi) AS obi, avg(micro_price) AS micro_price, avg(spread_bps) AS spread_bps,
       min(spread_bps) AS spread_min_bps, max(spread_bps) AS spread_max_bps
FROM {source} GROUP BY symbol, venue, window_start
"""


@dataclass(frozen=True)
class Fold:
    """Rows a second of each engine over one table, warm, best of some runs; `windows` is what each of them found."""

    rows: int
    windows: int
    spark: float
    polars: float
    duckdb: float


def measure_fold(spark: SparkSession, table: Path) -> Fold:
    """Fold silver.quotes at `table`. Raises AssertionError when the engines do not find the same windows."""
    files = DeltaTable(str(table)).file_uris()
    rows = spark.sql("SELECT count(*) FROM silver.quotes").collect()[0][0]
    results = [_timed(lambda: _spark(spark)), _timed(lambda: _polars(files)), _timed(lambda: _duckdb(files))]
    windows = {found for found, _ in results}
    assert len(windows) == 1, f"the engines find different windows: {windows}"
    return Fold(rows, windows.pop(), *(rows / seconds for _, seconds in results))


def _timed(fold: Callable[[], int]) -> tuple[int, float]:
    seconds, found = [], 0
    for _ in range(RUNS):
        began = time.monotonic()
        found = fold()
        seconds.append(time.monotonic() - began)
    return found, min(seconds)


def _spark(spark: SparkSession) -> int:
    window = "timestamp_micros(unix_micros(event_ts) div 100000 * 100000)"
    return len(spark.sql(FOLD.format(window=window, source="silver.quotes")).toArrow())


def _polars(files: list[str]) -> int:
    measures = ("obi", "micro_price", "spread_bps")
    frame = polars.scan_parquet(files).group_by("symbol", "venue", polars.col("event_ts").dt.truncate("100ms"))
    spread = polars.col("spread_bps")
    return (
        frame.agg(
            polars.len().alias("quote_count"),
            *[polars.col(name).mean() for name in measures],
            spread.min().alias("spread_min_bps"),
            spread.max().alias("spread_max_bps"),
        )
        .collect()
        .height
    )


def _duckdb(files: list[str]) -> int:
    window = "time_bucket(INTERVAL '100 milliseconds', event_ts)"
    return len(duckdb.execute(FOLD.format(window=window, source=f"read_parquet({files})")).fetchall())
