"""Which messages may have come before, and which have."""

from collections.abc import Iterable

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyspark.sql import SparkSession

from pipelines.silver.repeats import LastSequences, filter_first, find_suspects, fold_last_sequences
from pipelines.wire import batch_of
from schemas.topics import TRADES
from tests.conftest import assert_rows

Message = tuple[str, str, int]  # producer_id, symbol, seq

SUSPECTS = "producer_id STRING, seq BIGINT, kafka_partition INT, kafka_offset BIGINT"
KNOWN = "producer_id STRING, seq BIGINT"


def batch(messages: Iterable[Message]) -> pa.RecordBatch:
    rows = list(messages)
    columns = {name: [row[i] for row in rows] for i, name in enumerate(("producer_id", "symbol", "seq"))}
    types = {"seq": pa.int64()}
    return batch_of(TRADES, {name: pa.array(c, types.get(name, pa.string())) for name, c in columns.items()})


def suspects(batches: Iterable[list[Message]], last: LastSequences | None = None) -> list[bool]:
    last = {} if last is None else last
    return [flag for messages in batches for flag in find_suspects(batch(messages), {}, last).tolist()]


@pytest.mark.parametrize(
    ("batches", "expected"),
    [
        ([[("p", "A", 1), ("p", "A", 2)]], [False, False]),
        ([[("p", "A", 1), ("p", "A", 1)]], [False, True]),
        ([[("p", "A", 1)], [("p", "A", 1)]], [False, True]),
        ([[("p", "A", 1), ("p", "A", 3), ("p", "A", 2)]], [False, False, True]),
        ([[("p", "A", 3)], [("p", "A", 2), ("p", "A", 4)]], [False, True, False]),
        ([[("p", "A", 1), ("q", "A", 1)]], [False, False]),
        ([[("p", "A", 2), ("p", "B", 1)]], [False, False]),
        ([[("p", "A", 2), ("q", "A", 1), ("p", "A", 1), ("q", "A", 2)]], [False, False, True, False]),
        ([[("p", "A", -5), ("p", "A", 0)]], [False, False]),
        ([[]], []),
    ],
    ids=[
        "new",
        "repeat in a batch",
        "repeat across batches",
        "overtaken in a batch",
        "overtaken across batches",
        "producers count for themselves",
        "symbols count for themselves",
        "interleaved producers",
        "below zero",
        "empty batch",
    ],
)
def test_find_suspects(batches: list[list[Message]], expected: list[bool]) -> None:
    assert suspects(batches) == expected


def test_find_suspects_brings_the_last_sequences_up_to_date() -> None:
    last = {("p", "A"): 5, ("p", "B"): 9}
    assert suspects([[("p", "A", 7), ("p", "A", 6), ("q", "A", 1)]], last) == [False, True, False]
    assert last == {("p", "A"): 7, ("p", "B"): 9, ("q", "A"): 1}


def test_find_suspects_leaves_undecodable_rows_out() -> None:
    last: LastSequences = {}
    found = find_suspects(batch([("", "", 0), ("p", "A", 1), ("", "", 0)]), {0: "why", 2: "why"}, last)
    assert (found.tolist(), last) == ([False, False, False], {("p", "A"): 1})


MESSAGES = st.tuples(st.sampled_from("pq"), st.sampled_from("AB"), st.integers(-3, 6))


@given(st.lists(st.lists(MESSAGES, max_size=8), max_size=4))
def test_a_row_that_is_no_suspect_lies_above_all_before_it(batches: list[list[Message]]) -> None:
    messages = [message for each in batches for message in each]
    for index, suspect in enumerate(suspects(batches)):
        producer, symbol, seq = messages[index]
        before = [s for p, b, s in messages[:index] if (p, b) == (producer, symbol)]
        assert suspect == any(seq <= earlier for earlier in before)


@given(st.lists(MESSAGES, max_size=12), st.integers(0, 12))
def test_find_suspects_does_not_depend_on_the_cut(messages: list[Message], cut: int) -> None:
    assert suspects([messages[:cut], messages[cut:]]) == suspects([messages])


@pytest.mark.spark
def test_filter_first_keeps_what_is_not_known_once(spark: SparkSession) -> None:
    suspected = [("p", 1, 0, 10), ("p", 2, 0, 12), ("p", 2, 0, 11), ("p", 2, 1, 3), ("q", 1, 0, 13)]
    found = filter_first(
        spark.createDataFrame(suspected, SUSPECTS), spark.createDataFrame([("p", 1), ("q", 2), ("q", 2)], KNOWN)
    )
    assert_rows(found, [("p", 2, 0, 11), ("q", 1, 0, 13)], SUSPECTS)


@pytest.mark.spark
def test_filter_first_of_no_suspects(spark: SparkSession) -> None:
    found = filter_first(spark.createDataFrame([], SUSPECTS), spark.createDataFrame([("p", 1)], KNOWN))
    assert_rows(found, [], SUSPECTS)


@pytest.mark.spark
def test_fold_last_sequences(spark: SparkSession) -> None:
    rows = spark.createDataFrame(
        [("p", "A", 1), ("p", "A", 3), ("p", "B", 2), ("q", "A", 9)], "producer_id STRING, symbol STRING, seq BIGINT"
    )
    expected = [("p", "A", 3), ("p", "B", 2), ("q", "A", 9)]
    assert_rows(fold_last_sequences(rows), expected, rows.schema)
