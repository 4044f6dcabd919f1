"""One instance for all that is done with a recording, module by module: imported, replayed, watched, stopped."""

import os
import subprocess
import time
from collections.abc import Iterator

import psutil
import pytest

from tests.e2e.commands import CAPTURE, DEPTHLAKE, Instance, running_in
from tests.house_rules import ROOT

IMPORT = ("import", "--source", "binance", str(CAPTURE))
REPLAY = ("replay", "--source", "binance", str(CAPTURE), "--speed", "max")


@pytest.fixture(scope="package")
def instance(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Instance]:
    with running_in(tmp_path_factory.mktemp("recorded")) as instance:
        yield instance


@pytest.fixture(scope="package", autouse=True)
def replayed(instance: Instance) -> str:
    """An import that is killed, with all its children, once a first topic is written; then a replay; what that says."""
    cut_off(instance)
    return instance.run(*REPLAY)


def cut_off(instance: Instance) -> None:
    """Start an import and kill it when it is half done."""
    log = instance.settings.logs / "import.log"
    environment = {**os.environ, **instance.settings.as_environment()}
    with subprocess.Popen([DEPTHLAKE, *IMPORT], env=environment, cwd=ROOT, stderr=subprocess.DEVNULL) as process:
        while process.poll() is None and not (log.exists() and "market.depth.v1: 3452 rows" in log.read_text()):
            time.sleep(0.05)
        for member in instance.members():
            member.kill()
    psutil.wait_procs(instance.members(), 10)
    assert process.returncode != 0
    assert list(instance.settings.imports.glob("*/*.parquet"))
