"""Gold by the day: a table's rows of a UTC day, computed from what silver has of it, take the place of the old ones."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import reduce

import pyarrow as pa
import pyarrow.compute as pc
from pyspark.sql import DataFrame

from pipelines.gold.daily.columns import DAY_NS
from pipelines.gold.daily.declare import Daily, Input
from pipelines.gold.daily.tables import DAILY
from spark_jobs.tables import Session, read_version

SOURCE = "source"
DAY = "day"
RECEIVED = f"date_from_unix_date(CAST(receive_ns div {DAY_NS} AS INT))"


def daily_named(name: str) -> Daily:
    """The table by the day of that name. Raises StopIteration when there is none."""
    return next(daily for daily in DAILY if daily.table.name == name)


@dataclass(frozen=True)
class Days:
    """UTC days, both ends among them."""

    begin: date
    end: date

    @property
    def condition(self) -> str:
        """SQL: whether a row is of the days."""
        return self.on("event_date")

    def on(self, column: str) -> str:
        """SQL: whether a column of dates is of the days; Delta's replaceWhere does not take BETWEEN."""
        return f"{column} >= DATE'{self.begin}' AND {column} <= DATE'{self.end}'"

    def __str__(self) -> str:
        """The day, or the first and the last."""
        return str(self.begin) if self.begin == self.end else f"{self.begin} to {self.end}"


def refresh(session: Session, daily: Daily, days: Days) -> int:
    """Compute a table's rows of some days and replace those it has, in one commit; gives how many there are.

    The rows of a key and day are held in one worker's memory. The inputs that are themselves by the day are taken
    as they are.
    """
    rows = build(daily, {each.name: read_input(session, each, days) for each in daily.inputs})
    writer = rows.write.format("delta").mode("overwrite").option("replaceWhere", days.condition)
    writer.saveAsTable(daily.table.name)
    return session.table(daily.table.name).where(days.condition).count()


def build(daily: Daily, inputs: dict[str, DataFrame]) -> DataFrame:
    """The rows of a table by the day from what `read_input` gives of its inputs, by name; no action."""
    name = daily.table.name

    def build_group(rows: pa.Table) -> pa.Table:
        return build_key(name, rows)

    return stack(daily, inputs).groupBy(*daily.keys, DAY).applyInArrow(build_group, daily.table.schema)


def stack(daily: Daily, inputs: dict[str, DataFrame]) -> DataFrame:
    """The rows of all inputs in one frame: keys, `day`, `source`, which input a row is of, and `row_<source>`, it."""
    parts = [
        inputs[each.name].selectExpr(
            *daily.keys, DAY, f"{number} AS {SOURCE}", f"struct({', '.join(each.reads)}) AS row_{number}"
        )
        for number, each in enumerate(daily.inputs)
    ]
    return reduce(lambda left, right: left.unionByName(right, allowMissingColumns=True), parts)


def unstack(daily: Daily, rows: pa.Table) -> dict[str, pa.Table]:
    """The inputs of a key, by name and in order, from its rows of `stack`."""
    return {each.name: _input(rows, number, each) for number, each in enumerate(daily.inputs)}


def build_key(name: str, rows: pa.Table) -> pa.Table:
    """Rows of the table by the day `name` from the inputs of a key and day, stacked."""
    daily = daily_named(name)
    built = daily.build(unstack(daily, rows))
    return built.filter(pc.equal(built.column("event_date"), rows.column(DAY)[0]))


def days_of(session: Session, tables: Iterable[Daily]) -> list[date]:
    """The UTC days of which the inputs of some tables have rows, in order."""
    names = {each.name for daily in tables for each in daily.inputs if each.name.startswith("silver.")}
    found = {
        row.event_date
        for name in sorted(names)
        for row in session.table(name).select("event_date").distinct().collect()
    }
    return sorted(found)


def between(days: Iterable[date], begin: date | None, end: date | None) -> Iterator[date]:
    """The days from `begin` to `end`, both included; without an end, open."""
    return (day for day in days if (begin is None or day >= begin) and (end is None or day <= end))


def read_input(session: Session, given: Input, days: Days, version: int | None = None) -> DataFrame:
    """The rows of an input, of the newest version or of another, with `day`: each of the days that it is read for."""
    beside = int(given.by_receipt)
    begin, end = days.begin - timedelta(days=max(given.days_before, beside)), days.end + timedelta(days=beside)
    rows = read_version(session, given.name, version).where(Days(begin, end).condition)
    if not given.days_before and not given.by_receipt:
        return rows.selectExpr("*", f"event_date AS {DAY}")
    wanted = f"sequence(event_date, event_date + INTERVAL {given.days_before} DAYS)"
    if given.by_receipt:
        wanted = f"array_union({wanted}, array({RECEIVED}))"
    return rows.selectExpr("*", f"explode(filter({wanted}, each -> {days.on('each')})) AS {DAY}")


def _input(rows: pa.Table, number: int, given: Input) -> pa.Table:
    chosen = rows.filter(pc.equal(rows.column(SOURCE), number)).column(f"row_{number}").combine_chunks()
    table = pa.table(chosen.flatten(), names=list(given.reads))
    return table.take(pc.sort_indices(table, [(name, "ascending") for name in given.order])).combine_chunks()
