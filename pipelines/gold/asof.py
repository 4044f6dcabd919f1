"""As-of joins: for each row of one stream, the row of another that was the last one before it.

A match takes the whole row, never the last value of each column, and says by which policy it was made. Matching with
`<=` where two clocks tick together looks into the future: the quote that a trade caused counts as the one before it.
So the default is strict, `<`.
"""

from dataclasses import dataclass

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

MATCHED = "matched"
POLICY = "asof_policy"
# Steps of a search that halves what is left: an array holds no more than 2^28 times.
SEARCH_STEPS = 28


@dataclass(frozen=True)
class AsofPolicy:
    """Which row of the right side is the one before a row of the left.

    The sides have the columns `by` in common; clocks are nanoseconds, BIGINT. Of rows with the same time the highest
    `right_seq` counts (null is lowest), then the greatest row by its columns in order.
    """

    by: tuple[str, ...]
    left_clock: str
    right_clock: str
    right_seq: str
    is_strict: bool = True
    tolerance_ns: int | None = None

    def __str__(self) -> str:
        """Clock, strictness, tolerance, tie-break: what a joined row says of itself."""
        before = "<" if self.is_strict else "<="
        tolerance = "any age" if self.tolerance_ns is None else f"at most {self.tolerance_ns} ns old"
        return f"{self.right_clock} {before} {self.left_clock}, {tolerance}, last {self.right_seq}"


def asof_join(left: DataFrame, right: DataFrame, policy: AsofPolicy) -> DataFrame:
    """Each row of `left` once, with `matched`, the row of `right` that was last before it, and `asof_policy`.

    `matched` is a struct of the columns of `right`; null without a row before, without a clock or without a key, and
    where the row before is older than the tolerance. A row of `right` without clock or key matches nothing.
    A filter on `by` reaches both sides. One shuffle and one sort of both: memory is bounded, a large sort spills.
    """
    past = Window.partitionBy(*policy.by).orderBy("_at", "_turn", "_seq", "_right")
    last = F.last("_right", ignorenulls=True).over(past.rowsBetween(Window.unboundedPreceding, Window.currentRow))
    both = _of_left(left, policy).unionByName(_of_right(right, policy), allowMissingColumns=True)
    kept = [F.col(name) if name in policy.by else F.col(f"_left.{name}") for name in left.columns]
    return (
        both.withColumn("_last", last)
        .where("_left IS NOT NULL")
        .select(*kept, F.when(_is_known(policy), F.col("_last")).alias(MATCHED), F.lit(str(policy)).alias(POLICY))
    )


def _of_left(left: DataFrame, policy: AsofPolicy) -> DataFrame:
    at, turn = F.col(policy.left_clock).alias("_at"), F.lit(0 if policy.is_strict else 1).alias("_turn")
    return left.select(*policy.by, at, turn, F.struct(*left.columns).alias("_left"))


def _of_right(right: DataFrame, policy: AsofPolicy) -> DataFrame:
    at, turn = F.col(policy.right_clock).alias("_at"), F.lit(1 if policy.is_strict else 0).alias("_turn")
    seq, row = F.col(policy.right_seq).alias("_seq"), F.struct(*right.columns).alias("_right")
    return right.dropna(subset=[*policy.by, policy.right_clock]).select(*policy.by, at, turn, seq, row)


def _is_known(policy: AsofPolicy) -> Column:
    """Whether the left row has a time, and the row before it is young enough."""
    if policy.tolerance_ns is None:
        return F.col("_at").isNotNull()
    return F.col("_at") - F.col(f"_last.{policy.right_clock}") <= policy.tolerance_ns


def filter_matchable(right: DataFrame, left: DataFrame, policy: AsofPolicy) -> DataFrame:
    """Of the rows of `right`, those that `asof_join` can match: the last one of each gap between two times of `left`.

    For a `left` much smaller than `right`: it spares the join most of its sort. Each row finds its gap by halving a
    sorted array of the times of its key, so every machine holds 8 bytes for each time of `left`.
    """
    row = F.struct(policy.right_clock, policy.right_seq, F.struct(*right.columns).alias("_row"))
    return (
        right.dropna(subset=[policy.right_clock])
        .join(F.broadcast(_times(left, policy)), list(policy.by))
        .transform(_with_place, policy.right_clock, policy.is_strict)
        .groupBy((F.col("_key") * F.lit(1 << 32) + F.col("_place")).alias("_gap"))
        .agg(F.max(row).alias("_last"))
        .select("_last._row.*")
    )


def _times(left: DataFrame, policy: AsofPolicy) -> DataFrame:
    """A row a key: its number, and its times in order, each once."""
    times = F.sort_array(F.collect_set(policy.left_clock)).alias("_times")
    number = F.row_number().over(Window.orderBy(*policy.by)).alias("_key")
    return left.groupBy(*policy.by).agg(times).select(*policy.by, "_times", number)


def _with_place(rows: DataFrame, clock: str, is_strict: bool) -> DataFrame:
    """Add `_place`: how many of `_times`, a sorted array, are at or before the clock; not strict: before it.

    The search is a chain of projections, which Spark compiles into one loop; no step leaves the row.
    """
    passed = "<=" if is_strict else "<"
    placed = rows.withColumn("_place", F.lit(0))
    for step in (1 << power for power in reversed(range(SEARCH_STEPS))):
        is_further = f"_place + {step} <= size(_times) AND get(_times, _place + {step - 1}) {passed} `{clock}`"
        placed = placed.withColumn("_place", F.expr(f"_place + IF({is_further}, {step}, 0)"))
    return placed
