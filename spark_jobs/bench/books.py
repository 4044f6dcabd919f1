"""Rebuilding books in Spark from rows of silver.depth."""

import time
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from pyspark.sql.connect.session import SparkSession

from pipelines.silver.decode import type_messages
from pipelines.source.simulator.config import MarketConfig
from pipelines.source.simulator.market import Market
from schemas.silver import SILVER_DEPTH
from schemas.topics import DEPTH, QUOTES
from spark_jobs.books import rebuild

START_NS = 1_723_075_200 * 10**9
SECOND_NS = 10**9
A_SECOND = 50_000


def measure_rebuild(spark: SparkSession, folder: Path, updates: int) -> float:
    """Seconds to rebuild 60 books from so many simulated updates, from Parquet to rows; the better of two runs."""
    path = folder / "depth.parquet"
    write_depth(path, updates)
    seconds = []
    for _ in range(2):
        began = time.monotonic()
        rebuild(spark.read.parquet(str(path))).write.format("noop").mode("overwrite").save()
        seconds.append(time.monotonic() - began)
    return min(seconds)


def write_depth(path: Path, updates: int) -> None:
    """Simulated rows of silver.depth, at least so many."""
    market = Market(MarketConfig(1, START_NS, mix={QUOTES: 0.5, DEPTH: 0.5}))
    written = 0
    with pq.ParquetWriter(path, SILVER_DEPTH.arrow_schema, compression="zstd", compression_level=1) as writer:
        for step in range(10**6):
            if written >= updates:
                return
            message = market.step(START_NS + step * SECOND_NS, SECOND_NS, A_SECOND)[DEPTH]
            writer.write_batch(_typed(message.slice(0, updates - written), written))
            written += len(message)


def _typed(message: pa.RecordBatch, offset: int) -> pa.RecordBatch:
    schema, now = SILVER_DEPTH.arrow_schema, datetime.now(UTC)
    given = {"kafka_topic": DEPTH.name, "kafka_partition": 0, "kafka_ts": now, "ingest_ts": now}
    columns = {
        name: pa.repeat(pa.scalar(value, schema.field(name).type), len(message)) for name, value in given.items()
    }
    columns["kafka_offset"] = pa.array(np.arange(offset, offset + len(message)))
    typed = type_messages(message, pa.RecordBatch.from_pydict(columns), SILVER_DEPTH)
    return typed.select(SILVER_DEPTH.column_names).cast(schema)
