"""From deliveries to silver rows and rejected rows."""

import pytest

from pipelines.silver.judge import build_bronze, build_judged, build_rejected, build_silver
from schemas.registry import Topic, arrow_schema
from schemas.topics import QUOTES, TOPICS, TRADES
from spark_jobs.jobs import job_of
from spark_jobs.worker import judged_schema
from tests.pipelines.silver.deliveries import ONE, every, judge, payloads_of

JOB = job_of(TRADES.name)


def test_every_delivery_is_in_silver_or_in_rejected() -> None:
    good, negative, other = payloads_of(TRADES, {}, {"quantity": -ONE, "symbol": ""}, {})
    judged = judge(TRADES, good, negative, b"\xff", None, other)
    silver = build_silver(judged, JOB.silver, every(judged)).to_pylist()
    assert [(row["kafka_offset"], row["seq"]) for row in silver] == [(0, 1), (4, 3)]
    negative_row, corrupt_row, null_row = build_rejected(judged, JOB.rejected, every(judged)).to_pylist()
    facts = ("kafka_offset", "is_decodable", "producer_id", "seq", "raw_value", "violations")
    sentences = ["symbol is missing", "quantity -1.000000000 is not positive"]
    assert [negative_row[name] for name in facts] == [1, True, "p", 2, negative, sentences]
    assert [corrupt_row[name] for name in facts[:-1]] == [2, False, None, None, b"\xff"]
    (sentence,) = corrupt_row["violations"]
    assert sentence.startswith("payload cannot be decoded: failed to decode Protobuf message")
    assert null_row["violations"] == ["payload cannot be decoded: the message has no payload"]


def test_bronze_keeps_what_silver_refuses_and_leaves_out_what_is_no_message() -> None:
    judged = judge(TRADES, *payloads_of(TRADES, {}, {"quantity": -ONE}), b"\xff", None)
    rows = build_bronze(judged, JOB.bronze, every(judged))
    assert rows.equals(judged.deliveries.slice(0, 2))


def test_rows_that_are_not_chosen_go_nowhere() -> None:
    judged = judge(TRADES, *payloads_of(TRADES, {}, {}, {"quantity": -ONE}, {"quantity": -ONE}))
    chosen = every(judged)
    chosen[[0, 2]] = False
    offsets = [
        build(judged, table, chosen).column("kafka_offset").to_pylist()
        for build, table in ((build_bronze, JOB.bronze), (build_silver, JOB.silver), (build_rejected, JOB.rejected))
    ]
    assert offsets == [[1, 3], [1], [3]]


@pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: topic.noun)
def test_builders_give_the_columns_of_their_tables(topic: Topic) -> None:
    job, judged = job_of(topic.name), judge(topic, *payloads_of(topic, {}), b"\xff")
    for build, table in ((build_bronze, job.bronze), (build_silver, job.silver), (build_rejected, job.rejected)):
        assert build(judged, table, every(judged)).schema.equals(table.arrow_schema)
    schema = arrow_schema(judged_schema(job))
    assert build_judged(judged, schema).schema.equals(schema)
    assert {*job.silver.column_names, *job.rejected.column_names} < set(schema.names)


def test_build_judged_keeps_every_row_and_marks_repeats() -> None:
    payloads = payloads_of(TRADES, *[{"seq": seq} for seq in (5, 6, 6, 4, 7)], {"quantity": 0})
    judged = judge(TRADES, *payloads, b"\xff", last={("p", "S"): 5})
    rows = build_judged(judged, arrow_schema(judged_schema(JOB))).to_pylist()
    assert [row["is_repeat_suspect"] for row in rows] == [True, False, True, True, False, True, False]
    assert [len(row["violations"]) for row in rows] == [0, 0, 0, 0, 0, 1, 1]
    assert [row["raw_value"] for row in rows] == [*payloads, b"\xff"]


def test_a_crossed_quote_is_rejected() -> None:
    judged = judge(QUOTES, *payloads_of(QUOTES, {"bid_prices": [102 * ONE]}))
    assert judged.violations == {0: ["crossed quote: bid 102.000000000 is above ask 101.000000000"]}
