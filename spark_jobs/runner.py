"""One streaming query a topic: each micro-batch is read once, and every table of the topic gets its part of it.

A pass of Python workers writes the files of all tables; then they are committed, silver first, and each commit says
how far the stream has come. What a table already has is left out when a batch is run again, after a crash or with a
new checkpoint, so every delivery counts once, whatever happened in between.
"""

import logging
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path

from pyspark import Accumulator
from pyspark.sql import DataFrame
from pyspark.sql import functions as F
from pyspark.sql.streaming.query import StreamingQuery

from pipelines.bronze.deliveries import filter_named, filter_unnamed, name_deliveries
from pipelines.silver.repeats import LastSequences, SeenSequences, filter_first, fold_last_sequences
from schemas.registry import Table
from spark_jobs.highest import Highest
from spark_jobs.io import Lake, in_batch, read_topic
from spark_jobs.jobs import Step, TopicJob
from spark_jobs.offsets import BatchOffsets, Offsets, batch_offsets, merge
from spark_jobs.states import States
from spark_jobs.worker import Plan, Report, Target, build_rows, judge_records, write_files

log = logging.getLogger(__name__)

FEW = 10_000  # records: one task's work, and one file of each table


@dataclass(frozen=True)
class Batch:
    """A micro-batch: its records, what it reads, what a pass over it writes, whether some table has part of it."""

    records: DataFrame
    offsets: BatchOffsets
    plan: Plan
    is_torn: bool


