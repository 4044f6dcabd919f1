"""Reading topics and tables, and writing tables so that a second try changes nothing."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from delta.tables import DeltaTable
from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F

from schemas.errors import LakeError
from schemas.registry import Table
from spark_jobs.offsets import BatchOffsets, Offsets
from spark_jobs.settings import Settings

# Statistics are kept where queries prune by them: each column costs every row a comparison.
PRUNED_BY = {"producer_id", "symbol", "venue", "event_ts", "window_start", "kafka_partition", "kafka_offset"}


@dataclass(frozen=True)
class Lake:
    """The Delta tables of an instance, seen from its one driver."""

    spark: SparkSession
    settings: Settings

    def path(self, table: Table) -> str:
        """Where a table lies."""
        return str(self.settings.lake / table.layer / table.noun)

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
        pruned_by = [name for name in table.column_names if name in PRUNED_BY]
        builder = DeltaTable.create(self.spark).location(self.path(table)).comment(table.comment)
        (
            builder.addColumns(table.schema)
            .partitionedBy(table.partition_by)
            .property("delta.checkpointInterval", "100")
            .property("delta.dataSkippingStatsColumns", ",".join(pruned_by))
            .execute()
        )

    def read(self, table: Table) -> DataFrame:
        """The table as it is now."""
        return self.spark.read.format("delta").load(self.path(table))

    def reached(self, table: Table, stream: str) -> Offsets:
        """How far a stream has come in a table, from the commit that says so; empty when none does."""
        history = DeltaTable.forPath(self.spark, self.path(table)).history()
        said = history.where(F.col("userMetadata").startswith(json.dumps({"stream": stream})[:-1]))
        last = said.orderBy(F.col("version").desc()).select("userMetadata").first()
        return {int(p): int(o) for p, o in json.loads(last[0])["offsets"].items()} if last else {}

    def added(self, table: Table, stream: str, offsets: Offsets) -> DataFrame:
        """The rows that one `append` added, read from its files.

        A condition on offsets would find them too, but it would be compiled anew for each micro-batch.
        """
        said = _say(stream, offsets)
        files = next(files for metadata, files in self._commits(table) if metadata == said)
        paths = [f"{self.path(table)}/{unquote(file)}" for file in files]
        if not paths:
            return self.spark.createDataFrame([], table.schema)
        return self.spark.read.schema(table.schema).option("basePath", self.path(table)).parquet(*paths)

    def _commits(self, table: Table) -> Iterator[tuple[str | None, list[str]]]:
        """Of each commit, the last first: what it said, and the files it added."""
        jvm: Any = self.spark.sparkContext._jvm
        log = jvm.org.apache.spark.sql.delta.DeltaLog.forTable(self.spark._jsparkSession, self.path(table))
        for version in range(log.unsafeVolatileSnapshot().version(), -1, -1):
            file = jvm.org.apache.hadoop.fs.Path(f"{self.path(table)}/_delta_log/{version:020d}.json")
            stream = file.getFileSystem(self.spark._jsparkSession.sessionState().newHadoopConf()).open(file)
            actions = [
                json.loads(line) for line in jvm.org.apache.commons.io.IOUtils.toString(stream, "UTF-8").splitlines()
            ]
            stream.close()
            said = next(
                (action["commitInfo"].get("userMetadata") for action in actions if "commitInfo" in action), None
            )
            yield said, [action["add"]["path"] for action in actions if "add" in action]

    def add(self, rows: DataFrame, table: Table) -> None:
        """Append rows of which the caller knows that the table has none."""
        rows.write.format("delta").mode("append").save(self.path(table))

    def append(self, rows: DataFrame, table: Table, stream: str, offsets: Offsets) -> None:
        """Append rows and, in the same commit, how far the stream has come; a stream that has come so far is a no-op.

        Delta compares txnVersion, the sum of the offsets, which grows with each of them.
        """
        (
            rows.write.format("delta")
            .mode("append")
            .option("txnAppId", stream)
            .option("txnVersion", sum(offsets.values()))
            .option("userMetadata", _say(stream, offsets))
            .save(self.path(table))
        )


def _say(stream: str, offsets: Offsets) -> str:
    return json.dumps({"stream": stream, "offsets": {str(p): o for p, o in sorted(offsets.items())}})


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
