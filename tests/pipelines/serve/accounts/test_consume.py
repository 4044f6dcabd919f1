"""The projection from a real broker."""

import uuid
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest
from confluent_kafka import Producer
from sqlalchemy import Engine, select

from pipelines.serve.accounts import consume
from pipelines.serve.accounts.consume import Until, follow
from pipelines.serve.accounts.database import open_database
from pipelines.serve.accounts.models import Balance
from pipelines.serve.accounts.projection import begin_partitions
from pipelines.source.publish import ensure_topics
from schemas.errors import InstanceError
from schemas.topics import ORDER_EVENTS
from tests.conftest import Broker, free_ports
from tests.pipelines.serve.accounts.shorthand import Fields, message, payloads, units

ONCE = Until(Event(), is_once=True)


@pytest.fixture
def producer_id(broker: Broker) -> str:
    """A shard of an exchange that no other test has; the topic is there."""
    ensure_topics(broker.bootstrap, [ORDER_EVENTS], 2)
    return f"exchange-0-{uuid.uuid4().hex}"


def transactional(broker: Broker) -> Producer:
    producer = Producer({"bootstrap.servers": broker.bootstrap, "transactional.id": uuid.uuid4().hex})
    producer.init_transactions(30)
    return producer


def publish(producer: Producer, messages: list[Fields], is_kept: bool = True) -> None:
    """A transaction of messages, to the partitions 0 and 1 in turn."""
    producer.begin_transaction()
    for number, payload in enumerate(payloads(messages)):
        producer.produce(ORDER_EVENTS.name, payload, partition=number % 2)
    producer.flush()
    producer.commit_transaction(30) if is_kept else producer.abort_transaction(30)


def funding(producer_id: str, seq: int, cash: float) -> Fields:
    account = {"producer_id": producer_id, "account_id": f"{seq}@{producer_id}"}
    return message(seq, "FUNDED", **account, symbol="", venue="", cash=cash)


def balances(engine: Engine, producer_id: str) -> dict[int, int]:
    """The cash that fundings of a producer gave, by their numbers."""
    with engine.connect() as connection:
        query = select(Balance.seq, Balance.cash).where(Balance.producer_id == producer_id)
        return {row.seq: row.cash for row in connection.execute(query)}


@pytest.mark.kafka
def test_follow_projects_what_is_committed_and_goes_on_where_it_was(
    broker: Broker, database: str, producer_id: str
) -> None:
    engine, producer = open_database(database), transactional(broker)
    publish(producer, [funding(producer_id, 1, 10), funding(producer_id, 2, 20)])
    publish(producer, [funding(producer_id, 3, 30)], is_kept=False)
    assert sum(follow(engine, broker.bootstrap, ONCE)) >= 2
    assert balances(engine, producer_id) == {1: units(10), 2: units(20)}
    publish(producer, [funding(producer_id, 3, 40)])
    assert sum(follow(engine, broker.bootstrap, ONCE)) == 1
    assert balances(engine, producer_id) == {1: units(10), 2: units(20), 3: units(40)}
    assert sum(follow(engine, broker.bootstrap, ONCE)) == 0
    engine.dispose()


@pytest.mark.kafka
def test_follow_in_small_slices_is_the_whole(
    broker: Broker, tmp_path: Path, producer_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = open_database(f"sqlite:///{tmp_path}/x.db")
    publish(transactional(broker), [funding(producer_id, seq, seq) for seq in range(1, 40)])
    monkeypatch.setattr(consume, "MOST_MESSAGES", 7)
    slices = list(follow(engine, broker.bootstrap, ONCE))
    assert max(slices) <= 7
    assert balances(engine, producer_id) == {seq: units(seq) for seq in range(1, 40)}


@pytest.mark.kafka
def test_follow_waits_for_more_until_it_is_stopped(broker: Broker, tmp_path: Path, producer_id: str) -> None:
    engine, stop, counts = open_database(f"sqlite:///{tmp_path}/x.db"), Event(), []
    seen = Event()

    def run() -> None:
        for count in follow(engine, broker.bootstrap, Until(stop)):
            counts.append(count)
            if balances(engine, producer_id):
                seen.set()

    thread = Thread(target=run)
    thread.start()
    publish(transactional(broker), [funding(producer_id, 1, 10)])
    assert seen.wait(30)
    stop.set()
    thread.join(30)
    assert not thread.is_alive()


@pytest.mark.kafka
def test_follow_stops_when_the_broker_no_longer_has_what_comes_next(
    broker: Broker, tmp_path: Path, producer_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = open_database(f"sqlite:///{tmp_path}/x.db")
    topic_id = consume._topic_id(broker.bootstrap)
    begin_partitions(engine, topic_id, {0: 0, 1: 0})
    with pytest.raises(InstanceError, match=r"events.v1\[1\] begins at offset 5, the database ends at 0: what lay"):
        consume._start(engine, topic_id, {0: 0, 1: 5})


@pytest.mark.kafka
def test_follow_stops_when_another_projects_into_the_database(broker: Broker, tmp_path: Path, producer_id: str) -> None:
    engine, other = (open_database(f"sqlite:///{tmp_path}/x.db") for _ in range(2))
    producer = transactional(broker)
    publish(producer, [funding(producer_id, 1, 10)])
    first = follow(engine, broker.bootstrap, Until(Event()))
    next(first)
    list(follow(other, broker.bootstrap, ONCE))
    publish(producer, [funding(producer_id, 2, 20)])
    list(follow(other, broker.bootstrap, ONCE))
    with pytest.raises(InstanceError, match="another depthlake exchange project runs on this database"):
        list(first)


def test_follow_says_where_no_broker_answers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(consume, "REACH_S", 0.5)
    (port,) = free_ports(1)
    engine: Any = open_database(f"sqlite:///{tmp_path}/x.db")
    with pytest.raises(InstanceError, match=f"No broker answers at 127.0.0.1:{port} "):
        list(follow(engine, f"127.0.0.1:{port}", ONCE))
