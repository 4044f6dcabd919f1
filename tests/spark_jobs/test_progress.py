"""How far the lakehouse has come, seen from outside."""

from dataclasses import replace
from itertools import count

import pytest

from schemas.errors import InstanceError
from schemas.topics import ORDERS, TOPICS, TRADES
from spark_jobs.instance.lifecycle import down, up
from spark_jobs.instance.process import Process
from spark_jobs.offsets import Offsets
from spark_jobs.progress import end_offsets, lag, missing, read_offsets, stream_name, wait_until_visible
from spark_jobs.settings import Settings
from tests.conftest import Broker
from tests.spark_jobs.streams import renew, send, to
from tests.spark_jobs.test_offsets import write_log


@pytest.fixture
def settings(instance_settings: Settings, broker: Broker) -> Settings:
    """An instance of its own before the broker, every topic of which is new and empty."""
    for topic in TOPICS:
        renew(broker.settings, topic)
    return replace(instance_settings, kafka_port=broker.settings.kafka_port)


def come_to(settings: Settings, offsets: Offsets) -> None:
    write_log(settings.checkpoints / stream_name(settings, TRADES), [offsets], 1)


@pytest.mark.parametrize(
    ("ends", "read", "expected"),
    [({}, {}, 0), ({0: 3, 1: 4}, {}, 7), ({0: 3, 1: 4}, {0: 3, 1: 1}, 3), ({0: 3}, {0: 9, 1: 9}, 0)],
)
def test_missing_counts_what_was_not_read(ends: Offsets, read: Offsets, expected: int) -> None:
    assert missing(ends, read) == expected


@pytest.mark.kafka
def test_stream_name_of_a_topic_made_anew_is_another(settings: Settings) -> None:
    before = stream_name(settings, TRADES), stream_name(settings, ORDERS)
    assert before == (stream_name(settings, TRADES), stream_name(settings, ORDERS))
    renew(settings, TRADES)
    assert stream_name(settings, TRADES) != before[0]
    assert stream_name(settings, TRADES).startswith("market.trades.v1/")
    assert stream_name(settings, ORDERS) == before[1]


@pytest.mark.kafka
def test_lag_is_what_the_broker_has_and_the_checkpoint_has_not(settings: Settings) -> None:
    send(settings, TRADES, [*to(0, [b"x"] * 5), *to(1, [b"x"] * 2)])
    assert end_offsets(settings, TRADES) == {0: 5, 1: 2}
    assert read_offsets(settings, TRADES) == {}
    assert lag(settings) == dict.fromkeys((topic.name for topic in TOPICS), 0) | {TRADES.name: 7}
    come_to(settings, {0: 4, 1: 2})
    assert lag(settings)[TRADES.name] == 1


@pytest.mark.kafka
def test_wait_until_visible_returns_when_all_is_read(settings: Settings) -> None:
    come_to(settings, {0: 5})
    wait_until_visible(settings, {TRADES.name: {0: 5}}, 0)


@pytest.mark.kafka
def test_wait_until_visible_without_lakehouse_says_so(settings: Settings) -> None:
    come_to(settings, {0: 4})
    with pytest.raises(InstanceError, match=r"The lakehouse stopped with 1 records still to read: see .*lakehouse.log"):
        wait_until_visible(settings, {TRADES.name: {0: 5}}, 0)


@pytest.mark.kafka
def test_wait_until_visible_that_takes_too_long_says_so(settings: Settings) -> None:
    up(settings, [Process("lakehouse", ("sleep", "60"), lambda: True)])
    seconds = count()
    try:
        with pytest.raises(InstanceError, match="5 records are not in gold after 2 s: see depthlake status"):
            wait_until_visible(settings, {TRADES.name: {0: 5}}, 2, lambda: next(seconds))
    finally:
        down(settings, ["lakehouse"], grace_s=1)
