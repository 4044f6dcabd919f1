"""The look-ahead detector over a lake: gold computed again from silver that is cut off at random times."""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import date

import pyarrow as pa
import pyarrow.compute as pc
from pyspark.sql import DataFrame
from pyspark.sql.types import StructField, StructType

from pipelines.gold.daily.declare import Daily
from pipelines.gold.daily.lookahead import Leak, Rule, compare, draw_cuts, find_leaks, timed
from pipelines.gold.daily.tables import DAILY
from pipelines.gold.views import VIEWS
from schemas import silver
from schemas import types as t
from schemas.registry import Table, View
from spark_jobs.jobs import JOBS, Step, TopicJob
from spark_jobs.offsets import BatchOffsets
from spark_jobs.refresh import DAY, Days, daily_named, days_of, read_input, stack, unstack
from spark_jobs.states import States
from spark_jobs.tables import Session, read_version, read_versions
from spark_jobs.worker import Target, build_rows

KNOWN = "known_at"
FOUND = StructType([StructField("leak", t.TEXT)])
NOTHING = Target("", BatchOffsets({}, {}), States(""))  # of a step without state
# When a row of silver.books is known: one that had to wait for a snapshot, when that was received.
WAITED = "IF(is_recovered, greatest(event_ns, receive_ns), event_ns)"
NAME = re.compile(r"\b(silver|gold)\.(\w+)")


@dataclass(frozen=True)
class Draw:
    """How many random cuts are made, of each key where a table is by the day; the same seed makes the same ones."""

    count: int = 20
    seed: int = 1


def detectable() -> list[str]:
    """The names of the tables by the day and of the views that say when their rows are known."""
    return [*(daily.table.name for daily in DAILY), *(view.name for view in VIEWS if view.known)]


def detect(session: Session, name: str, draw: Draw) -> list[Leak]:
    """Leaks of a view, or of a table by the day in all the days that silver has."""
    if view := _named(VIEWS, name):
        return leaks_of_view(session, view, draw)
    daily = daily_named(name)
    return [leak for day in days_of(session, [daily]) for leak in leaks_by_the_day(session, daily, day, draw)]


def leaks_by_the_day(session: Session, daily: Daily, day: date, draw: Draw) -> list[Leak]:
    """Leaks of a table by the day, in the rows of a day; the inputs that are by the day are taken as they are."""
    name, wanted = daily.table.name, timed(daily)

    def detect_group(rows: pa.Table) -> pa.Table:
        return detect_key(name, draw, rows)

    stacked = stack(wanted, {each.name: read_input(session, each, Days(day, day)) for each in wanted.inputs})
    return _collect(stacked.groupBy(*daily.keys, DAY).applyInArrow(detect_group, FOUND))


def detect_key(name: str, draw: Draw, rows: pa.Table) -> pa.Table:
    """Leaks of the table by the day `name`, in a key whose inputs are stacked; a row of FOUND each."""
    daily = daily_named(name)
    inputs = unstack(timed(daily), rows)
    return _report(find_leaks(daily, inputs, draw_cuts(daily, inputs, draw.count, draw.seed)))


def leaks_of_view(session: Session, view: View, draw: Draw) -> list[Leak]:
    """Leaks of a view, all of whose partials are built again from silver; none of a view without a time of its own."""
    past = Past(session)
    return leaks_at(past, view, past.draw_cuts(view, draw)) if view.known else []


def leaks_at(past: "Past", view: View, cuts: Iterable[int]) -> list[Leak]:
    """Leaks of a view at some times, in nanoseconds since 1970."""
    rule = Rule(view.name, view.keys, KNOWN, dict(view.lags_ns), view.silent)
    whole = past.rows(view)
    found = ((whole, past.rows(view, cut_ns), cut_ns) for cut_ns in cuts)
    return [leak for one, other, cut_ns in found for leak in _collect(_compared(rule, one, other, cut_ns))]


def in_any_order(rows: pa.Table) -> pa.Table:
    """Rows in an order that is their own: Spark gives those that are known at the same time in any."""
    plain = [name for name in rows.column_names if not pa.types.is_nested(rows.schema.field(name).type)]
    return rows.take(pc.sort_indices(rows, [(name, "ascending") for name in plain]))


def references(query: str) -> set[str]:
    """The tables and views that a query names."""
    return {name.group() for name in NAME.finditer(query)}


