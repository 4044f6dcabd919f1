"""Reading topics and tables, and writing tables so that a second try changes nothing."""

import json
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

from delta.tables import DeltaTable
from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F

from schemas.errors import LakeError
from schemas.registry import Table
from schemas.tables import STREAMED
from spark_jobs.files import PRUNED_BY
from spark_jobs.logs import write_checkpoint
from spark_jobs.offsets import BatchOffsets, Offsets
from spark_jobs.settings import Settings
from spark_jobs.worker import write_rows

DELTA = "org.apache.spark.sql.delta"
NEVER = str(2**31 - 1)  # commits between the checkpoints that Delta writes while the one who committed waits
STREAMED_KEPT = "interval 1 day"  # of their logs, with a file each second: who opens a table lists them all


@dataclass(frozen=True)
class Lake:
    """The Delta tables of an instance, seen from its one driver."""

    spark: SparkSession
    settings: Settings

    def path(self, table: Table) -> str:
        """Where a table lies."""
        return str(self.settings.lake / table.folder)

    def create(self, table: Table) -> None:
        """Create a table where it is missing, and put it in the catalog.

        Raises LakeError when one lies there with other columns.
        """
        if not DeltaTable.isDeltaTable(self.spark, self.path(table)):
            self._create_empty(table)
        found = self.read(table).schema
        wanted = [(c.name, c.type) for c in table.columns]
        if [(field.name, field.dataType) for field in found] != wanted:
            raise LakeError(
                f"{table.name} at {self.path(table)} has other columns than the registry declares: "
                "move the folder away, or migrate it."
            )
        self.spark.sql(f"CREATE TABLE IF NOT EXISTS {table.name} USING delta LOCATION '{self.path(table)}'")

    def _create_empty(self, table: Table) -> None:
        """The first commit of a table's log: `CREATE TABLE` makes the same one with several jobs."""
        metadata = self._action(json.dumps({"metaData": self._metadata(table)}))
        transaction = self._log(table).startTransaction(self._nothing, self._nothing)
        transaction.updateMetadata(metadata, False)
        operation = self._class(f"{DELTA}.DeltaOperations$CreateTable")(metadata, False, False, self._nothing)
        transaction.commit(self._seq(()), operation)

    @staticmethod
    def _metadata(table: Table) -> dict[str, object]:
        """The action `metaData` of Delta's protocol."""
        settings = {
            "delta.checkpointInterval": NEVER,
            "delta.dataSkippingStatsColumns": ",".join(name for name in table.column_names if name in PRUNED_BY),
        }
        if table in STREAMED:
            settings["delta.logRetentionDuration"] = STREAMED_KEPT
        return {
            "id": str(uuid4()),
            "description": table.comment,
            "format": {"provider": "parquet", "options": {}},
            "schemaString": table.schema.json(),
            "partitionColumns": [table.partition_by],
            "configuration": settings | ({"delta.appendOnly": "true"} if table.is_append_only else {}),
            "createdTime": time.time_ns() // 1_000_000,
        }

    def read(self, table: Table) -> DataFrame:
        """The table as it is now."""
        return self.spark.read.format("delta").load(self.path(table))

    def reached(self, table: Table, stream: str) -> Offsets:
        """How far a stream has come in a table; empty when it has nothing of it."""
        return _of_stream(self._said(self._log(table).update(False, self._nothing, self._nothing)), stream)

    def is_begun(self, table: Table) -> bool:
        """Whether any stream has written to a table."""
        return bool(self._said(self._log(table).update(False, self._nothing, self._nothing)))

    def write(self, rows: DataFrame, table: Table, moment: datetime) -> list[str]:
        """Write rows to files of a table, stamped with `moment`; gives the actions that `commit` adds them with."""
        return write_rows(rows, table, self.path(table), moment)

    def commit(self, table: Table, added: Sequence[str], stream: str, offsets: Offsets) -> None:
        """Make written files (`add` actions) part of a table and, in the same commit, say how far the stream has come.

        Each partition of the topic is an application of Delta's (txnAppId), its next offset the version: what
        `reached` reads, and what outlives the history. A table in which the stream has come so far is left alone.
        """
        transaction = self._start(table)
        reached = _of_stream(self._said(transaction.snapshot()), stream)
        if all(reached.get(partition, 0) >= offset for partition, offset in offsets.items()):
            return
        said = [{"txn": {"appId": f"{stream}/{partition}", "version": o}} for partition, o in offsets.items()]
        comment = json.dumps({"stream": stream, "offsets": offsets})
        self._commit(transaction, [*added, *map(json.dumps, said)], stream, comment)

    def commits_to_replay(self, table: Table) -> int:
        """Commits since the last checkpoint of the log: whoever opens the table reads each of them."""
        snapshot = self._log(table).unsafeVolatileSnapshot()
        return int(snapshot.version() - max(0, snapshot.checkpointProvider().version()))

    def checkpoint(self, table: Table) -> None:
        """Write a checkpoint of the table's log, and drop what is older than the log's retention.

        Not by Spark, whose jobs for it take seconds beside the streams.
        """
        write_checkpoint(Path(self.path(table)))
        self._activate()
        self._log(table).update(False, self._nothing, self._nothing)

    def add(self, rows: DataFrame, table: Table, moment: datetime) -> None:
        """Append rows of which the caller knows that the table has none."""
        if added := self.write(rows, table, moment):
            self._commit(self._start(table), added, "", None)

    def _commit(self, transaction: Any, actions: Sequence[str], stream: str, comment: str | None) -> None:
        mode = self._class("org.apache.spark.sql.streaming.OutputMode").Append()
        remark = self._class("scala.Option").apply(comment)
        operation = self._class(f"{DELTA}.DeltaOperations$StreamingUpdate")(mode, stream, 0, remark)
        transaction.commit(self._seq(map(self._action, actions)), operation)

    def _action(self, said: str) -> Any:
        return self._class(f"{DELTA}.actions.Action").fromJson(said)

    def _start(self, table: Table) -> Any:
        """A transaction on the log as this driver knows it, without a look into its folder.

        Others do not write; what they did all the same, Delta finds when it commits.
        """
        log = self._log(table)
        return log.startTransaction(self._nothing, self._class("scala.Option").apply(log.unsafeVolatileSnapshot()))

    def _seq(self, objects: Iterable[Any]) -> Any:
        """Objects of the JVM as a Seq of Scala's."""
        found = self._class("java.util.ArrayList")()
        for each in objects:
            found.add(each)
        return self._class("org.apache.spark.api.python.PythonUtils").toSeq(found)

    def _said(self, snapshot: Any) -> dict[str, int]:
        """What the commits up to a snapshot say of `<stream>/<partition>`; the checksum beside one spares a job."""
        said = _known_transactions(snapshot)
        if said is None:
            self._activate()
            said = snapshot.setTransactions()
        return {said.apply(i).appId(): said.apply(i).version() for i in range(said.length())}

    def _activate(self) -> None:
        """Give this thread a session where it has none, as one of a pool: without, Delta reads no checkpoint."""
        sessions = self._class("org.apache.spark.sql.classic.SparkSession")
        if sessions.getActiveSession().isEmpty():
            sessions.setActiveSession(self.spark._jsparkSession)

    def _log(self, table: Table) -> Any:
        return self._class(f"{DELTA}.DeltaLog").forTable(self.spark._jsparkSession, self.path(table))

    def _class(self, name: str) -> Any:
        """A class of the JVM by its whole name: on a way through its packages, each is looked for in every JAR."""
        return getattr(self.spark.sparkContext._jvm, name)

    @property
    def _nothing(self) -> Any:
        return self._class("scala.Option").empty()


