"""A shard at work: orders from Kafka, and what became of them back to it, in one transaction with the offset.

A transaction holds all that some orders caused, and how far the orders were read; readers that see only what is
committed see each trade once, whenever the process dies. A new process fences the old one off, takes the last
snapshot, works through the orders from there without publishing, and goes on where the last transaction ended.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import Any

import numpy as np
from confluent_kafka import Consumer, KafkaError, KafkaException, Message, TopicPartition

from pipelines.exchange.rules import Rules
from pipelines.exchange.shard import Outputs
from pipelines.exchange.snapshots import load_snapshot, save_snapshot
from pipelines.exchange.state import freeze_shard
from pipelines.source.publish import SILENT, Publisher, unreachable
from pipelines.wire import decode_good
from schemas.errors import ExchangeError, InstanceError
from schemas.topics import ORDERS, QUOTES

GROUP = "depthlake-exchange"
MOST_ORDERS = 5_000  # in one transaction
WAIT_S = 0.01
QUOTE_S = 0.1
SNAPSHOT_S = 30.0
REACH_S = 10
TRIES = 20
STARTING = {
    KafkaError.NOT_COORDINATOR,
    KafkaError.COORDINATOR_NOT_AVAILABLE,
    KafkaError.COORDINATOR_LOAD_IN_PROGRESS,
}
COMMIT_S = 30
MS_TO_NS = 1_000_000


@dataclass(frozen=True)
class Place:
    """Where a shard lives: its broker, its partition, the folder of its snapshots."""

    bootstrap: str
    partition: int
    folder: Path


class TransactionalPublisher(Publisher):
    """A publisher whose batches become visible together with offsets, or not at all."""

    def __init__(self, place: Place) -> None:
        """Fences off whoever published for the shard before. Raises InstanceError when no broker answers."""
        self._transactional_id = f"{GROUP}-{place.partition}"
        super().__init__(place.bootstrap)
        self._producer.init_transactions(REACH_S)

    def _settings(self) -> dict[str, Any]:
        return super()._settings() | {"transactional.id": self._transactional_id, "linger.ms": 1}

    def commit(self, outputs: Outputs, consumer: Consumer, offset: int, partition: int) -> None:
        """Publish outputs, and say that orders before `offset` are done."""
        self._producer.begin_transaction()
        for topic, batch in outputs.items():
            self.publish(topic, batch)
        offsets = [TopicPartition(ORDERS.name, partition, offset)]
        self._producer.send_offsets_to_transaction(offsets, consumer.consumer_group_metadata(), COMMIT_S)
        self._producer.commit_transaction(COMMIT_S)


class ShardService:
    """A shard between its orders and its publisher."""

    def __init__(self, place: Place, rules: Rules, clock: Callable[[], float]) -> None:
        """Come to where the last transaction ended. `clock` gives seconds that never go back.

        Raises InstanceError when no broker answers, ExchangeError when snapshot or orders do not reach back.
        """
        self._place, self._clock = place, clock
        self._publisher = TransactionalPublisher(place)
        self._consumer = _consumer(place.bootstrap)
        self._partition = TopicPartition(ORDERS.name, place.partition)
        self._offset = read_committed_offset(self._consumer, self._partition)
        self._shard, start = load_snapshot(place.folder, place.partition, rules, self._offset)
        self._catch_up(start)
        self._saved = self._quoted = self._clock()
        self._saved_offset = start
        self._saver = ThreadPoolExecutor(1)  # orders do not wait while a snapshot is written
        self._saving: Future[object] = self._saver.submit(lambda: None)

    def run(self, stop: Event) -> None:
        """Match until `stop` is set; then save a snapshot. Raises InstanceError when the broker fails."""
        try:
            while not stop.is_set():
                self.step()
            self._save()
            self._saving.result()
        except KafkaException as error:
            raise InstanceError(
                f"The exchange lost the broker at {self._place.bootstrap} on partition {self._place.partition} "
                f"({error.args[0].str()}): start it again."
            ) from error
        finally:
            self._saver.shutdown()
            self._consumer.close()

    def step(self) -> int:
        """One transaction: some orders, if there are any; quotes when they are due. Returns the number of orders."""
        messages = self._poll()
        outputs = self._apply(messages) if messages else {}
        now = self._clock()
        if now - self._quoted >= QUOTE_S and self._shard.unquoted.any():
            outputs[QUOTES] = self._shard.quotes()
            self._quoted = now
        if messages or outputs:
            self._publisher.commit(outputs, self._consumer, self._offset, self._place.partition)
        if now - self._saved >= SNAPSHOT_S:
            self._save()
        return len(messages)

    def _save(self) -> None:
        self._saved = self._clock()
        if self._offset > self._saved_offset:
            self._saving.result()
            state = freeze_shard(self._shard)
            self._saving = self._saver.submit(save_snapshot, self._place.folder, state, self._offset)
            self._saved_offset = self._offset

    def _poll(self) -> list[Message]:
        messages: list[Message] = self._consumer.consume(MOST_ORDERS, WAIT_S)
        for message in messages:
            if message.error():
                raise KafkaException(message.error())
        return messages

    def _apply(self, messages: Sequence[Message]) -> Outputs:
        orders, is_order = decode_good(ORDERS, [message.value() for message in messages])
        log_ns = np.array([message.timestamp()[1] for message in messages], np.int64) * MS_TO_NS
        self._offset = _after(messages[-1])
        return self._shard.apply(orders, log_ns[is_order])

    def _catch_up(self, start: int) -> None:
        """Work through orders from `start` to where the last transaction ended, whose outputs are out already."""
        end = self._offset
        first, _ = self._consumer.get_watermark_offsets(self._partition, REACH_S)
        if first > start:
            raise ExchangeError(
                f"{ORDERS.name}[{self._place.partition}] begins at offset {first}, but the last snapshot in "
                f"{self._place.folder} stands at {start}: bring back a later snapshot, or make the topic anew."
            )
        self._consumer.assign([TopicPartition(ORDERS.name, self._place.partition, start)])
        self._offset = start
        while self._offset < end:
            messages = [message for message in self._poll() if _after(message) <= end]
            if messages:
                self._apply(messages)
            elif self._consumer.position([self._partition])[0].offset >= end:
                break
        self._offset = end
        self._consumer.seek(TopicPartition(ORDERS.name, self._place.partition, end))


def _after(message: Message) -> int:
    """The offset behind a message."""
    offset = message.offset()
    assert offset is not None, "it came from a broker"
    return offset + 1


def read_committed_offset(consumer: Consumer, partition: TopicPartition) -> int:
    """The offset behind the last order whose transaction is through; 0 before the first.

    A broker that was just started may need some tries to find the group's coordinator. Raises InstanceError when it
    does not.
    """
    for _ in range(TRIES):
        try:
            return max(0, consumer.committed([partition], REACH_S)[0].offset)
        except KafkaException as error:
            if error.args[0].code() not in STARTING:
                raise
            consumer.poll(REACH_S / TRIES)  # nothing is assigned: it waits
    raise InstanceError(f"The broker does not find the group {GROUP}: see its log.")


def count_partitions(bootstrap: str) -> int:
    """Partitions of the orders' topic: as many shards. Raises InstanceError when no broker answers."""
    consumer = _consumer(bootstrap)
    try:
        return len(consumer.list_topics(ORDERS.name, REACH_S).topics[ORDERS.name].partitions)
    except KafkaException as error:
        raise unreachable(bootstrap) from error
    finally:
        consumer.close()


def _consumer(bootstrap: str) -> Consumer:
    return Consumer(
        {
            "bootstrap.servers": bootstrap,
            "group.id": GROUP,
            "enable.auto.commit": False,
            "auto.offset.reset": "error",
            "isolation.level": "read_committed",
            "fetch.wait.max.ms": 10,
            "fetch.queue.backoff.ms": 5,
            "log_level": 0,
        },
        logger=SILENT,
    )
