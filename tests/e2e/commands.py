"""The command line as a user runs it: a process of its own, on an instance of its own."""

import csv
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import psutil

from schemas.topics import TOPICS
from spark_jobs.progress import end_offsets, wait_until_visible
from spark_jobs.settings import Settings
from tests.conftest import settings_in
from tests.house_rules import ROOT

DEPTHLAKE = Path(sys.executable).with_name("depthlake")
TIMEOUT_S = 400
CAPTURE = ROOT.parent / "shared" / "data" / "binance" / "spot_btcusdt_20240808.gz"


@dataclass(frozen=True)
class Instance:
    """An instance, worked from outside."""

    settings: Settings

    def call(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a command; its exit code, output and errors."""
        environment = {**os.environ, **self.settings.as_environment()}
        return subprocess.run(
            [DEPTHLAKE, *arguments], env=environment, cwd=ROOT, capture_output=True, text=True, timeout=TIMEOUT_S
        )

    def run(self, *arguments: str) -> str:
        """Run a command that succeeds; what it told the user."""
        done = self.call(*arguments)
        assert done.returncode == 0, done.stderr
        return done.stdout + done.stderr

    def sql(self, query: str) -> list[list[str]]:
        """The rows of an answer, as text."""
        done = self.call("sql", "--format", "csv", query)
        assert done.returncode == 0, done.stderr
        return list(csv.reader(done.stdout.splitlines()))[1:]

    def members(self) -> list[psutil.Process]:
        """Every process that works for the instance."""
        return [process for process in psutil.process_iter() if _home(process) == str(self.settings.home)]


@contextmanager
def running_in(folder: Path) -> Iterator[Instance]:
    """An instance in which nothing runs yet; what was started in it is stopped with the block."""
    instance = Instance(replace(settings_in(folder / "home"), memory_mb=1536))
    try:
        yield instance
    finally:
        instance.call("down")


def facts(instance: Instance, *names: str) -> list[list[str]]:
    """Rows and a hash of each table or view."""
    each = [f"select '{n}' name, count(*), sum(cast(xxhash64(*) as decimal(38, 0))) from {n}" for n in names]
    return [row for row in instance.sql("; ".join(each)) if "." in row[0]]  # without the header of each answer


def wait_for_all(instance: Instance) -> int:
    """Until all that was published is visible; how many records that is."""
    ends = {topic.name: end_offsets(instance.settings, topic) for topic in TOPICS}
    wait_until_visible(instance.settings, ends, 100)
    return sum(end for partitions in ends.values() for end in partitions.values())


def _home(process: psutil.Process) -> str | None:
    try:
        return process.environ().get("DEPTHLAKE_HOME") if process.status() != psutil.STATUS_ZOMBIE else None
    except psutil.Error:
        return None