def _of_stream(said: Mapping[str, int], stream: str) -> Offsets:
    prefix = f"{stream}/"
    return {int(app.removeprefix(prefix)): version for app, version in said.items() if app.startswith(prefix)}


def _known_transactions(snapshot: Any) -> Any | None:
    checksum = snapshot.checksumOpt()
    said = checksum.get().setTransactions() if checksum.isDefined() else checksum
    return said.get() if said.isDefined() else None


def read_topic(spark: SparkSession, settings: Settings, topic: str, start: Offsets) -> DataFrame:
    """The stream of a topic's records from `start` on, transactions that were rolled back left out."""
    begin = json.dumps({topic: {str(p): o for p, o in start.items()}}) if start else "earliest"
    return (
        spark.readStream.format("kafka")
        .option("kafka.bootstrap.servers", settings.bootstrap)
        .option("subscribe", topic)
        .option("startingOffsets", begin)
        .option("maxOffsetsPerTrigger", settings.max_batch_rows)
        .option("kafka.isolation.level", "read_committed")
        .load()
    )


def in_batch(offsets: BatchOffsets) -> Column:
    """Whether a row's kafka_partition and kafka_offset lie in a batch."""
    condition = F.lit(False)
    for partition, end in sorted(offsets.end.items()):
        start, offset = offsets.start.get(partition, 0), F.col("kafka_offset")
        condition |= (F.col("kafka_partition") == partition) & (offset >= start) & (offset < end)
    return condition
