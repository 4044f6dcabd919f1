"""As-of joins: for each row of one stream, the row of another that was the last one before it.

A match takes the whole row, never the last value of each column, and says by which policy it was made. Matching with
`<=` where two clocks tick together looks into the future: the quote that a trade caused counts as the one before it.
So the default is strict, `<`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from schemas.errors import MeasureError

MATCHED = "matched"
POLICY = "asof_policy"


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

    def __post_init__(self) -> None:
        """Refuse what matches nothing."""
        if self.tolerance_ns is not None and self.tolerance_ns < 0:
            raise MeasureError(f"tolerance_ns is {self.tolerance_ns}: give how old a match may be, 0 or more, or None.")
        require_keys("An as-of join", self.by)

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
    Raises MeasureError when a side lacks a column that the policy names.
    """
    require_columns(left, (*policy.by, policy.left_clock), "left")
    require_columns(right, (*policy.by, policy.right_clock, policy.right_seq), "right")
    latest = F.col(f"_right.{policy.right_seq}")
    past = Window.partitionBy(*policy.by).orderBy("_at", "_turn", latest, "_right")
    last = F.last("_right", ignorenulls=True).over(past.rowsBetween(Window.unboundedPreceding, Window.currentRow))
    both = _of_left(left, policy).unionByName(_of_right(right, policy), allowMissingColumns=True)
    matched = F.when(_is_known(policy), F.struct(*_fields("_last", right, policy)))
    return (
        both.withColumn("_last", last)
        .where("_left IS NOT NULL")
        .select(*_fields("_left", left, policy), matched.alias(MATCHED), F.lit(str(policy)).alias(POLICY))
    )


def require_keys(what: str, keys: Sequence[str]) -> None:
    """Raise MeasureError unless there is a key: without one every row would be in one partition."""
    if not keys:
        raise MeasureError(f"{what} needs a key: name the columns that its rows have in common, as symbol.")


def require_columns(rows: DataFrame, names: Iterable[str], side: str) -> None:
    """Raise MeasureError unless a side of a join has the columns that its policy names."""
    if missing := [name for name in names if name not in rows.columns]:
        there = ", ".join(rows.columns)
        raise MeasureError(f"The {side} side has no column {', '.join(missing)}: it has {there}. Name one of those.")


def _of_left(left: DataFrame, policy: AsofPolicy) -> DataFrame:
    at, turn = F.col(policy.left_clock).alias("_at"), F.lit(0 if policy.is_strict else 1).alias("_turn")
    return left.select(*policy.by, at, turn, _beside_keys(left, policy).alias("_left"))


def _of_right(right: DataFrame, policy: AsofPolicy) -> DataFrame:
    at, turn = F.col(policy.right_clock).alias("_at"), F.lit(1 if policy.is_strict else 0).alias("_turn")
    there = right.dropna(subset=[*policy.by, policy.right_clock])
    return there.select(*policy.by, at, turn, _beside_keys(right, policy).alias("_right"))


def _beside_keys(rows: DataFrame, policy: AsofPolicy) -> Column:
    """A row without its keys, which stand beside it: what is sorted is narrow."""
    return F.struct(*(name for name in rows.columns if name not in policy.by))


def _fields(row: str, rows: DataFrame, policy: AsofPolicy) -> list[Column]:
    """The columns of `rows` in their order, from the keys and the struct `row`."""
    return [F.col(name) if name in policy.by else F.col(f"{row}.{name}").alias(name) for name in rows.columns]


def _is_known(policy: AsofPolicy) -> Column:
    """Whether there is a row before, the left row has a time, and the one before it is young enough."""
    age = F.col("_at") - F.col(f"_last.{policy.right_clock}")
    return age.isNotNull() if policy.tolerance_ns is None else age <= policy.tolerance_ns
