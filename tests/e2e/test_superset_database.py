"""Superset as containers run it: each process by itself, on PostgreSQL, with the lakehouse elsewhere."""

import os
import re
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest

from spark_jobs.instance import superset
from spark_jobs.settings import Settings
from tests.conftest import settings_in
from tests.e2e.commands import DEPTHLAKE, Instance
from tests.e2e.superset import DASHBOARDS, Superset
from tests.postgresql import Server

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(600)]

READY_S = 400


@pytest.fixture
def settings(tmp_path: Path, postgresql: Server) -> Settings:
    """Nothing runs yet; the lakehouse's door is on another address."""
    made = settings_in(tmp_path / "home")
    return replace(
        made, kafka_host="127.0.0.1", lakehouse_host="127.0.0.2", superset_database_url=postgresql.new_database()
    )


@contextmanager
def serving(settings: Settings, name: str) -> Iterator[Path]:
    """A process that is ready, and the file of what it says; it stops with the block, by the signal of containers."""
    said, instance = settings.home.with_name(f"{name}.log"), Instance(settings)
    with said.open("w") as output:
        process = subprocess.Popen(
            [DEPTHLAKE, "serve", name],
            env={**os.environ, **settings.as_environment()},
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    deadline = time.monotonic() + READY_S
    try:
        while instance.call("ready", name).returncode:
            assert process.poll() is None and time.monotonic() < deadline, said.read_text()
            time.sleep(1)
        yield said
    finally:
        process.terminate()
        process.wait(30)


def test_superset_serves_from_postgresql_and_looks_at_alerts(settings: Settings) -> None:
    with serving(settings, superset.WEB) as said, serving(settings, superset.ALERTS):
        (password,) = re.findall(r"log in as admin with the password (\S+)\. ", said.read_text())
        admin = Superset(f"http://{settings.host}:{settings.superset_port}", "admin", password)
        assert admin.ask("dashboard/")["count"] == len(DASHBOARDS)
        (door,) = admin.ask("database/")["result"]
        address = admin.ask(f"database/{door['id']}/connection")["result"]["sqlalchemy_uri"]
        assert address == f"depthlake://127.0.0.2:{settings.thrift_port}/gold"
    assert Instance(settings).members() == []
    with psycopg.connect(settings.superset_database_url) as connection:
        assert connection.execute("SELECT count(*) FROM dashboards").fetchone() == (len(DASHBOARDS),)
    assert list((settings.home / "superset").rglob("*.db")) == []
