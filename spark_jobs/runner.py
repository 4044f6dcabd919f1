"""One streaming query a topic: in each micro-batch silver, then rejected, then bronze and gold side by side.

A table learns in the same commit how far the stream has come. What a table already has is left out when a batch
is run again, after a crash or with a new checkpoint, so every delivery counts once, whatever happened in between.
"""

import logging
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from pyspark import Accumulator
from pyspark.sql import DataFrame, Observation
from pyspark.sql import functions as F
from pyspark.sql.streaming.query import StreamingQuery

from expectations.rules import find_violations
from pipelines.bronze.deliveries import build_bronze, filter_named, filter_unnamed, parse_deliveries
from pipelines.silver.judge import build_silver, judge_deliveries
from pipelines.silver.rejected import build_rejected
from pipelines.silver.repeats import LastSequences, SeenSequences, filter_first, fold_last_sequences
from schemas.registry import Table
from spark_jobs.highest import Highest
from spark_jobs.io import Lake, in_batch, read_topic
from spark_jobs.jobs import GoldStep, TopicJob
from spark_jobs.offsets import BatchOffsets, Offsets, batch_offsets, merge

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Batch:
    """A micro-batch: its deliveries, what it reads, what is known of repeats, whether some table has part of it."""

    deliveries: DataFrame
    offsets: BatchOffsets
    seen: SeenSequences
    is_torn: bool


