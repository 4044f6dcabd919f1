"""A market in real time: slices of the clock become batches."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from threading import Event

import pyarrow as pa

from pipelines.source.simulator.market import Market
from schemas.registry import Topic

SLICE_NS = 50_000_000
SHORTEST_NS = 1_000_000
MOST_EVENTS = 20_000  # in one slice; a market that fell behind catches up in slices of this size
SECOND_NS = 1_000_000_000

Publish = Callable[[Topic, pa.RecordBatch], int]


@dataclass(frozen=True)
class Pace:
    """Events a second (0: as many as go), and for how long in seconds."""

    rate: float
    duration_s: float


@dataclass(frozen=True)
class Clock:
    """Nanoseconds since 1970, and a way to wait for some seconds."""

    now_ns: Callable[[], int]
    sleep: Callable[[float], object]


def simulate(market: Market, publish: Publish, pace: Pace, clock: Clock, stop: Event) -> Iterator[int]:
    """Publish what happens in the market as time passes; yields the count of events published so far, a slice each.

    Each slice's events carry times between the end of the slice before and now. Ends after `duration_s`, when exactly
    rate times duration events are out if publishing kept up, or once `stop` is set. Errors of `publish` pass through.
    """
    start = previous = clock.now_ns()
    end = start + int(pace.duration_s * SECOND_NS)
    sent = 0
    while not stop.is_set() and previous < end:
        now = min(clock.now_ns(), end)
        due = _events_due(pace, start, now, sent)
        early = (SLICE_NS if due < MOST_EVENTS else SHORTEST_NS) - (now - previous)
        if early > 0 and now < end:
            clock.sleep(early / SECOND_NS)
            continue
        sent += sum(publish(topic, batch) for topic, batch in market.step(previous, now - previous, due).items())
        previous = now
        yield sent


def _events_due(pace: Pace, start: int, now: int, sent: int) -> int:
    if not pace.rate:
        return MOST_EVENTS
    return min(round((now - start) / SECOND_NS * pace.rate) - sent, MOST_EVENTS)
