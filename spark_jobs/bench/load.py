"""A paced load of quotes with five levels, published by a process of its own while the lakehouse reads."""

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from pipelines.source.publish import Publisher, ensure_topics
from pipelines.source.simulator.config import MarketConfig
from pipelines.source.simulator.market import Market
from pipelines.source.simulator.run import Clock, Pace, simulate
from schemas.topics import QUOTES, TOPICS
from spark_jobs.instance.child import child
from spark_jobs.settings import Settings


def publish_quotes(settings: Settings, rate: float, seconds: float, seed: int) -> int:
    """Publish quotes stamped with the time they are made at; returns how many."""
    ensure_topics(settings.bootstrap, TOPICS, settings.partitions)
    config = MarketConfig(seed, time.time_ns(), mix={QUOTES: 1.0})
    clock = Clock(time.time_ns, time.sleep)
    with Publisher(settings.bootstrap) as publisher:
        return max(simulate(Market(config), publisher.publish, Pace(rate, seconds), clock, threading.Event()))


@contextmanager
def load(settings: Settings, rate: float, seconds: float, seed: int) -> Iterator[subprocess.Popen[bytes]]:
    """The load in a process of its own, ended with the block."""
    command = [sys.executable, "-m", "spark_jobs.bench.load", str(rate), str(seconds), str(seed)]
    with child(settings, command) as process:
        yield process


if __name__ == "__main__":
    import os

    rate, seconds, seed = (float(argument) for argument in sys.argv[1:])
    publish_quotes(Settings.from_environment(os.environ), rate, seconds, int(seed))
