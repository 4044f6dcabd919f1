"""A slice of a partition into the database: its rows and how far it reaches, in one transaction."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import pyarrow as pa
from sqlalchemy import Connection, Engine, update

from pipelines.serve.accounts.database import reading, writing
from pipelines.serve.accounts.events import Event, events_of, shard_of
from pipelines.serve.accounts.fold import fold_events
from pipelines.serve.accounts.models import ProjectedOffset, ProjectedShard
from pipelines.serve.accounts.state import MODELS, State, needed_keys
from pipelines.serve.accounts.store import add, load, save
from pipelines.wire import decode
from schemas.errors import InstanceError
from schemas.topics import ORDER_EVENTS


@dataclass(frozen=True)
class Slice:
    """Messages of a partition of market.order_events.v1, `topic_id` by Kafka's id: from offset `start` up to `end`."""

    topic_id: str
    partition: int
    start: int
    end: int
    payloads: Sequence[bytes | None]


def project(engine: Engine, messages: Slice) -> None:
    """Write what the events of a slice change, and that they are projected: all of it or nothing.

    What is no event of the exchange changes nothing; silver.order_events_rejected has its bytes. Raises InstanceError
    when the database has not come exactly to the slice's start, as another process projects into it.
    """
    batch, _ = decode(ORDER_EVENTS, pa.array(messages.payloads, pa.binary()))
    events = [event for event in events_of(batch) if shard_of(event.producer_id) is not None]
    with writing(engine) as connection:
        _move_on(connection, messages)
        fresh = _unseen(connection, messages.partition, events)
        state = _load_state(connection, fresh)
        fold_events(state, fresh)
        _save_state(connection, state)


def projected_offsets(engine: Engine, topic_id: str) -> dict[int, int]:
    """The next offset to project, of each partition of market.order_events.v1 that has been begun."""
    with reading(engine) as connection:
        found = connection.execute(
            ProjectedOffset.__table__.select().where(
                ProjectedOffset.topic == ORDER_EVENTS.name, ProjectedOffset.topic_id == topic_id
            )
        )
        return {row.partition: row.next_offset for row in found}


def begin_partitions(engine: Engine, topic_id: str, starts: dict[int, int]) -> None:
    """Note where the partitions that have not been begun start; others stay where they are."""
    place = {"topic": ORDER_EVENTS.name, "topic_id": topic_id}
    rows = [{**place, "partition": partition, "next_offset": offset} for partition, offset in starts.items()]
    with writing(engine) as connection:
        add(connection, ProjectedOffset, rows)


def _move_on(connection: Connection, messages: Slice) -> None:
    """From start to end, before anything else: who comes second waits for this transaction, and finds it moved."""
    moved = connection.execute(
        update(ProjectedOffset)
        .where(
            ProjectedOffset.topic == ORDER_EVENTS.name,
            ProjectedOffset.topic_id == messages.topic_id,
            ProjectedOffset.partition == messages.partition,
            ProjectedOffset.next_offset == messages.start,
        )
        .values(next_offset=messages.end)
    )
    if moved.rowcount != 1:
        raise InstanceError(
            f"{ORDER_EVENTS.name}[{messages.partition}] is not projected up to offset {messages.start} any more: "
            "another depthlake exchange project runs on this database, let one of them go on."
        )


def _unseen(connection: Connection, partition: int, events: Iterable[Event]) -> list[Event]:
    """The events that no message of the partition has brought before; each producer's are in order."""
    events = list(events)
    shards = load(connection, ProjectedShard, {(partition, event.producer_id) for event in events})
    last = {producer_id: row["seq"] for (_, producer_id), row in shards.items()}
    fresh = []
    for event in events:
        if event.seq > last.get(event.producer_id, 0):
            last[event.producer_id] = event.seq
            fresh.append(event)
    rows = [{"partition": partition, "producer_id": producer, "seq": seq} for producer, seq in last.items()]
    save(connection, ProjectedShard, rows)
    return fresh


def _load_state(connection: Connection, events: Sequence[Event]) -> State:
    needed = needed_keys(events)
    return State(**{name: load(connection, MODELS[name], keys) for name, keys in needed.items()})


def _save_state(connection: Connection, state: State) -> None:
    for name, rows in vars(state).items():
        write = add if name == "profiles" else save
        write(connection, MODELS[name], rows.values())
