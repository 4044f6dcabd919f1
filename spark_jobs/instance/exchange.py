"""The exchange and those who trade on it, as processes of their own, which `up` leaves to whoever wants them."""

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

EXCHANGE, PARTICIPANTS = "exchange", "participants"
ANSWER_S = 10
RATE = 200  # orders a second of participants who leave a small machine to others
YEAR_S = 365 * 86_400


def exchange(settings: Settings) -> Process:
    """The exchange of an instance."""
    return Process(
        name=EXCHANGE,
        command=depthlake("exchange", "run"),
        environment=settings.as_environment(),
        ready=partial(has_answered, settings),
    )


def participants(settings: Settings) -> Process:
    """Simulated participants, for a year."""
    return Process(
        name=PARTICIPANTS,
        command=depthlake("exchange", "trade", "--rate", str(RATE), "--duration", str(YEAR_S)),
        environment=settings.as_environment(),
        ready=partial(has_orders_coming, settings),
    )


def has_orders_coming(settings: Settings, clock: Callable[[], float] = time.monotonic) -> bool:
    """Whether an order arrives within 10 s of when this is asked."""
    try:
        first, deadline = end_offsets(settings, ORDERS), clock() + ANSWER_S
        while not (comes := end_offsets(settings, ORDERS) != first) and clock() < deadline:
            time.sleep(POLL_S)
        return comes
    except (KafkaException, KeyError):  # no broker answers, or it has no topics yet
        return False


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
