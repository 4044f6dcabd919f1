"""Every service of docker-compose.yml as a process of this machine: its very command, until its very health check."""

import os
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

import pytest

from spark_jobs.settings import Settings
from tests.compose import read_compose
from tests.conftest import settings_in
from tests.e2e.commands import DEPTHLAKE
from tests.house_rules import ROOT
from tests.postgresql import Server
from tests.postgresql import command as of_postgresql
from tests.test_compose import SECRETS

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(900)]

SERVICES: dict[str, dict[str, Any]] = read_compose(SECRETS)["services"]
ORDER = list(TopologicalSorter({name: each.get("depends_on", {}) for name, each in SERVICES.items()}).static_order())
HEALTHY_S = 300
LEAVE_S = 20
HERE = "127.0.0.1"


class Machine:
    """Where the services run: names of containers mean this machine, their ports are free ones of it."""

    def __init__(self, settings: Settings, server: Server, folder: Path) -> None:
        """The folder takes what the services write."""
        self.settings, self.server, self.folder = settings, server, folder

    def command(self, words: list[str]) -> list[str]:
        """A command of a service, or of its health check, as it is here."""
        if words[0] == "pg_isready":
            return [word.replace("5432", str(self.server.port)) for word in of_postgresql(*words)]
        return words

    def environment(self, service: Mapping[str, Any]) -> dict[str, str]:
        """What a service is given, with the places of this machine."""
        given = {name: self._here(str(value)) for name, value in service["environment"].items()}
        ports = {name: value for name, value in self.settings.as_environment().items() if name.endswith("_PORT")}
        path = f"{DEPTHLAKE.parent}{os.pathsep}{os.environ['PATH']}"
        return {**os.environ, **given, **ports, "PATH": path, "DEPTHLAKE_MEMORY_MB": "1536"}

    def _here(self, value: str) -> str:
        if value in SERVICES:
            return HERE
        value = value.replace("/var/lib/depthlake", str(self.settings.home))
        return value.replace("@postgres:5432/", f"@{HERE}:{self.server.port}/")

    @contextmanager
    def running(self, name: str) -> Iterator[None]:
        """A service from when it is healthy to the end of the block; then ended as Compose does it."""
        service = SERVICES[name]
        log = self.folder / f"{name}.log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                self.command(service["command"]),
                env=self.environment(service),
                cwd=ROOT,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        try:
            self.wait_until_healthy(name, process, log)
            yield
        finally:
            process.terminate()
            with suppress(subprocess.TimeoutExpired):
                process.wait(LEAVE_S)
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()

    def wait_until_healthy(self, name: str, process: "subprocess.Popen[bytes] | None", log: Path) -> None:
        """Return when the health check of a service succeeds."""
        deadline = time.monotonic() + HEALTHY_S
        while not self.is_healthy(name):
            assert process is None or process.poll() is None, log.read_text()
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(1)

    def is_healthy(self, name: str) -> bool:
        """Whether the health check of a service succeeds now."""
        service = SERVICES[name]
        check = self.command(service["healthcheck"]["test"][1:])
        return subprocess.run(check, env=self.environment(service), cwd=ROOT, capture_output=True).returncode == 0

    def says(self, service: str, *command: str) -> str:
        """What a command answers in the container of a service."""
        done = subprocess.run(command, env=self.environment(SERVICES[service]), capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done.stdout


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory, postgresql: Server) -> Iterator[Machine]:
    """All services, each started once those it waits for are healthy, and stopped in the opposite order."""
    folder = tmp_path_factory.mktemp("compose")
    here = Machine(settings_in(folder / "home"), postgresql, folder)
    for name in ("exchange", "dagster"):
        postgresql.create_database(name)
    assert not here.is_healthy("broker")
    with ExitStack() as services:
        for name in ORDER:
            if "command" in SERVICES[name]:
                services.enter_context(here.running(name))
            else:
                here.wait_until_healthy(name, None, folder / name)
        yield here


def test_every_service_is_healthy_while_all_run(machine: Machine) -> None:
    assert [name for name in SERVICES if not machine.is_healthy(name)] == []


def test_accounts_of_the_participants_are_in_postgresql(machine: Machine) -> None:
    rows = machine.says("accounts", "depthlake", "exchange", "accounts", "--format", "csv").splitlines()
    assert len(rows) > 10
    assert not list(machine.settings.home.rglob("*.db"))


def test_recording_is_replayed_from_inside_and_nothing_is_started_for_it(machine: Machine) -> None:
    capture = ROOT.parent / "shared" / "data" / "binance" / "spot_btcusdt_20240808.gz"
    machine.says("exchange", "depthlake", "replay", str(capture))
    query = "select count(*) from silver.trades where symbol = 'BTCUSDT'"
    assert machine.says("exchange", "depthlake", "sql", "--format", "csv", query).splitlines()[1:] == ["9757"]


def test_import_is_refused_while_the_lakehouse_serves_elsewhere(machine: Machine) -> None:
    capture = str(ROOT.parent / "shared" / "data" / "binance" / "spot_btcusdt_20240808.gz")
    environment = machine.environment(SERVICES["exchange"])
    refused = subprocess.run(["depthlake", "import", capture], env=environment, capture_output=True, text=True)
    assert refused.returncode == 1
    assert "runs, and it alone writes its tables" in refused.stderr
