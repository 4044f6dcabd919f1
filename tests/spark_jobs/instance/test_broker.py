"""The real broker."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from confluent_kafka.admin import AdminClient, NewTopic

from schemas.errors import InstanceError
from spark_jobs.instance.broker import broker as kafka
from spark_jobs.instance.broker import cluster_id
from spark_jobs.instance.lifecycle import NAMES, down, up
from spark_jobs.settings import Settings
from tests.conftest import Broker


@contextmanager
def running(settings: Settings) -> Iterator[AdminClient]:
    up(settings, [kafka(settings)])
    yield AdminClient({"bootstrap.servers": settings.bootstrap})
    down(settings, NAMES)


def topics(admin: AdminClient) -> set[str]:
    return {name for name in admin.list_topics(timeout=10).topics if not name.startswith("__")}


@pytest.mark.kafka
def test_broker_beside_another_has_topics_of_its_own_and_keeps_them(
    broker: Broker, make_settings: Callable[[str], Settings]
) -> None:
    settings = make_settings("second")
    with running(settings) as admin:
        admin.create_topics([NewTopic("only.here", settings.partitions)])["only.here"].result(10)
        assert "only.here" in topics(admin)
        assert "only.here" not in topics(AdminClient({"bootstrap.servers": broker.bootstrap}))
    with running(settings) as admin:
        assert topics(admin) == {"only.here"}


@pytest.mark.kafka
def test_broker_on_the_ports_of_another_is_refused(broker: Broker, tmp_path: Path) -> None:
    ports = {"kafka_port": broker.settings.kafka_port, "kafka_controller_port": broker.settings.kafka_controller_port}
    settings = Settings(home=tmp_path, **ports)
    with pytest.raises(InstanceError, match=rf"Port {settings.kafka_port} \(Kafka\) is taken by process \d+ \(java\)"):
        up(settings, [kafka(settings)])


@pytest.mark.kafka
def test_broker_whose_data_cannot_be_used_says_why(instance_settings: Settings) -> None:
    data = instance_settings.home / "kafka" / "data"
    data.mkdir(parents=True)
    (data / "meta.properties").write_text("version=1\nnode.id=7\ncluster.id=AAAAAAAAAAAAAAAAAAAAAA\n")
    with pytest.raises(InstanceError, match=r"The broker stopped while it started \(.*node.?id.*\): read "):
        up(instance_settings, [kafka(instance_settings)])


@pytest.mark.parametrize("folder", ["/a", "/b", "/a b/ü"])
def test_cluster_id_follows_from_the_folder(folder: str) -> None:
    found = cluster_id(Path(folder))
    assert len(found) == 22
    assert found[0] == "A"
    assert found == cluster_id(Path(folder))
    assert found != cluster_id(Path("/other"))