@dataclass
class TopicStream:
    """A topic's job at work. `stream` names the topic's incarnation, `checkpoint` is its folder."""

    lake: Lake
    job: TopicJob
    stream: str
    checkpoint: Path
    clock: Callable[[], datetime]
    reached: dict[str, Offsets] = field(default_factory=dict)
    refused: Offsets = field(default_factory=dict)
    last: Accumulator[LastSequences] = field(init=False)

    def start(self) -> StreamingQuery:
        """Take up where the tables are."""
        always = [t for t in self.job.tables if t != self.job.rejected]
        self.reached = {table.name: self.lake.reached(table, self.stream) for table in always}
        self.refused = self.lake.reached(self.job.rejected, self.stream)
        self.last = self.lake.spark.sparkContext.accumulator(self._known_sequences(), Highest())
        records = read_topic(self.lake.spark, self.lake.settings, self.job.topic.name, self._first_offsets())
        writer = records.writeStream.foreachBatch(self.run_batch).option("checkpointLocation", str(self.checkpoint))
        return (
            writer.queryName(self.job.topic.name)
            .trigger(processingTime=f"{self.lake.settings.trigger_ms} milliseconds")
            .start()
        )

    def run_batch(self, records: DataFrame, batch_id: int) -> None:
        """Write one micro-batch to every table of the job, each at most once."""
        began = time.monotonic()
        offsets = batch_offsets(self.checkpoint, batch_id)
        if not offsets.rows:
            return
        seen = SeenSequences(dict(self.last.value), self.last.add)
        batch = Batch(parse_deliveries(records, self.clock()), offsets, seen, self._is_torn(offsets))
        found = self._write_silver(batch)
        is_plain = not batch.is_torn and not found["suspects"]
        if not is_plain:
            self._write_overtaken(batch)
        if batch.is_torn or found["violating"]:
            self._write_rejected(batch)
        silver = self.lake.added(self.job.silver, self.stream, self.reached[self.job.silver.name]) if is_plain else None
        self._write_side_by_side(batch, batch.is_torn or found["undecodable"] > 0, silver)
        took = time.monotonic() - began
        log.info("%s: batch %s, %s rows in %.2f s", self.job.topic.name, batch_id, offsets.rows, took)

    def _is_torn(self, offsets: BatchOffsets) -> bool:
        """Whether a table has not come exactly to the batch's start: it was begun before, or begins elsewhere."""
        starts = offsets.start.items()
        return any(reached.get(p, start) != start for reached in self.reached.values() for p, start in starts)

    def _write_silver(self, batch: Batch) -> dict[str, int]:
        """Rows that are new for certain and break no rule; counts of the others."""
        counted = Observation()
        judged = self._judged(batch).observe(
            counted,
            F.count_if("is_repeat_suspect").alias("suspects"),
            F.count_if(F.size("violations") > 0).alias("violating"),
            F.count_if(~F.col("is_decodable")).alias("undecodable"),
        )
        fresh = judged.where(~F.col("is_repeat_suspect"))
        if self._append(build_silver(fresh, self.job.silver), self.job.silver, batch.offsets):
            return counted.get
        return {"suspects": 0, "violating": 0, "undecodable": 0}

    def _write_overtaken(self, batch: Batch) -> None:
        """Suspects that neither silver nor rejected holds: they were overtaken, not repeated.

        After a crash there are others among them, so they are known by what they are, not by their batch.
        """
        suspects = self._judged(batch).where("is_repeat_suspect").persist()
        overtaken = filter_first(suspects, self._known_identities(suspects)).persist()
        if not overtaken.isEmpty():
            self.lake.add(build_silver(overtaken, self.job.silver), self.job.silver)
            self.lake.add(build_rejected(overtaken, batch.deliveries, self.job.rejected), self.job.rejected)
        overtaken.unpersist()
        suspects.unpersist()

    def _write_rejected(self, batch: Batch) -> None:
        fresh = self._judged(batch).where(~F.col("is_repeat_suspect"))
        rows = build_rejected(fresh, batch.deliveries, self.job.rejected)
        if batch.is_torn:
            rows = filter_unnamed(rows, self.lake.read(self.job.rejected))
        self.refused = merge(self.refused, batch.offsets.end)
        self.lake.append(rows, self.job.rejected, self.stream, self.refused)

    def _write_side_by_side(self, batch: Batch, has_undecodable: bool, silver: DataFrame | None) -> None:
        """Bronze, and gold from the silver rows of the batch: `silver`, or what the table has of it."""
        deliveries = batch.deliveries
        if has_undecodable:
            refused = self.lake.read(self.job.rejected).where(in_batch(batch.offsets) & ~F.col("is_decodable"))
            deliveries = filter_unnamed(deliveries, refused)
        bronze = build_bronze(deliveries, self.job.bronze)
        with ThreadPoolExecutor(1 + len(self.job.gold)) as pool:
            writes = [pool.submit(self._append_gold, step, batch, silver) for step in self.job.gold]
            writes += [pool.submit(self._append, bronze, self.job.bronze, batch.offsets)]
            for write in writes:
                write.result()

    def _append_gold(self, step: GoldStep, batch: Batch, silver: DataFrame | None) -> bool:
        missing = batch.offsets.after(self.reached[step.table.name])
        if silver is None:
            silver = filter_named(self.lake.read(self.job.silver).where(in_batch(missing)), batch.deliveries)
        return self._commit(step.build(silver), step.table, missing)

    def _append(self, rows: DataFrame, table: Table, offsets: BatchOffsets) -> bool:
        """Append the rows that a table has not yet; False when it has them all."""
        missing = offsets.after(self.reached[table.name])
        is_cut = missing.start != offsets.start
        return self._commit(rows.where(in_batch(missing)) if is_cut else rows, table, missing)

    def _commit(self, rows: DataFrame, table: Table, missing: BatchOffsets) -> bool:
        if not missing.rows:
            return False
        reached = merge(self.reached[table.name], missing.end)
        self.lake.append(rows, table, self.stream, reached)
        self.reached[table.name] = reached
        return True

    def _judged(self, batch: Batch) -> DataFrame:
        violations = find_violations(self.job.silver.name)
        return judge_deliveries(batch.deliveries, self.job.silver, violations, batch.seen)

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
        rows = fold_last_sequences(self._messages()).collect()
        return {(row.producer_id or "", row.symbol or ""): row.seq for row in rows}

    def _first_offsets(self) -> Offsets:
        """Where a new checkpoint begins: what every table has is not read again (-2: from the earliest on)."""
        partitions = {p for reached in self.reached.values() for p in reached}
        return {p: min(reached.get(p, -2) for reached in self.reached.values()) for p in partitions}
