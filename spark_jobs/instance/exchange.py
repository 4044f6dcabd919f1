"""The exchange as a process of its own, which `up` leaves to whoever wants one."""

import time
from collections.abc import Callable
from functools import partial

from confluent_kafka import ConsumerGroupTopicPartitions, KafkaException
from confluent_kafka.admin import AdminClient

from pipelines.exchange.service import GROUP
from pipelines.source.publish import SILENT
from schemas.topics import ORDERS
from spark_jobs.instance.child import depthlake
from spark_jobs.instance.process import POLL_S, Process
from spark_jobs.offsets import Offsets
from spark_jobs.progress import end_offsets, missing
from spark_jobs.settings import Settings

NAME = "exchange"
ANSWER_S = 10


def exchange(settings: Settings) -> Process:
    """The exchange of an instance."""
    return Process(
        name=NAME,
        command=depthlake("exchange", "run"),
        environment=settings.as_environment(),
        ready=partial(has_answered, settings),
    )


def has_answered(settings: Settings, clock: Callable[[], float] = time.monotonic) -> bool:
    """Whether every order that is in the topic when this is asked has been matched within 10 s."""
    try:
        ends, deadline = end_offsets(settings, ORDERS), clock() + ANSWER_S
        while is_behind := bool(missing(ends, matched_offsets(settings))):
            if clock() > deadline:
                break
            time.sleep(POLL_S)
        return not is_behind
    except (KafkaException, KeyError):  # no broker answers, or it has no topics yet
        return False


def matched_offsets(settings: Settings) -> Offsets:
    """The offset behind the last order whose transaction is through, of each partition that has one."""
    admin = AdminClient({"bootstrap.servers": settings.bootstrap}, logger=SILENT)
    asked = admin.list_consumer_group_offsets([ConsumerGroupTopicPartitions(GROUP)], request_timeout=ANSWER_S)
    places = asked[GROUP].result().topic_partitions
    return {place.partition: max(0, place.offset) for place in places if place.topic == ORDERS.name}
