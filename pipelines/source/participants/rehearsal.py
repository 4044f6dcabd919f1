"""A rehearsal: the desks against an exchange that is a function, in simulated time, as fast as it goes."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import pyarrow as pa

from pipelines.source.participants.config import TradingConfig
from pipelines.source.participants.desk import Desk
from pipelines.source.participants.funding import opening
from schemas.registry import Topic

Batches = Mapping[Topic, pa.RecordBatch]
Exchange = Callable[[pa.RecordBatch], Batches]  # orders in, the batches of its topics out


@dataclass(frozen=True)
class Tempo:
    """Messages a second in all, and for how long: simulated seconds, in steps of `step_ns`."""

    rate: float
    duration_s: float
    step_ns: int = 100_000_000


@dataclass(frozen=True)
class Step:
    """What was asked up to a time, what the exchange said, and the desks after they heard it."""

    time_ns: int
    orders: pa.RecordBatch
    said: Batches
    desks: tuple[Desk, ...]


def rehearse(config: TradingConfig, tempo: Tempo, exchange: Exchange) -> Iterator[Step]:
    """Open the market and trade; yields the opening, then each step. Answers are heard before the next step."""
    desks = tuple(Desk(config, kind) for kind in config.kinds)
    time_ns, orders = config.market.start_ns, opening(config)
    yield _settle(time_ns, orders, exchange, desks)
    for _ in range(round(tempo.duration_s * 1e9 / tempo.step_ns)):
        time_ns += tempo.step_ns
        orders = pa.concat_batches([desk.step(time_ns, tempo.rate * desk.kind.share) for desk in desks])
        yield _settle(time_ns, orders.sort_by("receive_ts_ns"), exchange, desks)


def _settle(time_ns: int, orders: pa.RecordBatch, exchange: Exchange, desks: tuple[Desk, ...]) -> Step:
    said = exchange(orders)
    for topic, batch in said.items():
        for desk in desks:
            desk.hear(topic, batch)
    return Step(time_ns, orders, said, desks)
