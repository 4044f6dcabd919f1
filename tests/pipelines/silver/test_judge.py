"""From deliveries to silver rows and rejected rows."""

from datetime import UTC, date, datetime

import pytest
from pipelines.silver.rejected import build_rejected
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from expectations.rules import find_violations
from pipelines.silver.judge import build_silver, judge_deliveries, with_event_date, with_violations
from pipelines.silver.repeats import SeenSequences
from schemas.topics import QUOTES, TOPICS, TRADES
from tests.conftest import assert_rows
from tests.pipelines.silver.deliveries import ONE, deliver, job_of, payloads_of


def judged(deliveries: DataFrame) -> DataFrame:
    silver = job_of(TRADES).silver
    return judge_deliveries(deliveries, silver, find_violations(silver.name), SeenSequences())


@pytest.mark.spark
def test_with_event_date_is_the_utc_date(spark: SparkSession) -> None:
    midnight = datetime(2024, 8, 9, tzinfo=UTC)
    times = [datetime(2024, 8, 8, 23, 59, 59, 999_999, tzinfo=UTC), midnight, None]
    rows = with_event_date(spark.createDataFrame([(time,) for time in times], "event_ts TIMESTAMP"))
    expected = list(zip(times, [date(2024, 8, 8), date(2024, 8, 9), None], strict=True))
    assert_rows(rows, expected, "event_ts TIMESTAMP, event_date DATE")


@pytest.mark.spark
def test_with_violations_of_an_undecodable_row_is_the_decoders_alone(spark: SparkSession) -> None:
    rows = spark.createDataFrame([("cut short",), (None,)], "decode_error STRING")
    assert_rows(
        with_violations(rows, F.array(F.lit("symbol is missing"))),
        [
            ("cut short", ["payload cannot be decoded: cut short"], False),
            (None, ["symbol is missing"], True),
        ],
        "decode_error STRING, violations ARRAY<STRING> NOT NULL, is_decodable BOOLEAN NOT NULL",
    )


@pytest.mark.spark
def test_every_delivery_is_in_silver_or_in_rejected(spark: SparkSession) -> None:
    good, negative, other = payloads_of(TRADES, {}, {"quantity": -ONE, "symbol": ""}, {})
    deliveries = deliver(spark, TRADES, [good, negative, b"\xff", None, other])
    rows, job = judged(deliveries).cache(), job_of(TRADES)
    silver = build_silver(rows, job.silver).select("kafka_offset", "seq").collect()
    rejected = build_rejected(rows, deliveries, job.rejected)
    assert sorted(silver) == [(0, 1), (4, 3)]
    facts = ("kafka_offset", "violations", "is_decodable", "producer_id", "seq", "raw_value")
    negative_row, corrupt_row, null_row = sorted(rejected.select(*facts).collect())
    sentences = ["symbol is missing", "quantity -1.000000000 is not positive"]
    assert tuple(negative_row) == (1, sentences, True, "p", 2, negative)
    assert (corrupt_row.is_decodable, corrupt_row.producer_id, corrupt_row.raw_value) == (False, None, b"\xff")
    assert corrupt_row.violations[0].startswith("payload cannot be decoded: failed to decode Protobuf message")
    assert null_row.violations == ["payload cannot be decoded: the message has no payload"]
    rows.unpersist()


@pytest.mark.spark
@pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: topic.noun)
def test_build_silver_and_rejected_give_the_columns_of_their_tables(spark: SparkSession, topic) -> None:
    job, deliveries = job_of(topic), deliver(spark, topic, payloads_of(topic, {}))
    rows = judge_deliveries(deliveries, job.silver, find_violations(job.silver.name), SeenSequences())
    built = {job.silver: build_silver(rows, job.silver), job.rejected: build_rejected(rows, deliveries, job.rejected)}
    for table, made in built.items():
        assert [(f.name, f.dataType) for f in made.schema] == [(c.name, c.type) for c in table.columns]


@pytest.mark.spark
def test_a_crossed_quote_is_rejected(spark: SparkSession) -> None:
    job = job_of(QUOTES)
    deliveries = deliver(spark, QUOTES, payloads_of(QUOTES, {"bid_prices": [102 * ONE]}))
    rows = judge_deliveries(deliveries, job.silver, find_violations(job.silver.name), SeenSequences())
    (row,) = build_rejected(rows, deliveries, job.rejected).collect()
    assert row.violations == ["crossed quote: bid 102.000000000 is above ask 101.000000000"]
