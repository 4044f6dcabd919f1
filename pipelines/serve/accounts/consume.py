"""From market.order_events.v1 into the database, slice by slice, until told to stop."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Event

from confluent_kafka import Consumer, KafkaError, KafkaException, Message, TopicCollection, TopicPartition
from confluent_kafka.admin import AdminClient
from sqlalchemy import Engine

from pipelines.serve.accounts.projection import Slice, begin_partitions, project, projected_offsets
from pipelines.source.publish import SILENT
from schemas.errors import InstanceError
from schemas.topics import ORDER_EVENTS

MOST_MESSAGES = 20_000  # in a slice
POLL_S = 0.2  # longest time that a message waits for others
REACH_S = 10

Offsets = dict[int, int]  # partition -> the next offset to read


@dataclass(frozen=True)
class Until:
    """When to stop: once `stop` is set, or, with `is_once`, where the topic ends now."""

    stop: Event
    is_once: bool = False


@dataclass
class _Reading:
    """A consumer at work: where it is in each partition, and which partitions it has read to their end."""

    consumer: Consumer
    topic_id: str
    offsets: Offsets
    ended: set[int]

    def slices(self) -> Iterator[Slice]:
        """What has arrived, a slice a partition; waits `POLL_S` at most for more."""
        payloads: dict[int, list[bytes | None]] = {}
        ends: Offsets = {}
        for message in self.consumer.consume(MOST_MESSAGES, POLL_S):
            is_end, (partition, offset) = _is_end(message), _place(message)
            if is_end:
                self.ended.add(partition)
            else:
                payloads.setdefault(partition, []).append(message.value())
                ends[partition] = offset + 1
        for partition, some in payloads.items():
            start, self.offsets[partition] = self.offsets[partition], ends[partition]
            yield Slice(self.topic_id, partition, start, ends[partition], some)


def _is_end(message: Message) -> bool:
    """Whether it says that its partition has no more now."""
    error = message.error()
    if error is not None and error.code() != KafkaError._PARTITION_EOF:
        raise InstanceError(f"{ORDER_EVENTS.name} cannot be read ({error.str()}): see the broker's log.")
    return error is not None


def _place(message: Message) -> tuple[int, int]:
    partition, offset = message.partition(), message.offset()
    assert partition is not None and offset is not None, "what was read has a place"
    return partition, offset


def follow(engine: Engine, bootstrap: str, until: Until) -> Iterator[int]:
    """Project the topic from where the database is; yields the number of messages of each slice it has written.

    It can be cut anywhere: what is not committed is read again. Raises InstanceError when the broker does not answer,
    has lost messages that the database has not, or when another process projects into the database.
    """
    try:
        with _reading(engine, bootstrap) as reading:
            while not (until.stop.is_set() or (until.is_once and reading.ended >= reading.offsets.keys())):
                yield from _write(engine, reading, until.stop)
    except KafkaException as error:
        raise InstanceError(f"No broker answers at {bootstrap} ({error.args[0].str()}): run depthlake up.") from error


def _write(engine: Engine, reading: _Reading, stop: Event) -> Iterator[int]:
    for messages in reading.slices():
        project(engine, messages)
        yield len(messages.payloads)
        if stop.is_set():
            return


@contextmanager
def _reading(engine: Engine, bootstrap: str) -> Iterator[_Reading]:
    consumer = Consumer(_settings(bootstrap), logger=SILENT)
    try:
        topic_id = _topic_id(bootstrap)
        offsets = _start(engine, topic_id, _begin_offsets(consumer))
        consumer.assign([TopicPartition(ORDER_EVENTS.name, *place) for place in offsets.items()])
        yield _Reading(consumer, topic_id, offsets, set())
    finally:
        consumer.close()


def _settings(bootstrap: str) -> dict[str, object]:
    return {
        "bootstrap.servers": bootstrap,
        "group.id": "depthlake-project",
        "enable.auto.commit": False,
        "isolation.level": "read_committed",
        "auto.offset.reset": "error",
        "enable.partition.eof": True,
        "log_level": 0,
    }


def _topic_id(bootstrap: str) -> str:
    admin = AdminClient({"bootstrap.servers": bootstrap}, logger=SILENT)
    topics = admin.describe_topics(TopicCollection([ORDER_EVENTS.name]), request_timeout=REACH_S)
    return str(topics[ORDER_EVENTS.name].result().topic_id)


def _begin_offsets(consumer: Consumer) -> Offsets:
    """The first offset that the broker still has, of each partition."""
    found = consumer.list_topics(ORDER_EVENTS.name, timeout=REACH_S).topics[ORDER_EVENTS.name].partitions
    places = [TopicPartition(ORDER_EVENTS.name, partition) for partition in found]
    return {place.partition: consumer.get_watermark_offsets(place, timeout=REACH_S)[0] for place in places}


def _start(engine: Engine, topic_id: str, begins: Offsets) -> Offsets:
    """Where the database is, in every partition. Raises InstanceError when the broker begins after that."""
    begin_partitions(engine, topic_id, begins)
    offsets = projected_offsets(engine, topic_id)
    for partition, begin in begins.items():
        if begin > offsets[partition]:
            raise InstanceError(
                f"{ORDER_EVENTS.name}[{partition}] begins at offset {begin}, the database ends at "
                f"{offsets[partition]}: what lay between has expired, project into an empty database."
            )
    return offsets
