"""One process by itself, and an instance whose processes are elsewhere."""

import os
import signal
import subprocess
from collections.abc import Mapping
from dataclasses import replace
from itertools import count

import pytest
from typer.testing import CliRunner, Result

from pipelines.source.publish import Publisher, ensure_topics
from pipelines.wire import batch_of
from schemas.topics import ORDERS, TOPICS
from spark_jobs.cli.app import app
from spark_jobs.instance.exchange import has_answered, has_orders_coming
from spark_jobs.settings import Settings
from tests.conftest import Broker
from tests.spark_jobs.cli.test_app import DEPTHLAKE


def call(settings: Settings, *arguments: str) -> Result:
    return CliRunner().invoke(app, [*arguments], env=settings.as_environment())


def spread(settings: Settings) -> Settings:
    return replace(settings, kafka_host="127.0.0.1", lakehouse_host="127.0.0.1")


@pytest.mark.parametrize("command", ["serve", "ready"])
def test_process_that_is_none_is_one_sentence(instance_settings: Settings, command: str) -> None:
    done = subprocess.run(
        [*DEPTHLAKE, command, "brocker"], env=environment(instance_settings), capture_output=True, text=True
    )
    assert done.returncode == 1
    assert done.stderr.startswith("brocker is no process of an instance: choose from broker, lakehouse, dagster-code")
    assert not instance_settings.home.exists()


def test_ready_of_what_does_not_run(instance_settings: Settings) -> None:
    done = call(instance_settings, "ready", "broker")
    assert (done.exit_code, done.stderr) == (1, "The broker does not serve.\n")


@pytest.mark.kafka
def test_ready_of_a_broker_that_serves(broker: Broker) -> None:
    assert call(broker.settings, "ready", "broker").exit_code == 0


@pytest.mark.kafka
def test_broker_binds_every_address_and_says_where_it_is(instance_settings: Settings) -> None:
    settings = replace(instance_settings, host="0.0.0.0", kafka_host="127.0.0.1")
    with subprocess.Popen(
        [*DEPTHLAKE, "serve", "broker"], env=environment(settings), start_new_session=True
    ) as process:
        try:
            while call(settings, "ready", "broker").exit_code:
                assert process.poll() is None
            ensure_topics(settings.bootstrap, TOPICS, 1)
        finally:
            process.send_signal(signal.SIGTERM)
    assert process.returncode == 128 + signal.SIGTERM


@pytest.mark.kafka
def test_order_that_waits_is_not_answered_and_none_comes_after_it(broker: Broker) -> None:
    seconds = count(step=100)
    ensure_topics(broker.bootstrap, TOPICS, broker.settings.partitions)
    with Publisher(broker.bootstrap) as publisher:
        publisher.publish(ORDERS, batch_of(ORDERS, {"symbol": ["AAPL"], "order_id": ["1"]}))
        publisher.flush()
    assert not has_answered(broker.settings, lambda: next(seconds))
    assert not has_orders_coming(broker.settings, lambda: next(seconds))


def test_exchange_without_a_broker_has_not_answered(instance_settings: Settings) -> None:
    assert not has_answered(instance_settings)
    assert not has_orders_coming(instance_settings)


def test_up_starts_nothing_where_the_processes_are_elsewhere(instance_settings: Settings) -> None:
    done = call(spread(instance_settings), "up")
    assert done.exit_code == 0
    assert done.stderr.startswith(
        "Nothing is started here: DEPTHLAKE_KAFKA_HOST and DEPTHLAKE_LAKEHOUSE_HOST say where"
    )
    assert not instance_settings.home.exists()


def test_places_of_an_instance_that_is_spread() -> None:
    settings = Settings(host="0.0.0.0", kafka_host="broker", lakehouse_host="lakehouse")
    assert (settings.bootstrap, settings.connect_url, settings.is_spread) == (
        *("broker:9092", "sc://lakehouse:15002"),
        True,
    )
    assert not Settings(host="0.0.0.0").is_spread


def environment(settings: Settings) -> Mapping[str, str]:
    return {**os.environ, **settings.as_environment()}