@dataclass
class TopicStream:
    """A topic's job at work. `stream` names where deliveries come from: the topic's incarnation, or imports."""

    lake: Lake
    job: TopicJob
    stream: str
    clock: Callable[[], datetime]
    reached: dict[str, Offsets] = field(default_factory=dict)
    refused: Offsets = field(default_factory=dict)
    last: Accumulator[LastSequences] = field(init=False)

    def start(self, checkpoint: Path) -> StreamingQuery:
        """Run the query of the topic, which keeps its offsets in the folder `checkpoint`."""
        self.take_up()
        records = read_topic(self.lake.spark, self.lake.settings, self.job.topic.name, self._first_offsets())
        write = partial(self._write_logged, checkpoint)
        writer = records.writeStream.foreachBatch(write).option("checkpointLocation", str(checkpoint))
        return (
            writer.queryName(self.job.topic.name)
            .trigger(processingTime=f"{self.lake.settings.trigger_ms} milliseconds")
            .start()
        )

    def take_up(self) -> None:
        """Find out how far the tables have come, and which messages silver knows."""
        always = [t for t in self.job.tables if t != self.job.rejected]
        self.reached = {table.name: self.lake.reached(table, self.stream) for table in always}
        self.refused = self.lake.reached(self.job.rejected, self.stream)
        self.last = self.lake.spark.sparkContext.accumulator(self._known_sequences(), Highest())

    def _write_logged(self, checkpoint: Path, records: DataFrame, batch_id: int) -> None:
        began = time.monotonic()
        offsets = batch_offsets(checkpoint, batch_id)
        if offsets.rows:
            self.write(records, offsets)
            took = time.monotonic() - began
            log.info("%s: batch %s, %s rows in %.2f s", self.job.topic.name, batch_id, offsets.rows, took)

    def write(self, records: DataFrame, offsets: BatchOffsets) -> None:
        """Write the records of one batch to every table of the job, each at most once."""
        is_torn = self._is_torn(offsets)
        few = records.coalesce(1) if offsets.rows <= FEW else records
        batch = Batch(few, offsets, self._plan(offsets, is_torn), is_torn)
        written = write_files(batch.records, batch.plan)
        self._commit(self.job.silver, batch, written.files[self.job.silver.name])
        is_plain = not is_torn and not written.suspects
        if not is_plain:
            self._write_overtaken(batch)
        if is_torn:
            self._write_rejected_again(batch)
        elif added := written.files[self.job.rejected.name]:
            self._commit_rejected(batch, added)
        self._write_side_by_side(batch, written, is_plain)

    def _is_torn(self, offsets: BatchOffsets) -> bool:
        """Whether a table has not come exactly to the batch's start: it was begun before, or begins elsewhere."""
        starts = offsets.start.items()
        return any(reached.get(p, start) != start for reached in self.reached.values() for p, start in starts)

    def _plan(self, offsets: BatchOffsets, is_torn: bool) -> Plan:
        """A batch that is not torn is written to every table; otherwise the others follow from what is there."""
        tables = (self.job.bronze, self.job.silver) if is_torn else self.job.tables
        targets = {t.name: self._target(t, offsets) for t in tables}
        return Plan(self.job.topic.name, self.clock(), SeenSequences(dict(self.last.value), self.last.add), targets)

    def _target(self, table: Table, offsets: BatchOffsets) -> Target:
        path = self.lake.path(table)
        return Target(path, offsets.after(self.reached.get(table.name, {})), self._states(table))

    def _states(self, table: Table) -> States:
        return States(f"{self.lake.path(table)}/_states/{self.stream}")

    def forget_states(self) -> None:
        """Give up what stateful steps keep: no delivery to come belongs to what there was before."""
        for step in self.job.steps:
            if step.thaw:
                self._states(step.table).clear()

    def _commit(self, table: Table, batch: Batch, added: list[str]) -> None:
        """Commit files of a table, and with them how far it has come; not when it has the batch already."""
        missing = batch.offsets.after(self.reached[table.name])
        if missing.rows:
            reached = merge(self.reached[table.name], missing.end)
            self.lake.commit(table, added, self.stream, reached)
            self.reached[table.name] = reached

    def _write_overtaken(self, batch: Batch) -> None:
        """Suspects that neither silver nor rejected holds: they were overtaken, not repeated.

        After a crash there are others among them, so they are known by what they are, not by their batch.
        """
        suspects = judge_records(batch.records, batch.plan).where("is_repeat_suspect").persist()
        overtaken = filter_first(suspects, self._known_identities(suspects)).persist()
        if not overtaken.isEmpty():
            self.lake.add(overtaken.where("size(violations) = 0"), self.job.silver, batch.plan.ingest_ts)
            self.lake.add(overtaken.where("size(violations) > 0"), self.job.rejected, batch.plan.ingest_ts)
        overtaken.unpersist()
        suspects.unpersist()

    def _commit_rejected(self, batch: Batch, added: list[str]) -> None:
        self.refused = merge(self.refused, batch.offsets.end)
        self.lake.commit(self.job.rejected, added, self.stream, self.refused)

    def _write_rejected_again(self, batch: Batch) -> None:
        """Rejected is not written in every batch and does not say how far it has come: leave out what it holds."""
        refused = judge_records(batch.records, batch.plan).where("size(violations) > 0 and not is_repeat_suspect")
        missing = filter_unnamed(refused, self.lake.read(self.job.rejected))
        self._commit_rejected(batch, self.lake.write(missing, self.job.rejected, batch.plan.ingest_ts))

    def _write_side_by_side(self, batch: Batch, written: Report, is_plain: bool) -> None:
        """Bronze, and the steps: from the pass when silver has nothing else of the batch, otherwise from silver."""
        files = written.files
        with ThreadPoolExecutor(1 + len(self.job.steps)) as pool:
            writes = [pool.submit(self._commit, self.job.bronze, batch, files[self.job.bronze.name])]
            for step in self.job.steps:
                if is_plain:
                    writes.append(pool.submit(self._commit, step.table, batch, files[step.table.name]))
                else:
                    writes.append(pool.submit(self._write_step_again, step, batch))
            for write in writes:
                write.result()

    def _write_step_again(self, step: Step, batch: Batch) -> None:
        target = self._target(step.table, batch.offsets)
        silver = self.lake.read(self.job.silver).where(in_batch(target.missing))
        rows = build_rows(filter_named(silver, name_deliveries(batch.records)), step, target)
        self._commit(step.table, batch, self.lake.write(rows, step.table, batch.plan.ingest_ts))

    def _messages(self) -> DataFrame:
        """Who and where of every message that silver or its rejected table holds."""
        wanted = ("producer_id", "symbol", "seq")
        silver = self.lake.read(self.job.silver).select(*wanted)
        return silver.unionAll(self.lake.read(self.job.rejected).where("is_decodable").select(*wanted))

    def _known_identities(self, suspects: DataFrame) -> DataFrame:
        """The messages of the suspects' producers: file statistics skip the others."""
        producers = [row[0] for row in suspects.select("producer_id").distinct().collect()]
        return self._messages().where(F.col("producer_id").isin(producers))

    def _known_sequences(self) -> LastSequences:
        if not any(map(self.lake.is_begun, (self.job.silver, self.job.rejected))):
            return {}
        rows = fold_last_sequences(self._messages()).collect()
        return {(row.producer_id or "", row.symbol or ""): row.seq for row in rows}

    def _first_offsets(self) -> Offsets:
        """Where a new checkpoint begins: what every table has is not read again (-2: from the earliest on)."""
        partitions = {p for reached in self.reached.values() for p in reached}
        return {p: min(reached.get(p, -2) for reached in self.reached.values()) for p in partitions}
