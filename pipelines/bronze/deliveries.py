"""Kafka records as deliveries: the shape that bronze stores and silver reads, in stream and in batch."""

from datetime import datetime

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from schemas.bronze import DELIVERY_IDENTITY
from schemas.registry import Table


def parse_deliveries(records: DataFrame, ingest_ts: datetime) -> DataFrame:
    """Rows of Spark's Kafka source (key, value, topic, partition, offset, timestamp) to bronze columns."""
    return records.select(
        F.col("topic").alias("kafka_topic"),
        F.col("partition").alias("kafka_partition"),
        F.col("offset").alias("kafka_offset"),
        F.col("timestamp").alias("kafka_ts"),
        F.col("key").alias("raw_key"),
        F.col("value").alias("raw_value"),
        _referenced(ingest_ts).alias("ingest_ts"),
        F.lit(ingest_ts.date()).alias("ingest_date"),
    )


def _referenced(moment: datetime) -> Column:
    """A constant that generated code refers to instead of spelling.

    Spark writes a timestamp literal into the Java it generates, so that a new moment in each micro-batch would have
    that Java compiled anew each time. An array literal is passed by reference; the index keeps it from being folded.
    """
    return F.get(F.array(F.lit(moment)), F.spark_partition_id() * 0)


def build_bronze(deliveries: DataFrame, table: Table) -> DataFrame:
    """What a bronze table keeps of deliveries: all of it."""
    return deliveries.select(*table.column_names)


def filter_named(deliveries: DataFrame, names: DataFrame) -> DataFrame:
    """The deliveries that `names` (the columns of DELIVERY_IDENTITY) lists."""
    return deliveries.join(F.broadcast(names.select(*DELIVERY_IDENTITY)), list(DELIVERY_IDENTITY), "left_semi")


def filter_unnamed(deliveries: DataFrame, names: DataFrame) -> DataFrame:
    """The deliveries that `names` (the columns of DELIVERY_IDENTITY) does not list."""
    return deliveries.join(F.broadcast(names.select(*DELIVERY_IDENTITY)), list(DELIVERY_IDENTITY), "left_anti")
