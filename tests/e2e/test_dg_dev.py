"""`dg dev` in the project's folder, as a developer starts it: the same assets; Ctrl-C leaves no process."""

import os
import signal
import subprocess
import sys
import time
import urllib.error
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from dagster_project.lineage import key_of, upstream
from spark_jobs.settings import Settings
from tests.conftest import settings_in
from tests.e2e.commands import Instance
from tests.e2e.dagster import Dagster
from tests.house_rules import ROOT

pytestmark = pytest.mark.e2e

DG = Path(sys.executable).with_name("dg")
NODES = "query { assetNodes { assetKey { path } } }"
START_S = 90
STOP_S = 60


def nodes_when_up(dagster: Dagster) -> list[tuple[str, ...]]:
    """The assets that the page shows, as soon as it answers."""
    deadline = time.monotonic() + START_S
    while True:
        try:
            if found := dagster.ask(NODES):
                return [tuple(node["assetKey"]["path"]) for node in found]
        except urllib.error.URLError:
            pass
        assert time.monotonic() < deadline
        time.sleep(0.5)


@pytest.fixture
def developed(tmp_path: Path) -> Iterator[tuple[Settings, "subprocess.Popen[bytes]"]]:
    """The settings of an instance that is down, and `dg dev` on it."""
    settings = settings_in(tmp_path / "home")
    (folder := tmp_path / "dagster").mkdir()
    command = [DG, "dev", "--host", settings.host, "--port", str(settings.dagster_port)]
    environment = {**os.environ, **settings.as_environment(), "DAGSTER_HOME": str(folder)}
    process = subprocess.Popen(command, env=environment, cwd=ROOT)
    yield settings, process
    for left in [process, *Instance(settings).members()]:
        left.kill()
    process.wait()


def test_dg_dev_serves_every_asset_and_stops(developed: tuple[Settings, "subprocess.Popen[bytes]"]) -> None:
    settings, process = developed
    found = nodes_when_up(Dagster(settings))
    assert {tuple(key_of(name).path) for name in upstream()} <= set(found)
    process.send_signal(signal.SIGINT)
    process.wait(STOP_S)
    assert psutil.wait_procs(Instance(settings).members(), STOP_S)[1] == []
