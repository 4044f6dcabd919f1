"""As-of joins: by hand at the boundaries, and against pandas on markets drawn at random."""

from collections.abc import Sequence
from dataclasses import replace

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyspark.sql import DataFrame, SparkSession

from pipelines.gold.asof import AsofPolicy, asof_join
from tests.conftest import assert_rows

pytestmark = pytest.mark.spark

STRICT = AsofPolicy(("symbol",), "at_ns", "quote_ns", "quote_seq")
INCLUSIVE = replace(STRICT, is_strict=False)
LEFT = "symbol STRING, at_ns BIGINT, n BIGINT"
RIGHT = "symbol STRING, quote_ns BIGINT, quote_seq BIGINT, bid BIGINT"
QUOTES = [("S", 10, 1, 100), ("S", 20, 2, 200), ("S", 20, 3, 300), ("T", 15, 1, 900)]

Row = tuple[object, ...]


def join(spark: SparkSession, left: Sequence[Row], right: Sequence[Row], policy: AsofPolicy) -> DataFrame:
    return asof_join(spark.createDataFrame(left, LEFT), spark.createDataFrame(right, RIGHT), policy)


def bids(joined: DataFrame) -> list[int | None]:
    """The bid that each left row has found, in order of n."""
    return [row.matched and row.matched.bid for row in joined.orderBy("n").collect()]


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        (STRICT, [None, None, 100, 100, 300]),
        (INCLUSIVE, [None, 100, 100, 300, 300]),
        (replace(STRICT, tolerance_ns=9), [None, None, 100, None, 300]),
        (replace(STRICT, tolerance_ns=10), [None, None, 100, 100, 300]),
        (replace(INCLUSIVE, tolerance_ns=0), [None, 100, None, 300, None]),
    ],
    ids=str,
)
def test_asof_join_at_the_boundaries(spark: SparkSession, policy: AsofPolicy, expected: list[int | None]) -> None:
    left = [("S", at, n) for n, at in enumerate((5, 10, 19, 20, 21))]
    assert bids(join(spark, left, QUOTES, policy)) == expected


def test_asof_join_gives_the_whole_row_and_says_its_policy(spark: SparkSession) -> None:
    policy = replace(STRICT, tolerance_ns=7)
    joined = join(spark, [("S", 30, 1), ("S", 26, 2)], [*QUOTES, ("S", 25, 4, None)], policy)
    said = "quote_ns < at_ns, at most 7 ns old, last quote_seq"
    assert str(INCLUSIVE) == "quote_ns <= at_ns, any age, last quote_seq"
    whole = ("S", 25, 4, None)
    assert_rows(
        joined,
        [("S", 30, 1, whole, said), ("S", 26, 2, whole, said)],
        f"{LEFT}, matched STRUCT<{RIGHT.replace(' ', ': ').replace(',:', ',')}>, asof_policy STRING NOT NULL",
    )


def test_asof_join_without_clock_or_key_matches_nothing(spark: SparkSession) -> None:
    left = [("S", None, 1), (None, 30, 2), ("S", 30, 3), ("U", 30, 4)]
    right = [*QUOTES, ("S", None, 9, 1), (None, 10, 9, 2)]
    assert bids(join(spark, left, right, STRICT)) == [None, None, 300, None]


@pytest.mark.parametrize(("seqs", "expected"), [((None, 1), 200), ((1, None), 100), ((2, 1), 100), ((1, 1), 200)])
def test_asof_join_of_one_time_takes_the_last_sequence(
    spark: SparkSession, seqs: tuple[int | None, int | None], expected: int
) -> None:
    right = [("S", 10, seqs[0], 100), ("S", 10, seqs[1], 200)]
    assert bids(join(spark, [("S", 11, 1)], right, STRICT)) == [expected]
    assert bids(join(spark, [("S", 11, 1)], right[::-1], STRICT)) == [expected]


def test_asof_join_keeps_left_rows_that_are_equal(spark: SparkSession) -> None:
    left = [("S", 11, 1), ("S", 11, 1), ("S", 11, 2)]
    assert bids(join(spark, left, QUOTES, STRICT)) == [100, 100, 100]
    assert bids(join(spark, left, [], STRICT)) == [None, None, None]
    assert bids(join(spark, [], QUOTES, STRICT)) == []


CLOCK = st.integers(0, 12)
LEFTS = st.lists(CLOCK, max_size=6)
RIGHTS = st.lists(st.tuples(CLOCK, st.integers(0, 2), st.booleans()), max_size=8)
CASES = st.lists(st.tuples(LEFTS, RIGHTS), min_size=40, max_size=60)
POLICIES = st.builds(replace, st.just(STRICT), is_strict=st.booleans(), tolerance_ns=st.none() | st.integers(0, 4))


def by_pandas(left: list[Row], right: list[Row], policy: AsofPolicy) -> list[int | None]:
    """The bids that pandas finds; its right side in order of sequence, of which it takes the last."""
    lefts = pd.DataFrame(left, columns=["symbol", "at_ns", "n"]).sort_values("at_ns", kind="stable")
    rights = pd.DataFrame(right, columns=["symbol", "quote_ns", "quote_seq", "bid"])
    tolerance = policy.tolerance_ns
    merged = pd.merge_asof(
        lefts.astype({"at_ns": "int64", "n": "int64"}),
        rights.astype({"quote_ns": "int64"}).sort_values(["quote_ns", "quote_seq", "bid"], na_position="first"),
        left_on="at_ns",
        right_on="quote_ns",
        by="symbol",
        allow_exact_matches=not policy.is_strict,
        tolerance=tolerance,
    ).sort_values("n")
    return [None if pd.isna(bid) else int(bid) for bid in merged["bid"]]


@given(CASES, POLICIES)
@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
def test_asof_join_finds_what_pandas_finds(
    spark: SparkSession, cases: list[tuple[list[int], list[tuple[int, int, bool]]]], policy: AsofPolicy
) -> None:
    left = [(f"S{c}", at) for c, (lefts, _) in enumerate(cases) for at in lefts] or [("S", 0)]
    right = [(f"S{c}", *row) for c, (_, rows) in enumerate(cases) for row in rows] or [("S", 0, 0, True)]
    lefts: list[Row] = [(*row, n) for n, row in enumerate(left)]
    rights: list[Row] = [(*row, n if has_bid else None) for n, (*row, has_bid) in enumerate(right)]
    expected = by_pandas(lefts, rights, policy)
    trades, quotes = spark.createDataFrame(lefts, LEFT), spark.createDataFrame(rights, RIGHT)
    assert bids(asof_join(trades, quotes, policy)) == expected
