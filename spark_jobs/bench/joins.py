"""The same as-of join over the same files by two engines: each trade with the quote before it."""

import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import polars
import pyarrow as pa
import pyarrow.parquet as pq
from pyspark.sql import DataFrame, SparkSession

from pipelines.gold.asof import AsofPolicy, asof_join
from pipelines.source.simulator.config import MarketConfig
from pipelines.source.simulator.market import Market
from schemas.registry import Table
from schemas.silver import SILVER_QUOTES, SILVER_TRADES, TOUCH
from spark_jobs.bench.books import SECOND_NS, START_NS, typed

RUNS = 3
A_SECOND = 110_000
COLUMNS = {
    SILVER_TRADES: ["symbol", "venue", "event_ns", "producer_id", "seq", "trade_id", "price", "quantity"],
    SILVER_QUOTES: ["symbol", "venue", "event_ns", "venue_seq", *(column.name for column in TOUCH)],
}
POLICY = AsofPolicy(("symbol", "venue"), "event_ns", "event_ns", "venue_seq")


@dataclass(frozen=True)
class Join:
    """Seconds of each engine, from Parquet to joined rows, best of some runs; `matched` trades have a quote."""

    matched: int
    spark: float
    polars: float
    polars_sorting: float


def measure_join(spark: SparkSession, folder: Path, rows: dict[Table, int]) -> Join:
    """Join so many simulated rows of silver.trades to silver.quotes, strictly, by symbol and venue.

    Polars takes the files in the order in which they lie, which here is that of time, and once more sorts them first;
    Spark always sorts. Raises AssertionError when the engines do not match the same trades.
    """
    write_market(folder, rows)
    joined, result = _spark(spark, folder), _polars(folder, is_sorting=False)
    matched = result["quote_ns"].count()
    assert joined.where("matched IS NOT NULL").count() == matched, "the engines match different trades"
    del result
    return Join(
        matched,
        spark=_best(lambda: joined.write.format("noop").mode("overwrite").save()),
        polars=_best(lambda: _polars(folder, is_sorting=False)),
        polars_sorting=_best(lambda: _polars(folder, is_sorting=True)),
    )


def write_market(folder: Path, rows: dict[Table, int]) -> None:
    """Simulated rows of silver tables as `folder`/<noun>.parquet, so many of each, in order of time."""
    market = Market(MarketConfig(1, START_NS, mix={table.topic: float(count) for table, count in rows.items()}))
    left = dict(rows)
    with ExitStack() as files:
        writers = {table: files.enter_context(_writer(folder, table)) for table in rows}
        for step in range(10**6):
            if not any(left.values()):
                return
            messages = market.step(START_NS + step * SECOND_NS, SECOND_NS, A_SECOND)
            for table, writer in writers.items():
                batch = typed(messages[table.topic].slice(0, left[table]), table, 0).select(COLUMNS[table])
                writer.write_batch(batch)
                left[table] -= len(batch)


def _writer(folder: Path, table: Table) -> pq.ParquetWriter:
    schema = table.arrow_schema
    columns = [schema.field(name) for name in COLUMNS[table]]
    return pq.ParquetWriter(_file(folder, table), pa.schema(columns), compression="zstd", compression_level=1)


def _file(folder: Path, table: Table) -> Path:
    return folder / f"{table.topic.noun}.parquet"


def _spark(spark: SparkSession, folder: Path) -> DataFrame:
    trades, quotes = (spark.read.parquet(str(_file(folder, table))) for table in (SILVER_TRADES, SILVER_QUOTES))
    return asof_join(trades, quotes, POLICY)


def _polars(folder: Path, *, is_sorting: bool) -> polars.DataFrame:
    trades, quotes = (polars.scan_parquet(_file(folder, table)) for table in (SILVER_TRADES, SILVER_QUOTES))
    if is_sorting:
        trades, quotes = trades.sort("event_ns"), quotes.sort("event_ns", "venue_seq")
    timed = quotes.with_columns(quote_ns=polars.col("event_ns"))
    return trades.join_asof(
        timed, on="event_ns", by=["symbol", "venue"], allow_exact_matches=False, check_sortedness=False
    ).collect()


def _best(join: Callable[[], object]) -> float:
    seconds = []
    for _ in range(RUNS):
        began = time.monotonic()
        join()
        seconds.append(time.monotonic() - began)
    return min(seconds)
