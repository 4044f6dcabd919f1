"""Kafka records to bronze rows."""

from datetime import UTC, date, datetime

import pytest
from pyspark.sql import DataFrame, SparkSession

from pipelines.bronze.deliveries import build_bronze, filter_named, filter_unnamed, parse_deliveries
from schemas.bronze import BRONZE_TRADES

KAFKA_SOURCE = (
    "key BINARY, value BINARY, topic STRING, partition INT, offset BIGINT, timestamp TIMESTAMP, timestampType INT"
)
KAFKA_TS = datetime(2024, 8, 8, 12, tzinfo=UTC)
INGEST_TS = datetime(2024, 8, 8, 23, 59, 59, 999_999, tzinfo=UTC)
NAMES = "kafka_topic STRING, kafka_partition INT, kafka_offset BIGINT, kafka_ts TIMESTAMP"


def records(spark: SparkSession, *rows: tuple[object, ...]) -> DataFrame:
    return spark.createDataFrame([(*row, KAFKA_TS, 0) for row in rows], KAFKA_SOURCE)


@pytest.mark.spark
def test_build_bronze_keeps_every_delivery_byte_for_byte(spark: SparkSession) -> None:
    source = records(spark, (b"S", b"\x00\xff", "t", 1, 7), (None, None, "t", 0, 0), (b"", b"", "t", 0, 1))
    rows = build_bronze(parse_deliveries(source, INGEST_TS), BRONZE_TRADES)
    assert [(f.name, f.dataType) for f in rows.schema] == [(c.name, c.type) for c in BRONZE_TRADES.columns]
    kept = rows.select("kafka_topic", "kafka_partition", "kafka_offset", "raw_key", "raw_value").collect()
    assert sorted(kept, key=lambda row: row[1:3]) == [
        ("t", 0, 0, None, None),
        ("t", 0, 1, b"", b""),
        ("t", 1, 7, b"S", b"\x00\xff"),
    ]


@pytest.mark.spark
def test_parse_deliveries_stamps_the_batch(spark: SparkSession) -> None:
    (row,) = parse_deliveries(records(spark, (b"S", b"", "t", 0, 0)), INGEST_TS).collect()
    assert (row.ingest_ts.astimezone(UTC), row.ingest_date) == (INGEST_TS, date(2024, 8, 8))
    assert row.kafka_ts.astimezone(UTC) == KAFKA_TS


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
    deliveries = parse_deliveries(records(spark, *[(b"S", b"", "t", *place) for place in places]), INGEST_TS)
    listed = spark.createDataFrame([(*name, KAFKA_TS) for name in names], NAMES)
    where = ("kafka_partition", "kafka_offset")
    assert sorted(filter_named(deliveries, listed).select(*where).collect()) == named
    unnamed = sorted(filter_unnamed(deliveries, listed).select(*where).collect())
    assert unnamed == [place for place in places if place not in named]
