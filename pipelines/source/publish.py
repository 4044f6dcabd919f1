"""Rows to Kafka: topics that exist, messages keyed by symbol, nothing dropped."""

import logging
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from types import TracebackType
from typing import Any, Self

import pyarrow as pa
from confluent_kafka import KafkaError, KafkaException, Message, Producer
from kafka import TopicPartition
from kafka.admin import KafkaAdminClient, OffsetSpec
from kafka.errors import KafkaError as AdminError
from kafka.errors import NoError, TopicAlreadyExistsError

from pipelines.wire import encode
from schemas.errors import InstanceError
from schemas.registry import Topic

CHUNK = 10_000  # messages handed to librdkafka at once
MOST_WAITING = 100_000  # messages that may wait for the broker
ANY_PARTITION = -1  # librdkafka asks its partitioner
POLL_S = 0.01
REACH_S = 10
DELIVERY_S = 30
RETENTION_MS = 7 * 24 * 3600 * 1000

SILENT = logging.getLogger("depthlake.kafka")  # librdkafka's own lines: what matters of them is raised
SILENT.addHandler(logging.NullHandler())
SILENT.propagate = False

Outgoing = dict[str, Any]  # value and key; `_error` where librdkafka refused the message


@contextmanager
def _administering(bootstrap: str) -> Iterator[KafkaAdminClient]:
    """An administrator's connection; what goes wrong becomes InstanceError."""
    try:
        admin = KafkaAdminClient(bootstrap_servers=bootstrap, bootstrap_timeout_ms=REACH_S * 1000)
    except AdminError as error:
        raise unreachable(bootstrap) from error
    try:
        with closing(admin):
            yield admin
    except AdminError as error:
        raise InstanceError(f"The broker at {bootstrap} failed ({type(error).__name__}): see its log.") from error


def ensure_topics(bootstrap: str, topics: Sequence[Topic], partitions: int) -> None:
    """Create the topics that are missing: messages keep seven days, times are the producer's. Others stay as they are.

    Raises InstanceError when no broker answers at `bootstrap` (host:port), or when it refuses a topic.
    """
    configs = {"retention.ms": str(RETENTION_MS), "message.timestamp.type": "CreateTime"}
    wanted = {t.name: {"num_partitions": partitions, "replication_factor": 1, "configs": configs} for t in topics}
    with _administering(bootstrap) as admin:
        for topic in admin.create_topics(wanted, raise_errors=False)["topics"]:
            if topic["error_code"] not in (NoError.errno, TopicAlreadyExistsError.errno):
                reason = topic["error_message"]
                raise InstanceError(f"The broker at {bootstrap} refused topic {topic['name']} ({reason}): see its log.")
        admin.wait_for_topics(list(wanted))


class Publisher:
    """Sends batches to a broker, in order; what it sends is neither lost nor repeated while it lives.

    Use it as a context manager: leaving it waits until everything is delivered.
    """

    def __init__(self, bootstrap: str) -> None:
        """`bootstrap` is host:port. Raises InstanceError when no broker answers there."""
        self._bootstrap = bootstrap
        self._failure: KafkaError | None = None
        self._producer = Producer(self._settings(), logger=SILENT)
        try:
            self._producer.list_topics(timeout=REACH_S)
        except KafkaException as error:
            raise unreachable(bootstrap) from error

    def _settings(self) -> dict[str, Any]:
        return {
            "bootstrap.servers": self._bootstrap,
            "enable.idempotence": True,
            "linger.ms": 5,
            "batch.size": 1_000_000,
            "queue.buffering.max.messages": 1_000_000,
            "queue.buffering.max.kbytes": 2_000_000,
            "message.timeout.ms": DELIVERY_S * 1000,
            "partitioner": "murmur2_random",  # as Java clients
            "delivery.report.only.error": True,
            "on_delivery": self._on_delivery,
            "log_level": 0,
        }

    def _on_delivery(self, error: KafkaError | None, message: Message) -> None:
        self._failure = self._failure or error

    def __enter__(self) -> Self:
        """Itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Wait for delivery, unless an error is on its way out."""
        if error is None:
            self.flush()

    def publish(self, topic: Topic, batch: pa.RecordBatch, partition: int = ANY_PARTITION) -> int:
        """Send rows of `wire_schema(topic)` and return their number; waits while too many are on their way.

        They go to `partition`, by default each to the one of its symbol.
        Raises WireError on other columns, InstanceError when something sent, now or before, was not delivered.
        """
        values, keys = encode(topic, batch).to_pylist(), batch.column("symbol").to_pylist()
        for start in range(0, len(values), CHUNK):
            pairs = zip(values[start : start + CHUNK], keys[start : start + CHUNK], strict=True)
            self._send(topic, [{"value": value, "key": key} for value, key in pairs], partition)
        return len(values)

    def _send(self, topic: Topic, messages: list[Outgoing], partition: int) -> None:
        while messages:
            self._wait_until(MOST_WAITING - len(messages))
            accepted = self._producer.produce_batch(topic.name, messages, partition)
            messages = self._refused(messages) if accepted < len(messages) else []

    def _refused(self, messages: list[Outgoing]) -> list[Outgoing]:
        """The messages for which there was no room, to be sent again; nothing waits any more then."""
        refused = [message for message in messages if "_error" in message]
        for message in refused:
            error = message.pop("_error")
            if error.code() != KafkaError._QUEUE_FULL:
                raise self._undelivered(error)
        self.flush()
        return refused

    def _wait_until(self, waiting: int) -> None:
        """Poll until at most `waiting` messages are on their way."""
        self._producer.poll(0)
        while len(self._producer) > waiting and self._failure is None:
            self._producer.poll(POLL_S)
        if self._failure is not None:
            raise self._undelivered(self._failure)

    def flush(self) -> None:
        """Wait until everything is delivered. Raises InstanceError when something was not, after 30 s at most."""
        self._wait_until(0)

    def end_offsets(self, topic: Topic) -> dict[int, int]:
        """The offset after the last message of each partition: after `flush`, all that was published lies below.

        Raises InstanceError when the broker does not answer.
        """
        with _administering(self._bootstrap) as admin:
            found = admin.describe_topics([topic.name])[0]["partitions"]
            places = [TopicPartition(topic.name, partition["partition_index"]) for partition in found]
            offsets = admin.list_partition_offsets(dict.fromkeys(places, OffsetSpec.LATEST))
            return {place.partition: offsets[place].offset for place in sorted(places)}

    def _undelivered(self, error: KafkaError) -> InstanceError:
        return InstanceError(f"The broker at {self._bootstrap} did not take a message ({error.str()}): see its log.")


def unreachable(bootstrap: str) -> InstanceError:
    """What to raise when no broker answers."""
    return InstanceError(f"No broker answers at {bootstrap}: start it with `depthlake up`.")
