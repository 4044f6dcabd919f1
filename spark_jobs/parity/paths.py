"""Three paths from the same bytes to gold, each into a lake of its own."""

import shutil
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.streaming.query import StreamingQuery

from pipelines.silver.repeats import SeenSequences, filter_first
from pipelines.source.publish import Publisher, ensure_topics
from pipelines.source.replay import Batch
from schemas.topics import TOPICS
from spark_jobs.io import Lake
from spark_jobs.jobs import JOBS, Step, TopicJob
from spark_jobs.offsets import BatchOffsets, Offsets
from spark_jobs.parity.ledger import BACKFILL, LIVE, REPLAY
from spark_jobs.progress import stream_name
from spark_jobs.runner import TopicStream
from spark_jobs.settings import Settings
from spark_jobs.states import States
from spark_jobs.worker import Plan, Target, build_rows, judge_records

SLICES = 12  # what is published at once, as the stream goes on
PAUSE_S = 0.5
# Rows of bronze in the columns of Spark's Kafka source.
RECORDS = (
    *("raw_key AS key", "raw_value AS value", "kafka_partition AS partition", "kafka_offset AS offset"),
    "kafka_ts AS timestamp",
)


class FromEarliest(TopicStream):
    """A topic's job that reads all that the topic holds, whatever its tables have."""

    def _first_offsets(self) -> Offsets:
        return {}


@dataclass(frozen=True)
class Paths:
    """The ways to fill a lake with the same batches, on a broker whose topics are empty before `live`."""

    spark: SparkSession
    settings: Settings
    batches: Sequence[Batch]

    def lake(self, path: str) -> Lake:
        """The lake of a path, below the home of the run."""
        return Lake(self.spark, replace(self.settings, home=self.settings.home / path.lower()))

    def fillers(self) -> Mapping[str, Callable[[Lake], None]]:
        """What fills the lake of each path, in the order in which they must run."""
        return {LIVE: self.live, BACKFILL: self.backfill, REPLAY: self.replay}

    def live(self, lake: Lake) -> None:
        """Many small micro-batches, while the batches are being published."""
        ensure_topics(lake.settings.bootstrap, TOPICS, lake.settings.partitions)
        with _streams(_limited(lake, self._most(8)), TopicStream) as queries, Publisher(lake.settings.bootstrap) as to:
            each = -(-len(self.batches) // SLICES)
            for start in range(0, len(self.batches), each):
                for topic, rows in self.batches[start : start + each]:
                    to.publish(topic, rows)
                time.sleep(PAUSE_S)
            to.flush()
            _drain(queries)

    def backfill(self, lake: Lake) -> None:
        """The builders over bronze of the live lake, all of it at once and without Kafka."""
        for job in JOBS:
            bronze = self.lake(LIVE).read(job.bronze).selectExpr(*RECORDS)
            Backfill(lake, job, datetime.now(UTC)).fill(bronze)

    def replay(self, lake: Lake) -> None:
        """The topics read for some batches, and, the checkpoint lost, from the earliest offset on in larger ones."""
        with _streams(_limited(lake, self._most(3)), TopicStream) as queries:
            while not all(query.lastProgress for query in queries):
                _raise_failed(queries)
                time.sleep(0.1)
        shutil.rmtree(lake.settings.checkpoints)
        with _streams(_limited(lake, self._most(2)), FromEarliest) as queries:
            _drain(queries)

    def _most(self, cuts: int) -> int:
        """Rows of a micro-batch at most, so that the largest topic takes so many of them."""
        counts = {topic: sum(len(rows) for of, rows in self.batches if of == topic) for topic in TOPICS}
        return max(1, -(-max(counts.values()) // cuts))


@dataclass(frozen=True)
class Backfill:
    """A topic's tables from records that are not a stream."""

    lake: Lake
    job: TopicJob
    moment: datetime

    def fill(self, records: DataFrame) -> None:
        """Write silver and what follows from it; each message counts where it was delivered first."""
        judged = judge_records(records, Plan(self.job.topic.name, self.moment, SeenSequences()))
        accepted = judged.where("size(violations) = 0")
        self.lake.add(filter_first(accepted, accepted.where("false")), self.job.silver, self.moment)
        silver = self.lake.read(self.job.silver)
        for step in self.job.steps:
            self.lake.add(build_rows(silver, step, self._target(step)), step.table, self.moment)

    def _target(self, step: Step) -> Target:
        path = self.lake.path(step.table)
        return Target(path, BatchOffsets({}, {}), States(f"{path}/_states/backfill"))


def _limited(lake: Lake, rows: int) -> Lake:
    return replace(lake, settings=replace(lake.settings, max_batch_rows=rows))


@contextmanager
def _streams(lake: Lake, kind: type[TopicStream]) -> Iterator[list[StreamingQuery]]:
    """The queries of all topics, stopped with the block."""

    def start(job: TopicJob) -> StreamingQuery:
        stream = stream_name(lake.settings, job.topic)
        return kind(lake, job, stream, partial(datetime.now, UTC)).start(lake.settings.checkpoints / stream)

    with ThreadPoolExecutor(len(JOBS)) as pool:
        queries = list(pool.map(start, JOBS))
    try:
        yield queries
    finally:
        for query in queries:
            query.stop()


def _drain(queries: Sequence[StreamingQuery]) -> None:
    """Return when each query has read all there is. Raises what one died of."""
    for query in queries:
        query.processAllAvailable()


def _raise_failed(queries: Sequence[StreamingQuery]) -> None:
    for query in queries:
        if not query.isActive:
            query.awaitTermination()
