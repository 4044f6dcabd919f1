"""Kafka records as deliveries: the shape that bronze stores and silver reads, in stream and in batch."""

from datetime import datetime

import pyarrow as pa
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from schemas.bronze import DELIVERY_IDENTITY
from schemas.registry import Table

# What a micro-batch hands to a Python worker of Spark's Kafka source; the topic is the same for all of it.
RECORD = ("key", "value", "partition", "offset", "timestamp")


def parse_deliveries(records: pa.RecordBatch, table: Table, ingest_ts: datetime) -> pa.RecordBatch:
    """N rows of RECORD to n rows of a bronze table, byte for byte."""
    key, value, partition, offset, timestamp = (records.column(name) for name in RECORD)
    columns = {
        "kafka_topic": _constant(table.topic.name, pa.string(), len(records)),
        "kafka_partition": partition,
        "kafka_offset": offset,
        "kafka_ts": timestamp,
        "raw_key": key,
        "raw_value": value,
        "ingest_ts": _constant(ingest_ts, pa.timestamp("us", "UTC"), len(records)),
        "ingest_date": _constant(ingest_ts.date(), pa.date32(), len(records)),
    }
    return pa.RecordBatch.from_arrays([columns[name] for name in table.column_names], schema=table.arrow_schema)


def _constant(value: object, kind: pa.DataType, rows: int) -> pa.Array:
    return pa.repeat(pa.scalar(value, kind), rows)


def name_deliveries(records: DataFrame) -> DataFrame:
    """The identity of each row of Spark's Kafka source, in the columns of DELIVERY_IDENTITY."""
    names = zip(("topic", "partition", "offset", "timestamp"), DELIVERY_IDENTITY, strict=True)
    return records.select(*(F.col(name).alias(identity) for name, identity in names))


def filter_named(deliveries: DataFrame, names: DataFrame) -> DataFrame:
    """The deliveries that `names` (the columns of DELIVERY_IDENTITY) lists."""
    return deliveries.join(F.broadcast(names.select(*DELIVERY_IDENTITY)), list(DELIVERY_IDENTITY), "left_semi")


def filter_unnamed(deliveries: DataFrame, names: DataFrame) -> DataFrame:
    """The deliveries that `names` (the columns of DELIVERY_IDENTITY) does not list."""
    return deliveries.join(F.broadcast(names.select(*DELIVERY_IDENTITY)), list(DELIVERY_IDENTITY), "left_anti")
