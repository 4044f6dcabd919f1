"""Gold by the day: a table's rows of a UTC day, computed from what silver has of it, take the place of the old ones."""

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from functools import reduce

import pyarrow as pa
import pyarrow.compute as pc
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.connect.session import SparkSession as ConnectSession

from pipelines.gold.daily.declare import Daily, Input
from pipelines.gold.daily.tables import DAILY

SOURCE = "source"
Session = SparkSession | ConnectSession


def daily_named(name: str) -> Daily:
    """The table by the day of that name. Raises StopIteration when there is none."""
    return next(daily for daily in DAILY if daily.table.name == name)


def refresh(session: Session, daily: Daily, day: date) -> int:
    """Compute a table's rows of a day and replace those it has, in one commit; gives how many there are.

    The rows of a key and day are held in one worker's memory. The inputs that are themselves by the day are taken
    as they are.
    """
    rows = build(daily, {each.name: read_input(session, each, day) for each in daily.inputs})
    same_day = f"event_date = DATE'{day}'"
    writer = rows.where(same_day).write.format("delta").mode("overwrite").option("replaceWhere", same_day)
    writer.saveAsTable(daily.table.name)
    return session.table(daily.table.name).where(same_day).count()


def build(daily: Daily, inputs: dict[str, DataFrame]) -> DataFrame:
    """The rows of a table by the day from those of its inputs, by name; no action."""
    name = daily.table.name

    def build_group(rows: pa.Table) -> pa.Table:
        return build_key(name, rows)

    return stack(daily, inputs).groupBy(*daily.keys).applyInArrow(build_group, daily.table.schema)


def stack(daily: Daily, inputs: dict[str, DataFrame]) -> DataFrame:
    """The rows of all inputs in one frame: the keys, `source`, which input a row is of, and `row_<source>`, the row."""
    parts = [
        inputs[each.name].selectExpr(
            *daily.keys, f"{number} AS {SOURCE}", f"struct({', '.join(each.reads)}) AS row_{number}"
        )
        for number, each in enumerate(daily.inputs)
    ]
    return reduce(lambda left, right: left.unionByName(right, allowMissingColumns=True), parts)


def unstack(daily: Daily, rows: pa.Table) -> dict[str, pa.Table]:
    """The inputs of a key, by name and in order, from its rows of `stack`."""
    return {each.name: _input(rows, number, each) for number, each in enumerate(daily.inputs)}


def build_key(name: str, rows: pa.Table) -> pa.Table:
    """Rows of the table by the day `name` from the inputs of a key, stacked."""
    daily = daily_named(name)
    return daily.build(unstack(daily, rows))


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


def read_input(session: Session, given: Input, day: date) -> DataFrame:
    """The rows of an input that the rows of a day follow from."""
    begin = day - timedelta(days=given.days_before)
    return session.table(given.name).where(f"event_date BETWEEN DATE'{begin}' AND DATE'{day}'")


def _input(rows: pa.Table, number: int, given: Input) -> pa.Table:
    chosen = rows.filter(pc.equal(rows.column(SOURCE), number)).column(f"row_{number}").combine_chunks()
    table = pa.table(chosen.flatten(), names=list(given.reads))
    return table.take(pc.sort_indices(table, [(name, "ascending") for name in given.order])).combine_chunks()
