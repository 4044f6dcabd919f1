"""Parity as a user runs it."""

import os
import re
import signal
import subprocess
import time
from dataclasses import replace

import pytest

from spark_jobs.parity.ledger import PATHS
from tests.e2e.commands import DEPTHLAKE, Instance
from tests.house_rules import ROOT

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(900)]

TIMEOUT_S = 800
TABLES = ("silver.books", "gold.obi_100ms", "gold.portfolios", "gold.market_prices", "gold.trade_costs")


def start(instance: Instance, *arguments: str) -> "subprocess.Popen[str]":
    """A command that goes on while the test does."""
    environment = {**os.environ, **instance.settings.as_environment()}
    return subprocess.Popen(
        [DEPTHLAKE, *arguments],
        env=environment,
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def left(instance: Instance) -> list[str]:
    """What is left of a parity run: its processes, and its folder."""
    folder = instance.settings.home / "parity"
    processes = Instance(replace(instance.settings, home=folder)).members()
    return [str(process) for process in processes] + [str(folder)] * folder.exists()


def test_parity_that_is_interrupted_leaves_nothing(instance: Instance) -> None:
    process = start(instance, "parity")
    assert process.stderr is not None
    assert "messages in" in process.stderr.readline()
    time.sleep(5)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)
    assert process.returncode == 128 + signal.SIGINT
    assert left(instance) == []


def test_parity_of_three_paths_is_exact_and_in_the_ledger(instance: Instance) -> None:
    process = start(instance, "parity")
    shown, said = process.communicate(timeout=TIMEOUT_S)
    assert process.returncode == 0, shown + said
    lines = [line.split() for line in shown.splitlines()]
    rows = {line[0]: line for line in lines if len(line) == 6 and "." in line[0]}
    for name in TABLES:
        assert rows[name][1] == "2024-08-08"
        assert rows[name][2] != "0", name
        assert rows[name][-2:] == ["equal", "equal"], name
    (count,) = re.findall(r"Equal by all paths: (\d+) tables and days\.", shown)
    assert f"Appended {3 * int(count)} rows to gold.parity." in said
    ledger = instance.sql("select path, count(*), min(is_equal) from gold.parity group by path order by path")
    assert ledger == [[path, count, "true"] for path in sorted(PATHS)]
    assert left(instance) == []
