"""The publisher against a real broker."""

import socket
import uuid
from collections import defaultdict

import pyarrow as pa
import pytest
from confluent_kafka import Consumer, TopicPartition
from kafka.admin import ConfigResource, ConfigResourceType, KafkaAdminClient

from pipelines.source import publish as module
from pipelines.source.publish import Publisher, ensure_topics
from pipelines.source.simulator.config import MarketConfig
from pipelines.source.simulator.market import Market
from pipelines.wire import batch_of, encode
from schemas.errors import InstanceError
from schemas.registry import Topic
from schemas.topics import DEPTH, QUOTES, TOPICS

SECOND = 1_000_000_000


@pytest.fixture
def topic(broker) -> Topic:
    """A quotes topic that no other test knows, with two partitions."""
    created = Topic(f"test.quotes.{uuid.uuid4().hex}", QUOTES.message)
    ensure_topics(broker.bootstrap, [created], 2)
    return created


def _quotes(events: int) -> pa.RecordBatch:
    return Market(MarketConfig(5, 0, mix={QUOTES: 1.0})).step(0, SECOND, events)[QUOTES]


def _read(bootstrap: str, topic: Topic, ends: dict[int, int]) -> dict[int, list[tuple[bytes, bytes]]]:
    """Key and value of every message, by partition."""
    consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": "test", "enable.auto.commit": False})
    consumer.assign([TopicPartition(topic.name, partition, 0) for partition in ends])
    read = defaultdict(list)
    while sum(map(len, read.values())) < sum(ends.values()):
        for message in consumer.consume(10_000, 0.5):
            read[message.partition()].append((message.key(), message.value()))
    consumer.close()
    return read


def _closed_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


@pytest.mark.kafka
def test_publish_delivers_every_row_keyed_by_symbol_in_order(broker, topic: Topic):
    batch = _quotes(25_000)
    with Publisher(broker.bootstrap) as publisher:
        assert publisher.publish(topic, batch) == 25_000
        publisher.flush()
        ends = publisher.end_offsets(topic)
    assert sorted(ends) == [0, 1]
    assert sum(ends.values()) == 25_000
    expected = defaultdict(list)
    for symbol, value in zip(batch.column("symbol").to_pylist(), encode(topic, batch).to_pylist(), strict=True):
        expected[symbol.encode()].append(value)
    read = _read(broker.bootstrap, topic, ends)
    found = [(key, [v for k, v in rows if k == key]) for rows in read.values() for key in {k for k, _ in rows}]
    assert sorted(found) == sorted(expected.items())


@pytest.mark.kafka
def test_publish_waits_instead_of_dropping_when_much_is_on_its_way(broker, topic: Topic, monkeypatch):
    monkeypatch.setattr(module, "CHUNK", 100)
    monkeypatch.setattr(module, "MOST_WAITING", 300)
    with Publisher(broker.bootstrap) as publisher:
        publisher.publish(topic, _quotes(5_000))
        assert len(publisher._producer) <= 300
    assert sum(publisher.end_offsets(topic).values()) == 5_000


@pytest.mark.kafka
def test_publish_sends_again_what_librdkafka_had_no_room_for(broker, topic: Topic, monkeypatch):
    original = Publisher._settings
    monkeypatch.setattr(Publisher, "_settings", lambda self: original(self) | {"queue.buffering.max.messages": 700})
    with Publisher(broker.bootstrap) as publisher:
        publisher.publish(topic, _quotes(5_000))
    assert sum(publisher.end_offsets(topic).values()) == 5_000


@pytest.mark.kafka
def test_publish_keeps_nothing_when_the_batch_is_empty(broker, topic: Topic):
    with Publisher(broker.bootstrap) as publisher:
        assert publisher.publish(topic, _quotes(10).slice(0, 0)) == 0
    assert publisher.end_offsets(topic) == {0: 0, 1: 0}


@pytest.mark.kafka
def test_publish_raises_when_a_message_is_too_large_to_send(broker):
    levels = [[10**15] * 300_000]
    batch = batch_of(DEPTH, {"symbol": ["A"], "bid_prices": levels, "bid_quantities": levels})
    publisher = Publisher(broker.bootstrap)
    with pytest.raises(InstanceError, match=f"{broker.bootstrap} did not take a message .*too large"):
        publisher.publish(Topic("test.large", DEPTH.message), batch)


@pytest.mark.kafka
def test_flush_raises_when_the_broker_refuses_a_message(broker, topic: Topic):
    resource = ConfigResource(ConfigResourceType.TOPIC, topic.name, {"max.message.bytes": "100"})
    admin = KafkaAdminClient(bootstrap_servers=broker.bootstrap)
    admin.alter_configs([resource])
    admin.close()
    publisher = Publisher(broker.bootstrap)
    publisher.publish(topic, _quotes(10))
    with pytest.raises(InstanceError, match=f"{broker.bootstrap} did not take a message"):
        publisher.flush()


@pytest.mark.kafka
def test_ensure_topics_creates_the_missing_and_leaves_the_others(broker):
    names = [f"test.ensure.{uuid.uuid4().hex}" for _ in range(2)]
    first, second = (Topic(name, QUOTES.message) for name in names)
    ensure_topics(broker.bootstrap, [first], 3)
    ensure_topics(broker.bootstrap, [first, second], 2)
    with Publisher(broker.bootstrap) as publisher:
        assert [len(publisher.end_offsets(each)) for each in (first, second)] == [3, 2]


def test_publisher_names_the_address_where_no_broker_answers(monkeypatch):
    monkeypatch.setattr(module, "REACH_S", 0.5)
    address = f"127.0.0.1:{_closed_port()}"
    with pytest.raises(InstanceError, match=f"No broker answers at {address}: start it"):
        Publisher(address)
    with pytest.raises(InstanceError, match=f"No broker answers at {address}: start it"):
        ensure_topics(address, TOPICS, 2)
