"""Windows, mark-outs, samples and latest rows, by tables of rows at the boundaries."""

import pytest
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from pipelines.gold.asof import AsofPolicy, asof_join
from pipelines.gold.windows import SamplePolicy, WindowPolicy, latest_on, markouts, sample_by, window_join
from schemas.errors import MeasureError
from tests.conftest import assert_rows

pytestmark = pytest.mark.spark

LEFT = "symbol STRING, at_ns BIGINT"
RIGHT = "symbol STRING, ns BIGINT, seq BIGINT, bid BIGINT"
QUOTES = [("S", 10, 1, 100), ("S", 20, 1, 200), ("S", 20, 2, 300), ("S", 31, 1, None), ("T", 15, 1, 900)]


def test_window_join_has_both_ends(spark: SparkSession) -> None:
    left = [("S", 15), ("S", 15), ("S", 16), ("S", 0), ("T", 14), (None, 15), ("S", None)]
    right = spark.createDataFrame([*QUOTES, ("S", None, 1, 7), (None, 15, 1, 7)], RIGHT)
    around = WindowPolicy(("symbol",), "at_ns", "ns", before_ns=5, after_ns=15)
    measures = {"quotes": F.count("right"), "bids": F.sum("right.bid"), "highest": F.max("right.bid")}
    assert_rows(
        window_join(spark.createDataFrame(left, LEFT), right, around, measures),
        [
            *[("S", 15, 3, 600, 300)] * 2,
            ("S", 16, 3, 500, 300),
            ("S", 0, 1, 100, 100),
            ("T", 14, 1, 900, 900),
            (None, 15, 0, None, None),
            ("S", None, 0, None, None),
        ],
        f"{LEFT}, quotes BIGINT NOT NULL, bids BIGINT, highest BIGINT",
    )


def test_markouts_are_what_is_known_then_and_null_past_the_end(spark: SparkSession) -> None:
    left = spark.createDataFrame([("S", 10), ("S", 21), ("T", 10), ("U", 10), ("S", None)], LEFT)
    policy = AsofPolicy(("symbol",), "at_ns", "ns", "seq")
    found = markouts(left, spark.createDataFrame(QUOTES, RIGHT), policy, [0, 10, 11])
    bids = found.select("symbol", "at_ns", "horizon_ns", "matched.ns", "matched.bid", "asof_policy")
    said = "ns <= at_ns + horizon_ns, any age, last seq"
    expected = [
        *[("S", 10, 0, 10, 100), ("S", 10, 10, 20, 300), ("S", 10, 11, 20, 300)],
        *[("S", 21, 0, 20, 300), ("S", 21, 10, 31, None), ("S", 21, 11, None, None)],
        *[(key, 10, horizon, None, None) for key in "TU" for horizon in (0, 10, 11)],
        *[("S", None, horizon, None, None) for horizon in (0, 10, 11)],
    ]
    schema = f"{LEFT}, horizon_ns BIGINT, ns BIGINT, bid BIGINT, asof_policy STRING NOT NULL"
    assert_rows(bids, [(*row, said) for row in expected], schema)


def test_latest_on_takes_the_whole_last_row(spark: SparkSession) -> None:
    rows = [*QUOTES, ("S", None, 9, 1), (None, 99, 1, 1), ("V", 1, None, 5), ("V", 1, 0, 6)]
    found = latest_on(spark.createDataFrame(rows, RIGHT), ["symbol"], "ns", "seq")
    assert_rows(found, [("S", 31, 1, None), ("T", 15, 1, 900), ("V", 1, 0, 6)], RIGHT)


@pytest.mark.parametrize(
    ("fill", "silent"),
    [
        ("none", []),
        ("null", [("S", 10, None, None, None), ("S", 20, None, None, None)]),
        ("previous", [("S", 10, 9, 2, 200), ("S", 20, 9, 2, 200)]),
        ({"bid": 0}, [("S", 10, None, None, 0), ("S", 20, None, None, 0)]),
    ],
    ids=str,
)
def test_sample_by_fills_steps_without_rows(spark: SparkSession, fill: object, silent: list[tuple]) -> None:
    rows = [("S", -1, 1, 50), ("S", 0, 1, 100), ("S", 9, 2, 200), ("S", 9, 1, 150), ("S", 30, 1, 300), ("T", 39, 1, 9)]
    policy = SamplePolicy(("symbol",), "ns", "seq", 10, fill)
    found = sample_by(spark.createDataFrame([*rows, ("T", None, 1, 1)], RIGHT), policy)
    expected = [("S", -10, -1, 1, 50), ("S", 0, 9, 2, 200), ("S", 30, 30, 1, 300), ("T", 30, 39, 1, 9), *silent]
    step = "step_ns BIGINT" if fill == "none" else "step_ns BIGINT NOT NULL"
    assert_rows(found, expected, f"symbol STRING, {step}, ns BIGINT, seq BIGINT, bid BIGINT")


def test_joins_and_samples_refuse_what_matches_nothing(spark: SparkSession) -> None:
    left, right = spark.createDataFrame([("S", 1)], LEFT), spark.createDataFrame(QUOTES, RIGHT)
    policy = AsofPolicy(("symbol",), "at_ns", "time_ns", "seq")
    with pytest.raises(MeasureError, match="The right side has no column time_ns: it has symbol, ns, seq, bid"):
        asof_join(left, right, policy)
    with pytest.raises(MeasureError, match="The left side has no column venue"):
        window_join(left, right, WindowPolicy(("symbol", "venue"), "at_ns", "ns", 1, 1), {})
    with pytest.raises(MeasureError, match="tolerance_ns is -1"):
        AsofPolicy(("symbol",), "at_ns", "ns", "seq", tolerance_ns=-1)
    with pytest.raises(MeasureError, match="needs a key"):
        AsofPolicy((), "at_ns", "ns", "seq")
    with pytest.raises(MeasureError, match="A window join needs a key"):
        WindowPolicy((), "at_ns", "ns", 1, 1)
    with pytest.raises(MeasureError, match="before_ns -2 and after_ns 1: give a sum of 0 or more"):
        WindowPolicy(("symbol",), "at_ns", "ns", -2, 1)
    with pytest.raises(MeasureError, match="A sample needs a key"):
        SamplePolicy((), "ns", "seq", 1)
    with pytest.raises(MeasureError, match="The left side has no column t: it has symbol, at_ns"):
        markouts(left, right, AsofPolicy(("symbol",), "t", "ns", "seq"), [1])
    with pytest.raises(MeasureError, match="The only side has no column venue: it has symbol, ns, seq, bid"):
        latest_on(right, ["venue"], "ns", "seq")
    with pytest.raises(MeasureError, match="every_ns is 0"):
        SamplePolicy(("symbol",), "ns", "seq", 0)
    with pytest.raises(MeasureError, match="fill is 'next': give none, null, previous, or values by column"):
        SamplePolicy(("symbol",), "ns", "seq", 1, "next")
