"""Around and after: aggregates of the rows around each row, mark-outs, even samples, the latest row of each key.

Clocks are nanoseconds, BIGINT. A row without clock or key is in no window, no sample and never the latest.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from pipelines.gold.asof import MATCHED, POLICY, AsofPolicy, asof_join, require_columns, require_keys
from schemas.errors import MeasureError

FILLS = ("none", "null", "previous")


@dataclass(frozen=True)
class WindowPolicy:
    """The window [t − before_ns, t + after_ns], ends included, around the time t of a left row; sides share `by`."""

    by: tuple[str, ...]
    left_clock: str
    right_clock: str
    before_ns: int
    after_ns: int

    def __post_init__(self) -> None:
        """Refuse a window that ends before it starts."""
        require_keys("A window join", self.by)
        if self.before_ns + self.after_ns < 0:
            raise MeasureError(f"before_ns {self.before_ns} and after_ns {self.after_ns}: give a sum of 0 or more.")


@dataclass(frozen=True)
class SamplePolicy:
    """A row per key and step [n × every_ns, (n + 1) × every_ns): the last one in it by clock, then seq.

    Steps without rows, between a key's first and last: `none` leaves them out, `null` gives nulls, `previous` the last
    row before, and a mapping its values, null in columns that it does not name.
    """

    keys: tuple[str, ...]
    clock: str
    seq: str
    every_ns: int
    fill: str | Mapping[str, object] = "none"

    def __post_init__(self) -> None:
        """Refuse steps of no length and fills that there are not."""
        require_keys("A sample", self.keys)
        if self.every_ns <= 0:
            raise MeasureError(f"every_ns is {self.every_ns}: give the length of a step, above 0.")
        if isinstance(self.fill, str) and self.fill not in FILLS:
            raise MeasureError(f"fill is {self.fill!r}: give {', '.join(FILLS)}, or values by column.")


def window_join(left: DataFrame, right: DataFrame, policy: WindowPolicy, aggregates: Mapping[str, Column]) -> DataFrame:
    """Each row of `left` once, with aggregates of the rows of `right` in its window.

    Aggregates read the struct `right` and skip its nulls: `F.count("right")`, `F.sum("right.quantity")`. A window
    without rows counts 0 and sums to null. Each window is added up anew: the cost is rows times rows a window.
    Raises MeasureError when a side lacks a column that the policy names.
    """
    require_columns(left, (*policy.by, policy.left_clock), "left")
    require_columns(right, (*policy.by, policy.right_clock), "right")
    of_left = left.select(*policy.by, F.col(policy.left_clock).alias("_at"), F.struct(*left.columns).alias("_left"))
    there = right.dropna(subset=[*policy.by, policy.right_clock])
    of_right = there.select(*policy.by, F.col(policy.right_clock).alias("_at"), F.struct(*right.columns).alias("right"))
    both = of_left.unionByName(of_right, allowMissingColumns=True)
    around = Window.partitionBy(*policy.by).orderBy("_at").rangeBetween(-policy.before_ns, policy.after_ns)
    measured = both.select("*", *(aggregate.over(around).alias(name) for name, aggregate in aggregates.items()))
    kept = [F.col(name) if name in policy.by else F.col(f"_left.{name}") for name in left.columns]
    return measured.where("_left IS NOT NULL").select(*kept, *aggregates)


def markouts(left: DataFrame, right: DataFrame, policy: AsofPolicy, horizons_ns: Sequence[int]) -> DataFrame:
    """A row per row of `left` and horizon τ: `horizon_ns`, and `matched`, what was first known at or before t + τ.

    The row at exactly t + τ counts, whatever the policy's strictness. Null past the end of the data: where t + τ is
    later than the last time of the key in `right`, since nobody has seen yet what would be known then.
    Raises MeasureError when a side lacks a column that the policy names.
    """
    require_columns(left, (*policy.by, policy.left_clock), "left")
    require_columns(right, (*policy.by, policy.right_clock, policy.right_seq), "right")
    horizon = F.explode(F.lit(list(horizons_ns)).cast("array<bigint>")).alias("horizon_ns")
    later = left.select("*", horizon).withColumn("_then", F.col(policy.left_clock) + F.col("horizon_ns"))
    known = replace(policy, left_clock="_then", is_strict=False)
    said = F.lit(str(replace(known, left_clock=f"{policy.left_clock} + horizon_ns"))).alias(POLICY)
    ends = right.groupBy(*policy.by).agg(F.max(policy.right_clock).alias("_end"))
    joined = asof_join(later, right, known).join(ends, list(policy.by), "left")
    seen = F.when(F.col("_then") <= F.col("_end"), F.col(MATCHED)).alias(MATCHED)
    return joined.select(*left.columns, "horizon_ns", seen, said)


def latest_on(rows: DataFrame, keys: Sequence[str], clock: str, seq: str) -> DataFrame:
    """The last row of each key by clock, then seq (null is lowest), then by its columns in order.

    Raises MeasureError without a key, and when `rows` lack one of the columns named.
    """
    require_keys("The latest row", keys)
    require_columns(rows, (*keys, clock, seq), "only")
    last = F.max(F.struct(clock, seq, F.struct(*rows.columns).alias("row"))).alias("last")
    return rows.dropna(subset=[*keys, clock]).groupBy(*keys).agg(last).select("last.row.*")


def sample_by(rows: DataFrame, policy: SamplePolicy) -> DataFrame:
    """The keys, `step_ns` (the step's start) and the other columns of the row that `policy` gives to the step."""
    step = F.col(policy.clock) - F.pmod(F.col(policy.clock), F.lit(policy.every_ns))
    sampled = latest_on(rows.withColumn("step_ns", step), [*policy.keys, "step_ns"], policy.clock, policy.seq)
    others = [name for name in rows.columns if name not in policy.keys]
    if policy.fill == "none":
        return sampled.select(*policy.keys, "step_ns", *others)
    return sampled.transform(_explode_silence, policy).select(*policy.keys, "step_ns", *_filled(others, policy))


def _explode_silence(sampled: DataFrame, policy: SamplePolicy) -> DataFrame:
    """Add the steps until the next row of the key; `is_silent` says which they are."""
    following = F.lead("step_ns").over(Window.partitionBy(*policy.keys).orderBy("step_ns"))
    reached = sampled.withColumn("_until", F.coalesce(following - policy.every_ns, F.col("step_ns")))
    steps = F.explode(F.sequence("step_ns", "_until", F.lit(policy.every_ns))).alias("_step")
    exploded = reached.select("*", steps)
    return exploded.withColumn("is_silent", F.col("_step") > F.col("step_ns")).withColumn("step_ns", F.col("_step"))


def _filled(others: Sequence[str], policy: SamplePolicy) -> list[Column]:
    if policy.fill == "previous":
        return [F.col(name) for name in others]
    values = policy.fill if isinstance(policy.fill, Mapping) else {}
    return [F.when(~F.col("is_silent"), F.col(n)).otherwise(F.lit(values.get(n))).alias(n) for n in others]
