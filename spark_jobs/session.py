"""The one place where a Spark session is built."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from subprocess import TimeoutExpired
from typing import Any

from pyspark.sql import SparkSession
from pyspark.sql.connect.client.retries import DefaultPolicy
from pyspark.sql.connect.session import SparkSession as ConnectSession

from schemas.recent import SCHEMA
from spark_jobs.jars import spark_jars
from spark_jobs.java import write_class
from spark_jobs.settings import Settings

LOOPBACK = "127.0.0.1"  # driver and executor are one process, wherever its doors are
# Code of many queries fills a cache of the usual 240 MB, and what the JVM then throws out it compiles again.
JVM = "-XX:+UseParallelGC -XX:ReservedCodeCacheSize=512m -XX:-UseCodeCacheFlushing"
# Of a micro-batch's task, half is Python's work and some is waiting: with a slot a core, whoever asks for a few rows
# would stand in line behind five streams.
SLOTS = 3  # tasks at once, for each core
LEAVE_S = 10
RETRIES = 4  # some seconds; the default of 15 is ten minutes of silence when the lakehouse has gone

LOG_STORE = "LakeLogStore"  # LakeLogStore.java
STREAMING = "org.apache.spark.sql.execution.streaming.checkpointing"

# Defaults of 200 shuffle and 50 snapshot partitions cost seconds a micro-batch on a small machine;
# adaptive execution re-plans writes that are too small to gain from it.
LAKE = {
    "spark.sql.extensions": "io.delta.sql.DeltaSparkSessionExtension",
    "spark.sql.catalog.spark_catalog": "org.apache.spark.sql.delta.catalog.DeltaCatalog",
    "spark.sql.catalogImplementation": "in-memory",
    "spark.databricks.delta.snapshotPartitions": "1",
    "spark.databricks.delta.setTransactionsInCrc.writeOnCommit": "true",  # how far streams have come, without a job
    # Delta's answers from metadata fail on the dates of Thrift sessions, java.time.LocalDate: max(event_date).
    "spark.databricks.delta.optimizeMetadataQuery.enabled": "false",
    "spark.sql.adaptive.enabled": "false",
    "spark.sql.globalTempDatabase": SCHEMA,
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.parquet.compression.codec": "zstd",
    "spark.sql.execution.arrow.maxRecordsPerBatch": "65536",
    # No limit of bytes: to keep to one, Spark measures the whole batch with every row that it adds; where rows hold
    # lists that takes the square of the rows.
    "spark.sql.execution.arrow.maxBytesPerBatch": str(2**31 - 1),
    "spark.scheduler.mode": "FAIR",
    "spark.ui.showConsoleProgress": "false",
    # The micro-batches of four topics have some two hundred generated classes: what falls out of the cache is compiled
    # by Janino, and then by the JIT, in every batch again.
    "spark.sql.codegen.cache.maxEntries": "5000",
    # Rows of a micro-batch fall into few partitions: open files side by side instead of sorting by partition.
    "spark.sql.maxConcurrentOutputFileWriters": "16",
    "spark.sql.streaming.pollingDelay": "50ms",
    "spark.sql.streaming.noDataMicroBatches.enabled": "false",
    # Hadoop's own file systems put a file of checksums beside each file (Delta's logs have their own, disks too), and
    # start programs: `chmod` for each file that is made, `readlink` twice to rename one through the interface that
    # both logs take by default. Some ten processes a micro-batch, one after the other.
    "spark.hadoop.fs.file.impl": "com.globalmentor.apache.hadoop.fs.NakedLocalFileSystem",
    "spark.hadoop.fs.AbstractFileSystem.file.impl": "org.apache.hadoop.fs.local.RawLocalFs",
    "spark.delta.logStore.file.impl": LOG_STORE,
    "spark.sql.streaming.checkpointFileManagerClass": f"{STREAMING}.FileSystemBasedCheckpointFileManager",
}


def build_session(settings: Settings, name: str, extra: dict[str, str] | None = None) -> SparkSession:
    """A local session over the lake. Raises SetupError when JARs are missing."""
    _classes(settings).mkdir(parents=True, exist_ok=True)
    builder = SparkSession.builder.appName(name).master(f"local[{SLOTS * settings.cores}]")
    for key, value in {**LAKE, **_instance(settings), **(extra or {})}.items():
        builder = builder.config(key, value)
    spark = builder.getOrCreate()
    write_class(spark, LOG_STORE, _classes(settings))
    return spark


def end_session(spark: SparkSession) -> None:
    """Stop a session and wait for its JVM, so that nothing is left of a process that ends after it."""
    gateway: Any = spark.sparkContext._gateway
    spark.stop()
    gateway.shutdown()
    gateway.proc.stdin.close()
    try:
        gateway.proc.wait(LEAVE_S)
    except TimeoutExpired:
        gateway.proc.kill()


@contextmanager
def connect(settings: Settings) -> Iterator[ConnectSession]:
    """A session through the Spark Connect door, this thread's active one, closed with the block."""
    session: ConnectSession = ConnectSession.builder.remote(settings.connect_url).create()
    session.client.set_retry_policies([DefaultPolicy(max_retries=RETRIES)])
    try:
        yield session
    finally:
        session.stop()


def _classes(settings: Settings) -> Path:
    return settings.home / "spark" / "classes"


def _instance(settings: Settings) -> dict[str, str]:
    scratch = settings.home / "spark"
    log4j = Path(__file__).with_name("log4j2.properties")
    return {
        # Not spark.jars: a Thrift session that ends closes the class loader those would be in.
        "spark.driver.extraClassPath": ":".join(map(str, (_classes(settings), *spark_jars()))),
        "spark.driver.memory": f"{settings.memory_mb}m",
        "spark.driver.host": LOOPBACK,
        "spark.driver.bindAddress": LOOPBACK,
        "spark.driver.extraJavaOptions": f"{JVM} -Dlog4j2.configurationFile={log4j.as_uri()}",
        "spark.default.parallelism": str(settings.cores),
        "spark.sql.shuffle.partitions": str(settings.cores),
        # In so many tasks VACUUM lists a table's folders; the default of 10,000 takes a minute a table.
        "spark.sql.sources.parallelPartitionDiscovery.parallelism": str(settings.cores),
        "spark.local.dir": str(scratch),
        "spark.sql.warehouse.dir": str(settings.lake),
        "spark.ui.port": str(settings.ui_port),
        "spark.pyspark.python": sys.executable,
    }
