"""The bytes of a parity run: a recording, or some minutes of the exchange that are the same everywhere."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from pipelines.exchange.rules import Rules
from pipelines.exchange.shard import Outputs, Shard
from pipelines.source.participants.config import trading_config
from pipelines.source.participants.rehearsal import Tempo, rehearse
from pipelines.source.replay import Batch
from pipelines.source.simulator.config import INSTRUMENTS
from pipelines.source.simulator.market import Market
from schemas.topics import ORDERS, QUOTES
from spark_jobs.recordings import read_recording

START_NS = 1_723_125_600 * 10**9  # 2024-08-08 14:00
TEMPO = Tempo(rate=40, duration_s=720, step_ns=24_000_000_000)
EVENTS = 250  # a step, of the other venues
SYMBOLS = 3
TWICE = 9  # every so many batches, one is published a second time


@dataclass(frozen=True)
class Request:
    """What to publish: some files of a source, or without any the rehearsal of a seed."""

    source: str
    files: tuple[str, ...]
    seed: int


def read_batches(request: Request) -> list[Batch]:
    """The batches to publish, in order; some of a rehearsal come twice, as after a producer's restart.

    Raises SettingsError on an unknown source, SourceError on a line that is wrong.
    """
    if request.files:
        recorded = read_recording(request.source, [Path(file) for file in request.files])
        return [batch for each in recorded for batch in each.batches]
    return list(_with_repeats(list(_rehearsed(request.seed))))


def _rehearsed(seed: int) -> Iterator[Batch]:
    """Participants on the exchange, and what the other venues publish meanwhile."""
    shard = Shard(0, Rules())
    config = trading_config(seed, START_NS, INSTRUMENTS[:SYMBOLS])
    market = Market(config.market)

    def answer(orders: pa.RecordBatch) -> Outputs:
        return shard.apply(orders) | {QUOTES: shard.quotes()}

    for step in rehearse(config, TEMPO, answer):
        yield ORDERS, step.orders
        yield from step.said.items()
        yield from market.step(step.time_ns, TEMPO.step_ns, EVENTS).items()


def _with_repeats(batches: Sequence[Batch]) -> Iterator[Batch]:
    for number, batch in enumerate(batches):
        yield batch
        if number % TWICE == 0:
            yield batch
