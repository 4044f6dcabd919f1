"""How far the lakehouse has come, seen from outside: checkpoints against the broker's offsets."""

import time
from collections.abc import Callable

from confluent_kafka import Consumer, TopicCollection, TopicPartition
from confluent_kafka.admin import AdminClient

from pipelines.source.publish import SILENT
from schemas.errors import InstanceError
from schemas.registry import Topic
from schemas.topics import TOPICS
from spark_jobs.instance import lifecycle
from spark_jobs.offsets import Offsets, committed_offsets
from spark_jobs.settings import Settings

POLL_S = 0.1


def stream_name(settings: Settings, topic: Topic) -> str:
    """`<topic>/<Kafka's id of it>`: a topic that is deleted and made again is another stream."""
    admin = AdminClient({"bootstrap.servers": settings.bootstrap, "log_level": 3})
    described = admin.describe_topics(TopicCollection([topic.name]))[topic.name].result()
    incarnation = str(described.topic_id).replace("+", "-").replace("/", "_")
    return f"{topic.name}/{incarnation}"


def read_offsets(settings: Settings, topic: Topic) -> Offsets:
    """The offsets of a topic that every table has: empty before the first batch went through."""
    return committed_offsets(settings.checkpoints / stream_name(settings, topic))


def end_offsets(settings: Settings, topic: Topic) -> Offsets:
    """The offsets at which the broker will put the next records."""
    consumer = Consumer({"bootstrap.servers": settings.bootstrap, "group.id": "depthlake-progress"}, logger=SILENT)
    try:
        partitions = consumer.list_topics(topic.name, timeout=10).topics[topic.name].partitions
        return {p: consumer.get_watermark_offsets(TopicPartition(topic.name, p), timeout=10)[1] for p in partitions}
    finally:
        consumer.close()


def lag(settings: Settings) -> dict[str, int]:
    """Records of each topic that are not yet in every table."""
    return {topic.name: missing(end_offsets(settings, topic), read_offsets(settings, topic)) for topic in TOPICS}


def missing(ends: Offsets, read: Offsets) -> int:
    """Records before `ends` that `read` has not reached."""
    return sum(max(0, end - read.get(partition, 0)) for partition, end in ends.items())


def wait_until_visible(
    settings: Settings,
    ends: dict[str, Offsets],
    timeout_s: float,
    clock: Callable[[], float] = time.monotonic,
) -> None:
    """Return when everything before `ends` ({topic: {partition: offset}}) is in every table.

    Raises InstanceError when the lakehouse stops, or `timeout_s` has passed.
    """
    deadline = clock() + timeout_s
    wanted = [topic for topic in TOPICS if topic.name in ends]
    streams = {topic.name: settings.checkpoints / stream_name(settings, topic) for topic in wanted}
    while left := sum(missing(ends[name], committed_offsets(path)) for name, path in streams.items()):
        if not lifecycle.has_lakehouse(settings):
            log = settings.logs / "lakehouse.log"
            raise InstanceError(f"The lakehouse stopped with {left} records still to read: see {log}.")
        if clock() > deadline:
            raise InstanceError(f"{left} records are not in gold after {timeout_s:.0f} s: see depthlake status.")
        time.sleep(POLL_S)
