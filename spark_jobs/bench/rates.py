"""How fast the parts are on their own: simulator, codec."""

import threading
import time
from collections.abc import Callable

import pyarrow as pa

from pipelines.source.publish import Publisher, ensure_topics
from pipelines.source.simulator.config import MarketConfig
from pipelines.source.simulator.market import Market
from pipelines.source.simulator.run import Clock, Pace, simulate
from pipelines.wire import decode, encode
from schemas.topics import QUOTES, TOPICS
from spark_jobs.settings import Settings

QUOTE_COUNT = 200_000


def measure_simulator(settings: Settings, seconds: float) -> float:
    """Events a second of the whole market, made, encoded and delivered to the broker by one process."""
    ensure_topics(settings.bootstrap, TOPICS, settings.partitions)
    market = Market(MarketConfig(seed=13, start_ns=time.time_ns()))
    clock = Clock(time.time_ns, time.sleep)
    began = time.monotonic()
    with Publisher(settings.bootstrap) as publisher:
        sent = max(simulate(market, publisher.publish, Pace(0, seconds), clock, threading.Event()))
    return sent / (time.monotonic() - began)


def quotes(count: int) -> pa.RecordBatch:
    """About `count` simulated quotes with five levels."""
    market = Market(MarketConfig(seed=14, start_ns=0, mix={QUOTES: 1.0}))
    return market.step(0, 1_000_000_000, count)[QUOTES]


def measure_codec() -> tuple[float, float]:
    """Quotes a second and core: encoded, decoded."""
    rows = quotes(QUOTE_COUNT)
    payloads = encode(QUOTES, rows)
    return _rate(lambda: encode(QUOTES, rows), len(rows)), _rate(lambda: decode(QUOTES, payloads), len(rows))


def _rate(work: Callable[[], object], rows: int) -> float:
    seconds = []
    for _ in range(5):
        began = time.monotonic()
        work()
        seconds.append(time.monotonic() - began)
    return rows / min(seconds)
