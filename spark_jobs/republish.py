"""Refused messages sent to their topics again, edited or as they are, once they pass the rules of silver."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from itertools import groupby
from typing import cast

import numpy as np
import pyarrow as pa

from expectations.silver import find_violations
from pipelines.bronze.deliveries import RECORD, parse_deliveries
from pipelines.silver.judge import judge_deliveries
from pipelines.source.edited import Edit
from pipelines.source.publish import Publisher
from pipelines.wire import decode, encode
from schemas.errors import SourceError
from schemas.registry import Topic
from schemas.topics import ORDER_EVENTS
from spark_jobs.jobs import job_of
from spark_jobs.rejected import Refused, find_deliveries
from spark_jobs.tables import Session

FindRefused = Callable[[Topic, Sequence[tuple[int, int]]], list[Refused]]


@dataclass(frozen=True)
class Judged:
    """Messages of a topic that pass, under their new names, and sentences on those that do not, by their index."""

    topic: Topic
    passing: pa.RecordBatch
    violations: dict[int, list[str]]


@dataclass(frozen=True)
class Replay:
    """What is to be sent; how many rows were sent before; how many do not pass, and why the first of them does not."""

    passing: Sequence[Judged]
    replayed: int
    failing: int = 0
    example: str | None = None

    @property
    def rows(self) -> int:
        """Messages to be sent."""
        return sum(len(each.passing) for each in self.passing)


def judge_again(topic: Topic, rows: Sequence[Refused], moment: datetime) -> Judged:
    """Refused rows of a topic as the stream would judge them if they were published at `moment` under new names."""
    payloads = [row.raw_value for row in rows]
    message, errors = decode(topic, pa.array(payloads, pa.binary()))
    message = _renamed(message, rows)
    values = encode(topic, message).to_pylist()
    for at in errors:
        values[at] = payloads[at]
    job = job_of(topic.name)
    deliveries = parse_deliveries(_records(values, moment), job.bronze, moment)
    judged = judge_deliveries(deliveries, job.silver, partial(find_violations, job.silver.name), {})
    return Judged(topic, message.filter(pa.array(judged.is_accepted)), dict(judged.violations))


def prepare_edits(edits: Sequence[Edit], find: FindRefused, moment: datetime) -> Replay:
    """Edited messages in the place of their rows; those that were replayed before are left out.

    Raises SourceError, naming the entry of the file and what is wrong with it, when one does not pass.
    """
    judged, replayed = [], 0
    for topic in dict.fromkeys(edit.topic for edit in edits):
        _require_replayable(topic)
        mine = [edit for edit in edits if edit.topic == topic]
        pairs = [(edit, row) for edit, row in zip(mine, _originals(mine, find), strict=True) if not row.is_replayed]
        judged.append(judge_again(topic, [replace(row, raw_value=edit.payload) for edit, row in pairs], moment))
        replayed += len(mine) - len(pairs)
        for at, sentences in sorted(judged[-1].violations.items()):
            raise SourceError(f"{pairs[at][0].label}: {'; '.join(sentences)}. Nothing was published.")
    return Replay(judged, replayed)


def prepare_again(rows: Sequence[Refused], moment: datetime) -> Replay:
    """Refused rows as they are, in the order of their delivery: those that pass now and were not replayed before."""
    new = sorted((row for row in rows if not row.is_replayed), key=lambda row: (row.kafka_topic, *row.place))
    judged, failing = [], []
    for name, some in groupby(new, lambda row: row.kafka_topic):
        job, mine = job_of(name), list(some)
        _require_replayable(job.topic)
        judged.append(judge_again(job.topic, mine, moment))
        failing += [f"{mine[at].label}: {'; '.join(why)}" for at, why in sorted(judged[-1].violations.items())]
    return Replay(judged, len(rows) - len(new), len(failing), failing[0] if failing else None)


def publish_replay(bootstrap: str, replay: Replay) -> None:
    """Send what passes and wait until it is delivered. Raises InstanceError when no broker answers or takes it."""
    if replay.rows:
        with Publisher(bootstrap) as publisher:
            for each in replay.passing:
                publisher.publish(each.topic, each.passing)


def finder(session: Session) -> FindRefused:
    """How to look up refused deliveries in the lakehouse."""
    return partial(find_deliveries, session)


def now() -> datetime:
    """The time at which messages are judged: that at which they are published."""
    return datetime.now(UTC)


def _originals(edits: Sequence[Edit], find: FindRefused) -> list[Refused]:
    """The refused rows that edits of a topic are about, in their order."""
    found = {row.place: row for row in find(edits[0].topic, [edit.place[:2] for edit in edits])}
    for edit in edits:
        if edit.place not in found:
            partition, offset, kafka_ts = edit.place
            raise SourceError(
                f"{edit.label}: {edit.topic.name}[{partition}] offset {offset} of {kafka_ts:%Y-%m-%dT%H:%M:%S.%fZ} was "
                "not refused: leave topic, partition, offset and kafka_ts as rejected show --json writes them."
            )
    return [found[edit.place] for edit in edits]


def _require_replayable(topic: Topic) -> None:
    if topic == ORDER_EVENTS:
        raise SourceError(
            f"{topic.name} is the exchange's own account of what it did, so nothing can be replayed to it: replay the "
            "order instead."
        )


def _renamed(message: pa.RecordBatch, rows: Sequence[Refused]) -> pa.RecordBatch:
    """The messages under the names that follow from the rows they take the place of."""
    names = {"producer_id": [row.new_producer_id for row in rows], "seq": [row.new_seq for row in rows]}
    columns = [
        pa.array(names[field.name], field.type) if field.name in names else message.column(field.name)
        for field in message.schema
    ]
    return pa.RecordBatch.from_arrays(columns, schema=message.schema)


def _records(values: list[bytes | None], moment: datetime) -> pa.RecordBatch:
    """Payloads as Spark's Kafka source would give them."""
    count = len(values)
    columns = {
        "key": pa.nulls(count, pa.binary()),
        "value": pa.array(values, pa.binary()),
        "partition": pa.array(np.zeros(count, np.int32)),
        "offset": pa.array(np.arange(count)),
        "timestamp": pa.array([moment] * count, pa.timestamp("us", "UTC")),
    }
    return cast(pa.RecordBatch, pa.RecordBatch.from_arrays([columns[name] for name in RECORD], names=list(RECORD)))
