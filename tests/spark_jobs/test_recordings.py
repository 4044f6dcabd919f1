"""Recordings through Kafka: a topic holds what the importer read, of every source."""

from pathlib import Path

import pytest
from confluent_kafka import Consumer, TopicPartition

from pipelines.wire import encode
from spark_jobs.progress import end_offsets
from spark_jobs.recordings import publish_recording
from tests.conftest import Broker
from tests.spark_jobs.recordings import record_all
from tests.spark_jobs.streams import renew

pytestmark = pytest.mark.kafka


def payloads(broker: Broker, topic: str, ends: dict[int, int]) -> list[bytes]:
    consumer = Consumer({"bootstrap.servers": broker.bootstrap, "group.id": "tests", "enable.auto.commit": False})
    consumer.assign([TopicPartition(topic, partition, 0) for partition in ends])
    found = []
    while len(found) < sum(ends.values()):
        found += [message.value() for message in consumer.consume(1_000, 1)]
    consumer.close()
    return found


def test_publish_recording_of_every_source_gives_kafka_what_was_read(broker: Broker, tmp_path: Path) -> None:
    batches = [batch for file in record_all(tmp_path) for batch in file.batches]
    topics = list(dict.fromkeys(topic for topic, _ in batches))
    for topic in topics:
        renew(broker.settings, topic)
    ends = publish_recording(broker.settings, batches, None, lambda done, total: None)
    assert ends == {topic.name: end_offsets(broker.settings, topic) for topic in topics}
    for topic in topics:
        sent = [value for each, rows in batches if each == topic for value in encode(topic, rows).to_pylist()]
        assert sorted(payloads(broker, topic.name, ends[topic.name])) == sorted(sent)
