"""A topic's job at work in a test: send payloads, run the stream over them, compare what the tables hold."""

import shutil
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from pyspark.sql.types import ArrayType

from pipelines.silver.book_rows import READS
from pipelines.silver.books import build_books
from pipelines.source.publish import ensure_topics
from schemas.registry import Table, Topic
from schemas.silver import BOOKS, SILVER_DEPTH
from spark_jobs.io import Lake
from spark_jobs.jobs import TopicJob, job_of
from spark_jobs.offsets import Offsets
from spark_jobs.progress import stream_name
from spark_jobs.runner import TopicStream
from spark_jobs.settings import Settings
from tests.conftest import Broker

PARTITIONS = 2
KEYS = ("symbol", "venue", "window_start", "known_ts", "event_date")
UNEQUAL = ("ingest_ts", "ingest_date")  # when a row was written, not what it says

Delivery = tuple[int, bytes | None]  # partition, payload


class Crash(Exception):
    """The driver dies here."""


@dataclass(frozen=True)
class FragileLake(Lake):
    """Dies once, before a commit to a table of that name; of overtaken rows where `/overtaken` stands beside it."""

    breaks: list[tuple[str, str]] = field(default_factory=list)

    def commit(self, table: Table, added: Sequence[str], stream: str, offsets: Offsets) -> None:
        """Commit, or die."""
        self._break_at((table.name, ""))
        super().commit(table, added, stream, offsets)

    def add(self, rows: DataFrame, table: Table, moment: datetime) -> None:
        """Append overtaken rows, or die."""
        self._break_at((table.name, "/overtaken"))
        super().add(rows, table, moment)

    def _break_at(self, place: tuple[str, str]) -> None:
        if place in self.breaks:
            self.breaks.clear()
            raise Crash(place[0])


class FromEarliest(TopicStream):
    """Reads all that the topic holds, whatever the tables have."""

    def _first_offsets(self) -> Offsets:
        return {}


@dataclass(frozen=True)
class Stand:
    """A job over a lake of its own, and the topic it reads."""

    lake: Lake
    job: TopicJob

    def create(self) -> "Stand":
        """Create the job's tables."""
        for table in self.job.tables:
            self.lake.create(table)
        return self

    def send(self, deliveries: Iterable[Delivery]) -> None:
        """Publish payloads in order, each to its partition."""
        send(self.lake.settings, self.job.topic, deliveries)

    def checkpoint(self) -> Path:
        """The folder of the checkpoint."""
        return self.lake.settings.checkpoints / stream_name(self.lake.settings, self.job.topic)

    def run(self, kind: Callable[..., TopicStream] = TopicStream, rows: int = 400_000) -> None:
        """Read all there is, at most `rows` offsets a batch, and stop."""
        lake = replace(self.lake, settings=replace(self.lake.settings, max_batch_rows=rows))
        stream = stream_name(lake.settings, self.job.topic)
        query = kind(lake, self.job, stream, lambda: datetime.now(UTC)).start(self.checkpoint())
        try:
            query.processAllAvailable()
        finally:
            query.stop()

    def lose_checkpoint(self) -> None:
        """Delete the checkpoint, as by accident."""
        shutil.rmtree(self.checkpoint())

    def count(self, table: Table, condition: str = "true") -> int:
        """Rows of a table."""
        return self.lake.read(table).where(condition).count()

    def facts(self) -> dict[str, tuple[int, int]]:
        """Rows and a hash of each table, gold folded; neither when nor in which batch a row was written matters."""
        gold = {step.table for step in self.job.steps if step.table.layer == "gold"}
        return {t.name: hashed(folded(self.lake.read(t)) if t in gold else self.lake.read(t)) for t in self.job.tables}


def on_broker(lake: Lake, broker: Broker) -> Lake:
    """The lake, whose streams read from a broker."""
    return replace(lake, settings=replace(lake.settings, kafka_port=broker.settings.kafka_port))


def stand_on(lake: Lake, broker: Broker, topic: Topic) -> Stand:
    """A topic made anew, and its job over an empty lake."""
    renew(broker.settings, topic)
    return Stand(on_broker(lake, broker), job_of(topic.name)).create()


def assert_books_whole(stand: Stand) -> None:
    """silver.books is what one rebuild gives over all that silver.depth holds, in order of arrival."""
    silver = stand.lake.read(SILVER_DEPTH).select(*READS).orderBy("kafka_partition", "kafka_offset")
    rebuilt = stand.lake.spark.createDataFrame(build_books(silver.toArrow().select(READS)), BOOKS.schema)
    assert hashed(stand.lake.read(BOOKS)) == hashed(rebuilt)


def folded(partials: DataFrame) -> DataFrame:
    """One row a key: sums are summed up, extremes compared, of first and last the first and the last is kept."""
    keys = [name for name in KEYS if name in partials.columns]
    return partials.groupBy(*keys).agg(*(fold_of(n, partials).alias(n) for n in partials.columns if n not in keys))


def fold_of(name: str, partials: DataFrame) -> Column:
    """How a column of partials is folded."""
    prefix = name.split("_")[0]
    if isinstance(partials.schema[name].dataType, ArrayType):
        return F.max_by(name, F.struct("last_ns", "last_seq"))
    folds = {"first": F.min, "last": F.max, "high": F.max, "low": F.min}
    if prefix in ("first", "last"):
        ordered = F.struct(*(each for each in partials.columns if each.startswith(f"{prefix}_")))
        return folds[prefix](ordered).getField(name)
    return folds.get(prefix, F.sum)(name)


def hashed(rows: DataFrame) -> tuple[int, int]:
    """Count and sum of the hashes of all columns but those of writing."""
    names = [name for name in rows.columns if name not in UNEQUAL]
    row = rows.agg(F.count("*"), F.sum(F.xxhash64(*names).cast("decimal(38,0)"))).first()
    assert row is not None
    return row[0], int(row[1] or 0)


def send(settings: Settings, topic: Topic, deliveries: Iterable[Delivery]) -> None:
    """Publish payloads in order, each to its partition."""
    producer = Producer({"bootstrap.servers": settings.bootstrap, "queue.buffering.max.messages": 1_000_000})
    failed: list[object] = []
    for partition, payload in deliveries:
        producer.produce(
            topic.name,
            value=payload,
            key=b"S",
            partition=partition,
            on_delivery=lambda error, _: failed.append(error) if error else None,
        )
    assert producer.flush(30) == 0
    assert failed == []


def renew(settings: Settings, topic: Topic, partitions: int = PARTITIONS) -> None:
    """Delete a topic, if it is there, and make it again."""
    admin = AdminClient({"bootstrap.servers": settings.bootstrap})
    if topic.name in admin.list_topics(timeout=10).topics:
        admin.delete_topics([topic.name])[topic.name].result()
    while topic.name in admin.list_topics(timeout=10).topics:
        time.sleep(0.05)
    ensure_topics(settings.bootstrap, [topic], partitions)


def to(partition: int, payloads: Sequence[bytes | None]) -> list[Delivery]:
    """Payloads for one partition."""
    return [(partition, payload) for payload in payloads]
