"""Kafka records to bronze rows."""

from datetime import UTC, date, datetime

import pyarrow as pa
import pytest
from pyspark.sql import DataFrame, SparkSession

from pipelines.bronze.deliveries import RECORD, filter_named, filter_unnamed, name_deliveries, parse_deliveries
from schemas.bronze import BRONZE_TRADES

KAFKA_SOURCE = (
    "key BINARY, value BINARY, topic STRING, partition INT, offset BIGINT, timestamp TIMESTAMP, timestampType INT"
)
ARROW = pa.schema(
    zip(RECORD, (pa.binary(), pa.binary(), pa.int32(), pa.int64(), pa.timestamp("us", "UTC")), strict=True)
)
KAFKA_TS = datetime(2024, 8, 8, 12, tzinfo=UTC)
INGEST_TS = datetime(2024, 8, 8, 23, 59, 59, 999_999, tzinfo=UTC)
NAMES = "kafka_topic STRING, kafka_partition INT, kafka_offset BIGINT, kafka_ts TIMESTAMP"


def records(spark: SparkSession, *rows: tuple[object, ...]) -> DataFrame:
    return spark.createDataFrame([(*row, KAFKA_TS, 0) for row in rows], KAFKA_SOURCE)


def test_parse_deliveries_keeps_every_record_byte_for_byte_and_stamps_it() -> None:
    rows = [(b"S", b"\x00\xff", 1, 7, KAFKA_TS), (None, None, 0, 0, KAFKA_TS), (b"", b"", 0, 1, KAFKA_TS)]
    records_of = [dict(zip(RECORD, row, strict=True)) for row in rows]
    parsed = parse_deliveries(pa.RecordBatch.from_pylist(records_of, ARROW), BRONZE_TRADES, INGEST_TS)
    assert parsed.schema.equals(BRONZE_TRADES.arrow_schema)
    stamp = (INGEST_TS, date(2024, 8, 8))
    assert [tuple(row.values()) for row in parsed.to_pylist()] == [
        ("market.trades.v1", 1, 7, KAFKA_TS, b"S", b"\x00\xff", *stamp),
        ("market.trades.v1", 0, 0, KAFKA_TS, None, None, *stamp),
        ("market.trades.v1", 0, 1, KAFKA_TS, b"", b"", *stamp),
    ]


@pytest.mark.spark
@pytest.mark.parametrize(
    ("names", "named"),
    [
        ([], []),
        ([("t", 0, 1)], [(0, 1)]),
        ([("t", 0, 1), ("t", 0, 1)], [(0, 1)]),
        ([("t", 1, 0), ("other", 0, 0), ("t", 0, 9)], [(1, 0)]),
    ],
    ids=["none", "one", "named twice", "other topic or offset"],
)
def test_filter_named_and_unnamed_split_the_deliveries(spark: SparkSession, names: list, named: list) -> None:
    places = [(0, 0), (0, 1), (1, 0)]
    deliveries = name_deliveries(records(spark, *[(b"S", b"", "t", *place) for place in places]))
    listed = spark.createDataFrame([(*name, KAFKA_TS) for name in names], NAMES)
    where = ("kafka_partition", "kafka_offset")
    assert sorted(filter_named(deliveries, listed).select(*where).collect()) == named
    unnamed = sorted(filter_unnamed(deliveries, listed).select(*where).collect())
    assert unnamed == [place for place in places if place not in named]
