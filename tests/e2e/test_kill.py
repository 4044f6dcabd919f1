"""kill -9 in mid-stream: what comes of it is what comes of an undisturbed run."""

import os
import shutil
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from pipelines.source.publish import Publisher
from pipelines.source.simulator.config import MarketConfig
from pipelines.source.simulator.market import Market
from schemas.topics import TOPICS
from spark_jobs.instance.lifecycle import down, pid
from spark_jobs.offsets import committed_offsets
from spark_jobs.progress import lag, stream_name
from spark_jobs.settings import Settings
from tests.e2e.commands import Instance, running_in, wait_for_all

pytestmark = pytest.mark.e2e

SLICES = 120
BEFORE, DURING = 30, 90  # slices that are out when the stream has begun, and when it is killed
SLICE_NS = 100_000_000
SLICE_EVENTS = 500
START_NS = 1_723_075_200 * 10**9
TABLES = tuple(f"silver.{name}{end}" for name in ("orders", "trades", "quotes", "depth") for end in ("", "_rejected"))
VIEWS = ("gold.obi_100ms", "gold.spread_1m", "gold.venue_liquidity_5m")


@pytest.fixture
def instance(tmp_path: Path) -> Iterator[Instance]:
    with running_in(tmp_path) as instance:
        yield instance


def publish(settings: Settings, market: Market, slices: range) -> None:
    """Some slices of a market."""
    with Publisher(settings.bootstrap) as publisher:
        for number in slices:
            batches = market.step(START_NS + number * SLICE_NS, SLICE_NS, SLICE_EVENTS)
            for topic, batch in batches.items():
                publisher.publish(topic, batch)


def kill_lakehouse(settings: Settings) -> None:
    """The driver and its JVM at once."""
    leader = psutil.Process(pid(settings, "lakehouse"))
    group = [leader, *leader.children(recursive=True)]
    assert any(process.name() == "java" and os.getpgid(process.pid) == leader.pid for process in group)
    os.killpg(leader.pid, signal.SIGKILL)
    psutil.wait_procs(group, timeout=10)


def wait_for_rows(settings: Settings) -> None:
    """Until each topic has had a micro-batch."""
    checkpoints = [settings.checkpoints / stream_name(settings, topic) for topic in TOPICS]
    while not all(committed_offsets(checkpoint) for checkpoint in checkpoints):
        time.sleep(0.1)


def facts(instance: Instance) -> list[list[str]]:
    """Rows of the tables, rows and a hash of the views."""
    each = [f"select '{name}' name, count(*), 0 from {name}" for name in TABLES]
    each += [f"select '{v}' name, count(*), sum(cast(xxhash64(*) as decimal(38, 0))) from {v}" for v in VIEWS]
    return [row for row in instance.sql("; ".join(each)) if "." in row[0]]  # without the header of each answer


def test_lakehouse_killed_in_mid_stream_ends_as_if_undisturbed(instance: Instance) -> None:
    instance.run("up", "--no-dagster")
    settings = instance.settings
    market = Market(MarketConfig(3, START_NS))
    publish(settings, market, range(BEFORE))
    wait_for_rows(settings)
    publish(settings, market, range(BEFORE, DURING))
    kill_lakehouse(settings)
    assert sum(lag(settings).values()) > 0
    publish(settings, market, range(DURING, SLICES))
    assert "Started lakehouse." in instance.run("up", "--no-dagster")
    assert wait_for_all(instance) == SLICES * SLICE_EVENTS
    disturbed = facts(instance)
    down(settings, ["lakehouse"])
    for folder in (settings.lake, settings.checkpoints):
        shutil.rmtree(folder)
    instance.run("up", "--no-dagster")
    wait_for_all(instance)
    assert disturbed == facts(instance)
    assert sum(int(count) for name, count, _ in disturbed if name in TABLES) == SLICES * SLICE_EVENTS
