"""Orders through Kafka to trades: how many a second, and how soon, with the exchange in a process of its own."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from subprocess import PIPE

import numpy as np
import pyarrow as pa
from confluent_kafka import Consumer, TopicPartition

from pipelines.exchange.rules import UNITS
from pipelines.source.publish import Publisher, ensure_topics
from pipelines.wire import batch_of, decode
from schemas.proto import market_pb2 as pb
from schemas.topics import ORDER_EVENTS, ORDERS, TOPICS, TRADES
from spark_jobs.instance.child import child, depthlake
from spark_jobs.progress import end_offsets
from spark_jobs.settings import Settings

SYMBOLS = 12
CENT = UNITS // 100
SLICE_S = 0.02
QUIET_S = 0.5
CANCELLED = 0.45  # of the orders, shortly after


@dataclass(frozen=True)
class ServiceSpeed:
    """Orders a second that were worked off, and milliseconds from an order's time to its trade at a reader."""

    rate: float
    p50: float
    p99: float


def make_orders(first: int, count: int, time_ns: int, seed: int) -> pa.RecordBatch:
    """Orders around 100.00 on DLXA, twelve symbols, nobody's; almost half of them cancel one that came before."""
    rng = np.random.default_rng([seed, first])
    number = np.arange(first, first + count)
    is_cancel = (rng.random(count) < CANCELLED) & (number >= SYMBOLS * 20)
    named = number - SYMBOLS * rng.integers(1, 20, count)
    columns = {
        "producer_id": pa.repeat(f"bench-{seed}", count),
        "seq": number + 1,
        "symbol": pa.array([f"S{n}" for n in range(SYMBOLS)]).take(pa.array(number % SYMBOLS)),
        "venue": pa.repeat("DLXA", count),
        "receive_ts_ns": np.full(count, time_ns),
        "action": np.where(is_cancel, pb.ORDER_ACTION_CANCEL, pb.ORDER_ACTION_NEW),
        "order_id": [f"{seed}-{n}" for n in number.tolist()],
        "original_order_id": [f"{seed}-{n}" for n in named.tolist()],
        "side": rng.integers(1, 3, count),
        "type": np.full(count, pb.ORDER_TYPE_LIMIT),
        "time_in_force": np.full(count, pb.TIME_IN_FORCE_DAY),
        "price": rng.integers(9_950, 10_050, count) * CENT,
        "quantity": rng.integers(1, 100, count) * UNITS,
    }
    return batch_of(ORDERS, columns)


def measure_service(settings: Settings, orders: int, rate: float, seconds: float) -> ServiceSpeed:
    """Work off `orders` at once; then offer `rate` orders a second for some seconds and time their trades."""
    ensure_topics(settings.bootstrap, TOPICS, settings.partitions)
    with _exchange(settings), Publisher(settings.bootstrap) as publisher:
        began = time.monotonic()
        for first in range(0, orders, 5_000):
            publisher.publish(ORDERS, make_orders(first, 5_000, time.time_ns(), seed=1))
        publisher.flush()
        worked_off = orders / (_quiet_since(settings) - began)
        latencies = _trade_latencies(settings, publisher, rate, seconds)
    return ServiceSpeed(worked_off, *(float(q) for q in np.percentile(latencies, [50, 99])))


@contextmanager
def _exchange(settings: Settings) -> Iterator[None]:
    """`depthlake exchange run`, from its first word to the end of the block."""
    with child(settings, depthlake("exchange", "run"), stderr=PIPE) as process:
        assert process.stderr is not None
        process.stderr.readline()
        yield


def _quiet_since(settings: Settings) -> float:
    """When the last event came: none follows for half a second."""
    last, since = end_offsets(settings, ORDER_EVENTS), time.monotonic()
    while time.monotonic() - since < QUIET_S or not sum(last.values()):
        time.sleep(0.05)
        if (now := end_offsets(settings, ORDER_EVENTS)) != last:
            last, since = now, time.monotonic()
    return since


def _trade_latencies(settings: Settings, publisher: Publisher, rate: float, seconds: float) -> np.ndarray:
    """Milliseconds (trades,) from the taker's time to the moment a reader of committed trades has the trade."""
    stop, found = threading.Event(), list[np.ndarray]()
    reader = threading.Thread(target=_read_trades, args=(settings, stop, found))
    reader.start()
    first = 0
    began = time.monotonic()
    while (passed := time.monotonic() - began) < seconds:
        count = int(passed * rate) - first
        if count:
            publisher.publish(ORDERS, make_orders(first, count, time.time_ns(), seed=2))
        first += count
        time.sleep(SLICE_S)
    time.sleep(2 * QUIET_S)
    stop.set()
    reader.join()
    return np.concatenate(found)


def _read_trades(settings: Settings, stop: threading.Event, found: list[np.ndarray]) -> None:
    consumer = Consumer(
        {"bootstrap.servers": settings.bootstrap, "group.id": "depthlake-bench", "isolation.level": "read_committed"}
    )
    ends = end_offsets(settings, TRADES)
    consumer.assign([TopicPartition(TRADES.name, partition, offset) for partition, offset in ends.items()])
    while not stop.is_set():
        messages = consumer.consume(10_000, 0.005)
        now = time.time_ns()
        if messages:
            trades, _ = decode(TRADES, pa.array([message.value() for message in messages], pa.binary()))
            found.append((now - trades.column("venue_ts_ns").to_numpy()) / 1e6)
    consumer.close()
