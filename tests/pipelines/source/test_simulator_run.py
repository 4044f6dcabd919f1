"""Real time, on a clock that the test moves."""

from dataclasses import dataclass, field
from itertools import pairwise
from threading import Event

import pyarrow as pa
import pytest

from pipelines.source.simulator.config import MarketConfig
from pipelines.source.simulator.market import Market
from pipelines.source.simulator.run import MOST_EVENTS, SLICE_NS, Clock, Pace, simulate
from schemas.registry import Topic

START = 1_700_000_000_000_000_000


@dataclass
class Scene:
    """A clock that moves while it sleeps and while something is published, and all that was published."""

    publish_ns: int = 1_000_000
    now: int = START
    batches: list[pa.RecordBatch] = field(default_factory=list)

    def sleep(self, seconds: float) -> None:
        """Time passes."""
        self.now += round(seconds * 1e9)

    def publish(self, topic: Topic, batch: pa.RecordBatch) -> int:
        """Time passes, and the batch is kept."""
        self.now += self.publish_ns
        self.batches.append(batch)
        return len(batch)

    def times(self) -> list[int]:
        """The venue times of all that was published."""
        return sorted(time for batch in self.batches for time in batch.column("venue_ts_ns").to_pylist())

    def run(self, pace: Pace, stop: Event) -> list[int]:
        """The counts that a simulation on this clock yields."""
        market = Market(MarketConfig(1, START))
        return list(simulate(market, self.publish, pace, Clock(lambda: self.now, self.sleep), stop))


@pytest.mark.parametrize(("rate", "seconds"), [(1_000, 1.0), (50_000, 0.5), (7, 2.0), (3, 0.01)])
def test_simulate_publishes_rate_times_duration(rate: float, seconds: float):
    scene = Scene()
    counts = scene.run(Pace(rate, seconds), Event())
    assert counts[-1] == sum(map(len, scene.batches)) == round(rate * seconds)
    assert counts == sorted(counts)


def test_simulate_stamps_events_between_the_slices_before_and_now():
    scene = Scene()
    counts = scene.run(Pace(10_000, 1.0), Event())
    assert len(counts) == pytest.approx(1e9 / SLICE_NS, abs=1)
    times = scene.times()
    assert START <= times[0] <= times[-1] < START + 1_000_000_000
    assert max(b - a for a, b in pairwise(times)) < 1_000_000


def test_simulate_rate_zero_publishes_all_it_can():
    scene = Scene(publish_ns=25_000_000)
    counts = scene.run(Pace(0, 1.0), Event())
    assert counts[0] == MOST_EVENTS
    assert counts[-1] == pytest.approx(10 * MOST_EVENTS, rel=0.11)  # four topics of 25 ms a slice


def test_simulate_behind_its_rate_takes_slices_of_bounded_size():
    scene = Scene(publish_ns=100_000_000)
    counts = scene.run(Pace(1_000_000, 2.0), Event())
    assert max(b - a for a, b in pairwise([0, *counts])) <= MOST_EVENTS


def test_simulate_stops_when_told():
    stop, scene = Event(), Scene()
    market = Market(MarketConfig(1, START))
    for sent in simulate(market, scene.publish, Pace(1_000, 3600), Clock(lambda: scene.now, scene.sleep), stop):
        if sent >= 500:
            stop.set()
    assert 500 <= sum(map(len, scene.batches)) < 600