@dataclass(frozen=True)
class Past:
    """The lake as it was known at a time; each table as of the version that it has when it is first read."""

    session: Session
    versions: dict[str, int] = field(default_factory=dict)

    def rows(self, view: View, cut_ns: int | None = None) -> DataFrame:
        """A view's rows, and when they are known, from what is known before a time; of everything without one."""
        return self._view(view, cut_ns).selectExpr("*", f"{view.known} AS {KNOWN}")

    def draw_cuts(self, view: View, draw: Draw) -> list[int]:
        """Times, in nanoseconds since 1970: half of them those of events, half just after a row is known."""
        lags = ", ".join(f"{lag}" for lag in {0, *view.lags_ns.values()})
        after = f"explode(transform(array({lags}), lag -> unix_micros({KNOWN}) * 1000 + 1 + lag)) AS ns"
        events = [self._frame(name, None).selectExpr("event_ns AS ns") for name in sorted(_sources(view.query))]
        half = draw.count // 2 if events else draw.count
        halves = [(self.rows(view).selectExpr(after), half), *((each, -(-half // len(events))) for each in events)]
        shuffled = (rows.distinct().selectExpr("ns", f"xxhash64(ns, {draw.seed}) AS at") for rows, _ in halves)
        drawn = (rows.orderBy("at").limit(count) for rows, (_, count) in zip(shuffled, halves, strict=True))
        return sorted({row.ns for rows in drawn for row in rows.collect()})

    def _frame(self, name: str, cut_ns: int | None) -> DataFrame:
        """The rows of a table or view that are known before a time."""
        if view := _named(VIEWS, name):
            return self._view(view, cut_ns)
        if step := _step_of(name):
            job, made_by = step
            return build_rows(self._frame(job.silver.name, cut_ns), made_by, NOTHING)
        daily = next((each for each in DAILY if each.table.name == name), None)
        if daily:
            return self._table(daily.table, _in_ns(daily), daily.lags_ns, cut_ns)
        table = next(each for each in (*silver.TABLES, *silver.DERIVED_TABLES) if each.name == name)
        return self._table(table, WAITED if table == silver.BOOKS else "event_ns", {}, cut_ns)

    def _view(self, view: View, cut_ns: int | None) -> DataFrame:
        """Temporary views take the places of what the query names; their names tell the whole from what is seen."""
        prefix = "whole" if cut_ns is None else "seen"
        for name in references(view.query):
            self._frame(name, cut_ns).createOrReplaceTempView(f"{prefix}_{name.replace('.', '_')}")
        rows = self.session.sql(NAME.sub(rf"{prefix}_\1_\2", view.query))
        return rows.toDF(*(name for name, _ in view.columns))

    def _table(self, table: Table, known: str, lags_ns: Mapping[str, int], cut_ns: int | None) -> DataFrame:
        if table.name not in self.versions:
            self.versions.update(read_versions(self.session, [table.name]))
        rows = read_version(self.session, table.name, self.versions[table.name])
        if cut_ns is None:
            return rows
        columns = [
            f"IF({known} + {lags_ns[name]} < {cut_ns}, {name}, NULL) AS {name}" if name in lags_ns else name
            for name in table.column_names
        ]
        return rows.where(f"{known} < {cut_ns}").selectExpr(*columns)


def _named(views: tuple[View, ...], name: str) -> View | None:
    return next((view for view in views if view.name == name), None)


def _step_of(name: str) -> tuple[TopicJob, Step] | None:
    steps = ((job, step) for job in JOBS for step in job.steps if step.thaw is None)
    return next(((job, step) for job, step in steps if step.table.name == name), None)


def _sources(query: str) -> set[str]:
    """The tables of silver from which a query's rows follow."""
    found: set[str] = set()
    for name in references(query):
        view, step = _named(VIEWS, name), _step_of(name)
        if view:
            found |= _sources(view.query)
        elif step:
            found.add(step[0].silver.name)
        elif name.startswith("silver."):
            found.add(name)
    return found


def _in_ns(daily: Daily) -> str:
    """SQL: when a row of a table by the day is known, in nanoseconds since 1970."""
    column = next(each for each in daily.table.columns if each.name == daily.known_at)
    return f"unix_micros({column.name}) * 1000" if column.type == t.TIME else column.name


def _compared(rule: Rule, whole: DataFrame, seen: DataFrame, cut_ns: int) -> DataFrame:
    def compare_group(one: pa.Table, other: pa.Table) -> pa.Table:
        return _report(compare(rule, in_any_order(one), in_any_order(other), cut_ns))

    return whole.groupBy(*rule.keys).cogroup(seen.groupBy(*rule.keys)).applyInArrow(compare_group, FOUND)


def _report(leaks: list[Leak]) -> pa.Table:
    return pa.table({"leak": pa.array([json.dumps(asdict(leak)) for leak in leaks], pa.string())})


def _collect(found: DataFrame) -> list[Leak]:
    leaks = [Leak(**json.loads(row.leak)) for row in found.collect()]
    return sorted(leaks, key=lambda leak: (leak.cut_ns, leak.known_ns, leak.key, leak.column))
