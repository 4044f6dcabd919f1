"""From Kafka to visible gold: how much at most, and how soon."""

import json
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from pyspark.sql.connect.session import SparkSession

from schemas.topics import QUOTES
from spark_jobs.bench.load import load
from spark_jobs.offsets import committed_offsets
from spark_jobs.progress import end_offsets, missing, read_offsets, stream_name, wait_until_visible
from spark_jobs.settings import Settings


@dataclass(frozen=True)
class Throughput:
    """Rows a second that went through to gold while a load ran, and how many it had ahead at the end."""

    offered: float
    sustained: float
    behind: int


@dataclass(frozen=True)
class Latency:
    """From an event's time to the commit that made it visible in gold, milliseconds."""

    rate: float
    events: int
    p50: float
    p99: float


def measure_throughput(settings: Settings, rate: float, warm_s: float, seconds: float) -> Throughput:
    """Offer `rate` quotes a second; count what goes through after `warm_s`, producer and broker on this machine."""
    checkpoint = settings.checkpoints / stream_name(settings, QUOTES)
    with load(settings, rate, warm_s + seconds + 5, seed=11):
        time.sleep(warm_s)
        first, began = _next_batch(checkpoint)
        time.sleep(seconds)
        last, ended = _next_batch(checkpoint)
        behind = missing(end_offsets(settings, QUOTES), read_offsets(settings, QUOTES))
    wait_until_visible(settings, {QUOTES.name: end_offsets(settings, QUOTES)}, timeout_s=300)
    return Throughput(rate, (last - first) / (ended - began), behind)


def _next_batch(checkpoint: Path) -> tuple[int, float]:
    """Rows read so far, at the moment a batch ends."""
    before = committed_offsets(checkpoint)
    while (now := committed_offsets(checkpoint)) == before:
        time.sleep(0.02)
    return sum(now.values()), time.monotonic()


def measure_latency(settings: Settings, spark: SparkSession, rate: float, warm_s: float, seconds: float) -> Latency:
    """Offer `rate` quotes a second and compare each event's time with the commit that brought it to gold."""
    with load(settings, rate, warm_s + seconds, seed=12) as process:
        time.sleep(warm_s)
        since = time.time_ns()
        process.wait()
        until = time.time_ns()
    wait_until_visible(settings, {QUOTES.name: end_offsets(settings, QUOTES)}, timeout_s=300)
    latencies = event_latencies(spark, since, until)
    return Latency(rate, len(latencies), *(float(q) for q in np.percentile(latencies, [50, 99])))


def event_latencies(spark: SparkSession, since_ns: int, until_ns: int) -> npt.NDArray[np.float64]:
    """Milliseconds from each quote's event time, in [since, until), to the time of its commit in gold."""
    between = f"event_ns >= {since_ns} AND event_ns < {until_ns}"
    events = spark.sql(f"SELECT kafka_partition, kafka_offset, event_ns FROM silver.quotes WHERE {between}").toArrow()
    partition, offset, event_ns = (column.to_numpy() for column in events.columns)
    history = spark.sql("DESCRIBE HISTORY gold.obi_100ms_partials").select("timestamp", "userMetadata").collect()
    commits = [(row[0].timestamp() * 1e3, json.loads(row[1])["offsets"]) for row in reversed(history) if row[1]]
    committed = np.array([commit[0] for commit in commits])
    latencies = np.empty(len(offset))
    for number in np.unique(partition):
        reached = np.array([commit[1].get(str(number), 0) for commit in commits])
        rows = partition == number
        brought_by = np.searchsorted(reached, offset[rows], side="right")
        latencies[rows] = committed[brought_by] - event_ns[rows] / 1e6
    return latencies
