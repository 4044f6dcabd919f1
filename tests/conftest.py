"""What tests share: an instance's settings on free ports, and one real broker for the whole run."""

import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from spark_jobs.instance import broker as kafka
from spark_jobs.instance.lifecycle import NAMES, down, up
from spark_jobs.settings import Settings


@dataclass(frozen=True)
class Broker:
    """A running broker and the settings it was started with."""

    settings: Settings

    @property
    def bootstrap(self) -> str:
        """Its address, as Kafka clients want it."""
        return self.settings.bootstrap


def free_ports(count: int) -> list[int]:
    """Ports of 127.0.0.1 that nothing binds: all are held until the last is found, so that they differ."""
    with ExitStack() as held:
        sockets = [held.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]


def settings_in(home: Path) -> Settings:
    """An instance in `home` that collides with no other."""
    kafka_port, controller_port, connect_port, thrift_port, ui_port = free_ports(5)
    return Settings(
        home=home,
        kafka_port=kafka_port,
        kafka_controller_port=controller_port,
        connect_port=connect_port,
        thrift_port=thrift_port,
        ui_port=ui_port,
    )


@pytest.fixture
def instance_settings(tmp_path: Path) -> Settings:
    return settings_in(tmp_path / "instance")


@pytest.fixture
def make_settings(tmp_path: Path) -> Callable[[str], Settings]:
    """Settings of as many instances as a test wants, by the name of their folder."""
    return lambda name: settings_in(tmp_path / name)


@pytest.fixture(scope="session")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    settings = settings_in(tmp_path_factory.mktemp("broker"))
    up(settings, [kafka.broker(settings)])
    yield Broker(settings)
    down(settings, NAMES)
