"""What Python workers do with a micro-batch: decode and judge its records once, write the files of every table."""

import gc
import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from functools import cache, partial

import pyarrow as pa
import pyarrow.compute as pc
from pyspark.sql import DataFrame
from pyspark.sql.types import StructField, StructType

from expectations.silver import find_violations
from pipelines.bronze.deliveries import RECORD, parse_deliveries
from pipelines.silver.judge import (
    Judged,
    build_bronze,
    build_judged,
    build_rejected,
    build_silver,
    judge_deliveries,
)
from pipelines.silver.repeats import SeenSequences
from schemas import types as t
from schemas.registry import Table, arrow_schema
from spark_jobs.files import TableFiles
from spark_jobs.jobs import Build, Step, Thaw, TopicJob, job_of, table_named
from spark_jobs.offsets import BatchOffsets
from spark_jobs.states import States

PLACE = ("kafka_partition", "kafka_offset")
REPORT = StructType([StructField("report", t.TEXT)])


@dataclass(frozen=True)
class Target:
    """A table that a pass writes: where it lies, which offsets it misses, and the states of its step, if it has any."""

    path: str
    missing: BatchOffsets
    states: States


@dataclass(frozen=True)
class Plan:
    """What a pass over the records of a topic needs to know; workers get a copy. Files are stamped with `ingest_ts`."""

    topic: str
    ingest_ts: datetime
    seen: SeenSequences
    targets: Mapping[str, Target] = field(default_factory=dict)


@dataclass
class Report:
    """What a pass wrote: the actions that add its files, by table; and how many rows may have come before."""

    files: dict[str, list[str]] = field(default_factory=dict)
    suspects: int = 0

    def add(self, other: "Report") -> None:
        """Take what another task wrote."""
        self.suspects += other.suspects
        for table, actions in other.files.items():
            self.files.setdefault(table, []).extend(actions)


def write_files(records: DataFrame, plan: Plan) -> Report:
    """Read the records of Spark's Kafka source once and write what each table misses of them. No table shows it yet."""
    report = Report()
    for row in records.select(*RECORD).mapInArrow(partial(_write_files, plan), REPORT).collect():
        report.add(Report(**json.loads(row.report)))
    return report


def judged_schema(job: TopicJob) -> StructType:
    """The columns of a job's silver and rejected tables, then whether a row may have come before."""
    fields = {field.name: field for table in (job.silver, job.rejected) for field in table.schema}
    return StructType([*fields.values(), StructField("is_repeat_suspect", t.FLAG)])


def judge_records(records: DataFrame, plan: Plan) -> DataFrame:
    """The records as rows of `judged_schema`: silver's and rejected's columns, accepted or not."""
    return records.select(*RECORD).mapInArrow(partial(_judge, plan), judged_schema(job_of(plan.topic)))


def build_rows(silver: DataFrame, step: Step, target: Target) -> DataFrame:
    """Rows of a step's table from the silver rows that it misses."""
    read, thaw = silver.select(*step.reads), step.thaw
    if thaw is None:
        return read.mapInArrow(partial(_build_rows, step.build), step.table.schema)

    def build_partition(rows: pa.Table) -> pa.Table:
        return _go_on(thaw, target, rows.sort_by("kafka_offset"))

    return read.groupBy("kafka_partition").applyInArrow(build_partition, step.table.schema)


def write_rows(rows: DataFrame, table: Table, path: str, moment: datetime) -> list[str]:
    """Write rows of a table to files of it; gives the actions that add them."""
    step = partial(_write_rows, table.name, path, moment)
    ordered = rows.select(*table.column_names)
    return [action for row in ordered.mapInArrow(step, REPORT).collect() for action in json.loads(row.report)]


def _judge(plan: Plan, records: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    job = job_of(plan.topic)
    schema = arrow_schema(judged_schema(job))
    return (build_judged(judged, schema) for judged in _judged(plan, job, records))


def _build_rows(build: Build, silver: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    for batch in silver:
        yield from build(pa.Table.from_batches([batch])).to_batches()


def _go_on(thaw: Thaw, target: Target, silver: pa.Table) -> pa.Table:
    """Rows of a stateful step from silver rows of one partition, in order; the state after them is kept."""
    partition = silver.column("kafka_partition")[0].as_py()
    start, end = (offsets.get(partition, 0) for offsets in (target.missing.start, target.missing.end))
    builder = thaw(target.states.load(partition, start))
    rows = builder.apply(silver)
    target.states.save(partition, start, end, builder.freeze())
    return rows


def _judged(plan: Plan, job: TopicJob, records: Iterator[pa.RecordBatch]) -> Iterator[Judged]:
    last = dict(plan.seen.last)
    rules = partial(find_violations, job.silver.name)
    for batch in records:
        yield judge_deliveries(parse_deliveries(batch, job.bronze, plan.ingest_ts), job.silver, rules, last)
    plan.seen.report(last)


def _write_files(plan: Plan, records: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    job = job_of(plan.topic)
    files = {
        table: TableFiles(table, plan.targets[table.name].path) for table in job.tables if table.name in plan.targets
    }
    silver: list[pa.RecordBatch] = []
    suspects = 0
    for judged in _judged(plan, job, records):
        suspects += int(judged.suspects.sum())
        rows = {table: _missing_rows(job, table, plan, judged) for table in files if table in job.layers}
        for table, batch in rows.items():
            files[table].write(batch)
        silver.append(rows[job.silver])
    for step in job.steps if any(map(len, silver)) else ():
        if step.table in files:
            accepted = pa.Table.from_batches(silver).select(step.reads)
            files[step.table].write(_step_rows(step, plan.targets[step.table.name], accepted))
    _spare_collections(plan.topic)
    yield _report(asdict(Report({table.name: each.close(plan.ingest_ts) for table, each in files.items()}, suspects)))


def _step_rows(step: Step, target: Target, silver: pa.Table) -> pa.Table:
    if step.thaw is None:
        return step.build(silver)
    places = silver.column("kafka_partition")
    parts = (silver.filter(pc.equal(places, partition)) for partition in pc.unique(places))
    return pa.concat_tables(_go_on(step.thaw, target, part) for part in parts)


@cache
def _spare_collections(topic: str) -> None:
    """Once for a topic in a worker: what it has loaded by now is garbage to nobody.

    Spark collects garbage after each task, and took half of a worker's time to look through the modules.
    """
    gc.freeze()


def _missing_rows(job: TopicJob, table: Table, plan: Plan, judged: Judged) -> pa.RecordBatch:
    """What bronze, silver or rejected misses of judged rows; suspects go to bronze only."""
    chosen = plan.targets[table.name].missing.holds(*(judged.deliveries.column(name).to_numpy() for name in PLACE))
    if table == job.bronze:
        return build_bronze(judged, table, chosen)
    build = build_silver if table == job.silver else build_rejected
    return build(judged, table, chosen & ~judged.suspects)


def _write_rows(table: str, path: str, moment: datetime, rows: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    files = TableFiles(table_named(table), path)
    for batch in rows:
        files.write(batch)
    yield _report(files.close(moment))


def _report(value: object) -> pa.RecordBatch:
    return pa.RecordBatch.from_arrays([pa.array([json.dumps(value)])], names=REPORT.names)
