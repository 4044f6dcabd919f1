"""`dg dev` in the project's folder, as a developer starts it: the same assets; Ctrl-C leaves no process."""

import os
import signal
import subprocess
import sys
import time
import urllib.error
from pathlib import Path

import psutil
import pytest

from dagster_project.lineage import key_of, upstream
from tests.conftest import settings_in
from tests.e2e.commands import Instance
from tests.e2e.dagster import Dagster
from tests.house_rules import ROOT

pytestmark = pytest.mark.e2e

DG = Path(sys.executable).with_name("dg")
NODES = "query { assetNodes { assetKey { path } } }"
START_S = 90
STOP_S = 30


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


def test_dg_dev_serves_every_asset_and_stops(tmp_path: Path) -> None:
    settings = settings_in(tmp_path / "home")
    (folder := tmp_path / "dagster").mkdir()
    command = [DG, "dev", "--host", settings.host, "--port", str(settings.dagster_port)]
    environment = {**os.environ, **settings.as_environment(), "DAGSTER_HOME": str(folder)}
    with subprocess.Popen(command, env=environment, cwd=ROOT, start_new_session=True) as process:
        found = nodes_when_up(Dagster(settings))
        os.killpg(process.pid, signal.SIGINT)
        process.wait(STOP_S)
    assert {tuple(key_of(name).path) for name in upstream()} <= set(found)
    assert psutil.wait_procs(Instance(settings).members(), STOP_S)[1] == []
