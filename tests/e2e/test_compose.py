"""Every service of docker-compose.yml as a process of this machine: its very command, until its very health check."""

import os
import re
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

import psycopg
import pytest

from spark_jobs.bench.pages import DASHBOARDS
from spark_jobs.settings import Settings
from tests.compose import read_compose
from tests.conftest import settings_in
from tests.e2e.commands import CAPTURE, DEPTHLAKE, Instance
from tests.e2e.superset import Superset
from tests.house_rules import ROOT
from tests.listeners import Webhook, webhook
from tests.postgresql import Server
from tests.postgresql import command as of_postgresql
from tests.test_compose import SECRETS

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(900)]

HEALTHY_S, LOOK_S = 300, 3
LEAVE_S = 20
TOLD_S = 120
HERE, LAKEHOUSE = "127.0.0.1", "127.0.0.2"  # two addresses of this machine: which was asked is seen
PARTICIPANTS = "participants"
DATABASES = ("exchange", "dagster", "superset")


@dataclass(frozen=True)
class Machine:
    """Where the services run: names of containers mean this machine, their ports are free ones of it.

    `folder` takes what the services write.
    """

    services: Mapping[str, Mapping[str, Any]]
    settings: Settings
    server: Server
    folder: Path

    def log(self, name: str) -> Path:
        """What a service has said."""
        return self.folder / f"{name}.log"

    def environment(self, name: str) -> dict[str, str]:
        """What a service is given, with the places of this machine."""
        given = {key: self._here(str(value)) for key, value in self.services[name]["environment"].items()}
        ports = {key: value for key, value in self.settings.as_environment().items() if key.endswith("_PORT")}
        path = f"{DEPTHLAKE.parent}{os.pathsep}{os.environ['PATH']}"
        return {**os.environ, **given, **ports, "PATH": path, "DEPTHLAKE_MEMORY_MB": "1536"}

    def _here(self, value: str) -> str:
        if value in self.services:
            return LAKEHOUSE if value == "lakehouse" else HERE
        value = value.replace("/var/lib/depthlake", str(self.settings.home))
        return value.replace("@postgres:5432/", f"@{HERE}:{self.server.port}/")

    def _command(self, words: list[str]) -> list[str]:
        if words[0] == "pg_isready":
            return [word.replace("5432", str(self.server.port)) for word in of_postgresql(*words)]
        return words

    @contextmanager
    def running(self, name: str) -> "Iterator[subprocess.Popen[bytes]]":
        """A service, healthy, while the block runs; then it is asked to leave and, as Compose does it, killed."""
        command = self._command(self.services[name]["command"])
        with self.log(name).open("wb") as output:
            process = subprocess.Popen(
                command, env=self.environment(name), cwd=ROOT, stdout=output, stderr=output, start_new_session=True
            )
        try:
            self.wait_until_healthy(name, process)
            yield process
        finally:
            process.terminate()
            with suppress(subprocess.TimeoutExpired):
                process.wait(LEAVE_S)
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()

    def wait_until_healthy(self, name: str, process: "subprocess.Popen[bytes]") -> None:
        """Return when the health check of a service succeeds."""
        deadline = time.monotonic() + HEALTHY_S
        while not self.is_healthy(name):
            assert process.poll() is None and time.monotonic() < deadline, self.log(name).read_text()
            time.sleep(LOOK_S)

    def is_healthy(self, name: str) -> bool:
        """Whether the health check of a service succeeds now."""
        check = self._command(self.services[name]["healthcheck"]["test"][1:])
        return subprocess.run(check, env=self.environment(name), cwd=ROOT, capture_output=True).returncode == 0

    def call(self, name: str, *command: str) -> subprocess.CompletedProcess[str]:
        """A command in the container of a service."""
        return subprocess.run(command, env=self.environment(name), capture_output=True, text=True)

    def rows(self, database: str, query: str) -> list[tuple[Any, ...]]:
        """What PostgreSQL answers."""
        with psycopg.connect(self.server.address(database)) as connection:
            return connection.execute(query.encode()).fetchall()


@pytest.fixture(scope="module")
def hook() -> Iterator[Webhook]:
    with webhook() as listening:
        yield listening


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory, postgresql: Server, hook: Webhook) -> Iterator[Machine]:
    """All services but the participants, who are the load, each started once those it waits for are healthy."""
    folder = tmp_path_factory.mktemp("compose")
    services = read_compose({**SECRETS, "DEPTHLAKE_ALERT_WEBHOOK": f"http://{HERE}:{hook.server_port}/"})["services"]
    here = Machine(services, settings_in(folder / "home"), postgresql, folder)
    for database in DATABASES:
        postgresql.create_database(database)
    assert here.is_healthy("postgres")
    assert not here.is_healthy("broker")
    order = TopologicalSorter({name: each.get("depends_on", {}) for name, each in services.items()}).static_order()
    started = [name for name in order if "command" in services[name] and name != PARTICIPANTS]
    with ExitStack() as running:
        processes = [running.enter_context(here.running(name)) for name in started]
        yield here
        assert [process.args for process in processes if process.poll() is not None] == []
    assert Instance(here.settings).members() == []
    assert [path for path in here.settings.home.rglob("*.db") if path.is_file()] == []


def test_participants_trade_while_all_services_run(machine: Machine) -> None:
    with machine.running(PARTICIPANTS):
        said = machine.call("accounts", "depthlake", "exchange", "accounts", "--format", "csv")
    assert len(said.stdout.splitlines()) > 10
    query = "select count(*) > 0 from silver.trades"
    deadline = time.monotonic() + TOLD_S
    while machine.call("exchange", "depthlake", "sql", "--format", "csv", query).stdout.splitlines()[1:] != ["true"]:
        assert time.monotonic() < deadline
        time.sleep(LOOK_S)


def test_import_is_refused_while_the_lakehouse_serves_elsewhere(machine: Machine) -> None:
    refused = machine.call("exchange", "depthlake", "import", str(CAPTURE))
    assert refused.returncode == 1
    assert "runs, and it alone writes its tables" in refused.stderr


def test_bad_file_is_a_failed_run_in_postgresql_and_is_told(machine: Machine, hook: Webhook) -> None:
    path = machine.settings.recordings / "binance" / "bad.gz"
    path.parent.mkdir(parents=True)
    path.write_text("no gzip")
    deadline = time.monotonic() + TOLD_S
    while not hook.heard:
        assert time.monotonic() < deadline
        time.sleep(0.5)
    ((text,),) = (each.values() for each in hook.heard)
    assert f" of binance/bad.gz failed: file__recordings: {path} is named .gz but is not a gzip file" in text
    assert machine.rows("dagster", "SELECT partition, status FROM runs") == [("binance/bad.gz", "FAILURE")]
    assert machine.rows("dagster", "SELECT count(*) FROM daemon_heartbeats") >= [(4,)]


def test_superset_is_furnished_in_postgresql(machine: Machine) -> None:
    (password,) = re.findall(r"log in as admin with the password (\S+)\. ", machine.log("superset").read_text())
    admin = Superset(f"http://{HERE}:{machine.settings.superset_port}", "admin", password)
    assert admin.ask("dashboard/")["count"] == len(DASHBOARDS)
    (door,) = admin.ask("database/")["result"]
    address = admin.ask(f"database/{door['id']}/connection")["result"]["sqlalchemy_uri"]
    assert address == f"depthlake://{LAKEHOUSE}:{machine.settings.thrift_port}/gold"
    assert machine.rows("superset", "SELECT count(*) FROM dashboards") == [(len(DASHBOARDS),)]
