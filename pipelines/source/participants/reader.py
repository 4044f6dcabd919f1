"""What the exchange says, from Kafka: committed order events, trades and quotes from now on."""

from types import TracebackType
from typing import Self

import pyarrow as pa
from confluent_kafka import Consumer, KafkaError, KafkaException, Message, TopicPartition

from pipelines.source.publish import SILENT, unreachable
from pipelines.wire import decode_good
from schemas.errors import InstanceError
from schemas.registry import Topic
from schemas.topics import ORDER_EVENTS, QUOTES, TRADES, topic_named

HEARD = (ORDER_EVENTS, TRADES, QUOTES)
MOST_MESSAGES = 20_000  # of one poll
POLL_S = 0.02
REACH_S = 10
TRIES, TRY_S = 50, 0.1

Said = dict[Topic, pa.RecordBatch]


class Reader:
    """Reads all partitions from where they end now; use it as a context manager."""

    def __init__(self, bootstrap: str) -> None:
        """`bootstrap` is host:port; the topics are there. Raises InstanceError when no broker answers."""
        self._bootstrap = bootstrap
        self._consumer = Consumer(
            {
                "bootstrap.servers": bootstrap,
                "group.id": "depthlake-participants",
                "enable.auto.commit": False,
                "isolation.level": "read_committed",
                "fetch.wait.max.ms": 10,
                "log_level": 0,
            },
            logger=SILENT,
        )
        try:
            self._consumer.assign([self._end(place) for topic in HEARD for place in self._places(topic)])
        except KafkaException as error:
            raise unreachable(bootstrap) from error

    def _places(self, topic: Topic) -> list[TopicPartition]:
        partitions = self._consumer.list_topics(topic.name, REACH_S).topics[topic.name].partitions
        return [TopicPartition(topic.name, partition) for partition in partitions]

    def _end(self, place: TopicPartition) -> TopicPartition:
        """Where a partition ends; one that was just made has no leader for some moments."""
        for _ in range(TRIES):
            try:
                return TopicPartition(
                    place.topic, place.partition, self._consumer.get_watermark_offsets(place, REACH_S)[1]
                )
            except KafkaException as error:
                if error.args[0].code() != KafkaError.NOT_LEADER_FOR_PARTITION:
                    raise
                self._consumer.poll(TRY_S)
        raise InstanceError(f"{place.topic}[{place.partition}] at {self._bootstrap} has no leader: try again.")

    def __enter__(self) -> Self:
        """Itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leave the broker."""
        self._consumer.close()

    def poll(self) -> Said:
        """What came in the last moments, by topic, each in order; empty after 20 ms without anything.

        What cannot be decoded is passed over. Raises InstanceError when the broker fails.
        """
        payloads: dict[str, list[bytes | None]] = {}
        for message in self._consumer.consume(MOST_MESSAGES, POLL_S):
            payloads.setdefault(str(message.topic()), []).append(self._payload(message))
        return {topic_named(name): decode_good(topic_named(name), values)[0] for name, values in payloads.items()}

    def _payload(self, message: Message) -> bytes | None:
        error = message.error()
        if error:
            raise InstanceError(
                f"The broker at {self._bootstrap} failed while being read ({error.str()}): see its log."
            )
        value: bytes | None = message.value()
        return value
