"""The exchange on a real broker: transactions, restarts, kills."""

import multiprocessing
import random
import time
from collections.abc import Iterator
from pathlib import Path
from threading import Event

import pyarrow as pa
import pytest
from confluent_kafka import Consumer, TopicPartition
from confluent_kafka.admin import AdminClient

from pipelines.exchange.rules import Rules
from pipelines.exchange.service import Place, ShardService, read_committed_offset
from pipelines.exchange.shard import Shard
from pipelines.exchange.snapshots import save_snapshot
from pipelines.exchange.state import freeze_shard
from pipelines.source.publish import Publisher
from pipelines.wire import encode
from schemas.errors import ExchangeError, InstanceError
from schemas.registry import Topic
from schemas.topics import DEPTH, ORDER_EVENTS, ORDERS, QUOTES, TOPICS, TRADES
from tests.conftest import Broker, broker_in
from tests.pipelines.exchange.flows import whole
from tests.pipelines.exchange.killed import run_shard
from tests.spark_jobs.streams import renew

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(600)]

KILLS = 100
ROUND = 500  # orders between two kills
PATIENCE_S = 60
TAPE = (TRADES, ORDER_EVENTS, DEPTH)

Tape = dict[Topic, list[bytes]]


@pytest.fixture(scope="module")
def exchange_broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    """A broker with the exchange's topics to itself, one partition each."""
    with broker_in(tmp_path_factory.mktemp("exchange")) as running:
        yield running


@pytest.fixture
def bootstrap(exchange_broker: Broker) -> str:
    """Topics made anew."""
    for topic in TOPICS:
        renew(exchange_broker.settings, topic, partitions=1)
    return exchange_broker.bootstrap


def publish(bootstrap: str, orders: pa.RecordBatch) -> None:
    with Publisher(bootstrap) as publisher:
        publisher.publish(ORDERS, orders)


def read(bootstrap: str, topic: Topic) -> list[bytes]:
    """All committed messages of a topic."""
    settings = {"bootstrap.servers": bootstrap, "group.id": "tests", "isolation.level": "read_committed"}
    consumer = Consumer(settings | {"enable.partition.eof": True, "auto.offset.reset": "earliest", "log_level": 0})
    consumer.assign([TopicPartition(topic.name, 0, 0)])
    found: list[bytes] = []
    while True:
        for message in consumer.consume(10_000, 0.5):
            if message.error():
                consumer.close()
                return found
            found.append(message.value() or b"")


def expected_tape(orders: pa.RecordBatch) -> Tape:
    return {topic: encode(topic, rows).to_pylist() for topic, rows in Shard(0, Rules()).apply(orders).items()}


def tape_of(bootstrap: str) -> Tape:
    return {topic: read(bootstrap, topic) for topic in TAPE}


def service(bootstrap: str, folder: Path) -> ShardService:
    return ShardService(Place(bootstrap, 0, folder), Rules(), time.monotonic)


def work_off(shard: ShardService, orders: int) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while orders > 0 and time.monotonic() < deadline:
        orders -= shard.step()
    assert orders == 0


def test_step_publishes_what_the_shard_says_and_quotes_follow(bootstrap: str, tmp_path: Path) -> None:
    orders = whole(seed=5, count=2_000)
    publish(bootstrap, orders)
    shard = service(bootstrap, tmp_path)
    work_off(shard, len(orders))
    assert tape_of(bootstrap) == expected_tape(orders)
    time.sleep(0.11)
    shard.step()
    assert len(read(bootstrap, QUOTES)) >= 6


def test_restart_with_and_without_snapshot_goes_on(bootstrap: str, tmp_path: Path) -> None:
    orders = whole(seed=6, count=3_000)
    for start in range(0, len(orders), 1_000):
        publish(bootstrap, orders.slice(start, 1_000))
        shard = service(bootstrap, tmp_path)
        work_off(shard, min(1_000, len(orders) - start))
        if start == 1_000:
            shard._save()
            shard._saving.result()
    assert [path.name for path in tmp_path.iterdir()] == [f"{2_000:020}.snapshot"]
    assert tape_of(bootstrap) == expected_tape(orders)


def test_order_that_cannot_be_decoded_is_left_to_the_lake(bootstrap: str, tmp_path: Path) -> None:
    orders = whole(seed=7, count=100)
    publish(bootstrap, orders)
    with Publisher(bootstrap) as publisher:
        publisher._producer.produce(ORDERS.name, b"\xff")
    shard = service(bootstrap, tmp_path)
    work_off(shard, len(orders) + 1)
    assert tape_of(bootstrap) == expected_tape(orders)


def test_service_fences_off_the_one_before(bootstrap: str, tmp_path: Path) -> None:
    publish(bootstrap, whole(seed=8, count=10))
    first = service(bootstrap, tmp_path)
    second = service(bootstrap, tmp_path)
    with pytest.raises(InstanceError, match=r"lost the broker at .* on partition 0"):
        first.run(Event())
    work_off(second, 67)


def test_service_with_a_snapshot_that_is_no_more_reached(bootstrap: str, tmp_path: Path) -> None:
    publish(bootstrap, whole(seed=9, count=100))
    shard = service(bootstrap, tmp_path)
    work_off(shard, 157)
    admin = AdminClient({"bootstrap.servers": bootstrap, "log_level": 0})
    for done in admin.delete_records([TopicPartition(ORDERS.name, 0, 50)]).values():
        done.result()
    with pytest.raises(ExchangeError, match=r"begins at offset 50, but the last snapshot in .* stands at 0"):
        service(bootstrap, tmp_path)
    save_snapshot(tmp_path, freeze_shard(shard._shard), 157)
    service(bootstrap, tmp_path)


def test_service_without_broker_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(InstanceError, match=r"No broker answers at 127\.0\.0\.1:1: start it"):
        service("127.0.0.1:1", tmp_path)


def test_killed_a_hundred_times_the_tape_is_the_undisturbed_one(bootstrap: str, tmp_path: Path) -> None:
    orders = whole(seed=10, count=ROUND * KILLS)
    context, chance = multiprocessing.get_context("forkserver"), random.Random(4)
    context.set_forkserver_preload(["tests.pipelines.exchange.killed"])
    left = []
    for number in range(KILLS):
        publish(bootstrap, orders.slice(number * ROUND, ROUND))
        is_ready = context.Event()
        process = context.Process(target=run_shard, args=(bootstrap, str(tmp_path), is_ready), daemon=True)
        process.start()
        is_ready.wait(chance.uniform(0, 0.5) if number % 10 == 0 else PATIENCE_S)
        time.sleep(chance.uniform(0, 0.3))
        process.kill()
        process.join()
        left.append((number + 1) * ROUND - committed(bootstrap))
    assert sum(orders_left > 0 for orders_left in left) > KILLS // 4, "kills came when all was done"
    assert len(set(left)) > KILLS // 10, "kills came before anything was done"
    publish(bootstrap, orders.slice(KILLS * ROUND))
    work_off(service(bootstrap, tmp_path), left[-1] + len(orders) - KILLS * ROUND)
    assert tape_of(bootstrap) == expected_tape(orders)


def committed(bootstrap: str) -> int:
    """Orders whose transactions are through; what a killed process left open is not waited for."""
    settings = {"bootstrap.servers": bootstrap, "group.id": "depthlake-exchange", "log_level": 0}
    consumer = Consumer(settings | {"isolation.level": "read_uncommitted"})
    offset = read_committed_offset(consumer, TopicPartition(ORDERS.name, 0))
    consumer.close()
    return offset
