"""Look-ahead: a row that is known at a time must be the same whatever comes after that time.

The inputs of a table are cut off at some time and the table is computed again. Rows that are known before the cut are
then compared with those of the whole input, bit for bit: what differs was not known when its row says so.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipelines.gold.daily.arrays import CLOCKS
from pipelines.gold.daily.columns import US, flags
from pipelines.gold.daily.declare import Daily, Input, Inputs
from pipelines.gold.daily.tables import DAILY
from pipelines.microstructure.series import Flags, Ints
from schemas.silver import BOOKS

TIMES = tuple(CLOCKS.values())


@dataclass(frozen=True)
class Rule:
    """When rows of a table are known: as `Daily` says it of its own. `keys` name what a row is about."""

    table: str
    keys: tuple[str, ...]
    known_at: str
    lags_ns: Mapping[str, int] = field(default_factory=dict)
    silent: str = ""


@dataclass(frozen=True)
class Leak:
    """A column of a table that shows what comes after the cut, in rows known before it; of these the first is named.

    CHANGED: the value is another. ONLY_LATER: the row is there only with what comes after. ONLY_EARLIER: only without.
    """

    table: str
    column: str
    key: str
    what: str
    cut_ns: int
    known_ns: int
    row_count: int

    def __str__(self) -> str:
        """The sentence that a person reads."""
        said = {
            "CHANGED": "changes with",
            "ONLY_LATER": "is of a row that is there only with",
            "ONLY_EARLIER": "is of a row that goes with",
        }
        known, cut = (datetime.fromtimestamp(ns / 1e9, UTC).isoformat(" ", "milliseconds")[:-6] for ns in self._times())
        rows = f" ({self.row_count} rows)" if self.row_count > 1 else ""
        return (
            f"{self.table}.{self.column} of {self.key}, known at {known}, {said[self.what]} what comes at {cut}{rows}"
        )

    def _times(self) -> tuple[int, int]:
        return self.known_ns, self.cut_ns


def rule_of(daily: Daily) -> Rule:
    """When the rows of a table by the day are known."""
    return Rule(daily.table.name, daily.keys, daily.known_at, daily.lags_ns, daily.silent)


def timed(daily: Daily) -> Daily:
    """The same table, whose inputs read what the detector needs to cut them off as well."""
    inputs = tuple(replace(each, reads=tuple(dict.fromkeys((*each.reads, *_clocks(each))))) for each in daily.inputs)
    return replace(daily, inputs=inputs)


def find_leaks(daily: Daily, inputs: Inputs, cuts: Iterable[int]) -> list[Leak]:
    """What shows in rows known before each cut (nanoseconds since 1970) of what comes at or after it.

    The inputs are those of one key and day, with the columns that `timed(daily)` reads.
    """
    whole = daily.build(_select(daily, inputs))
    clock = _clock(whole)
    return [
        leak
        for cut_ns in cuts
        for leak in compare(rule_of(daily), whole, daily.build(_cut_off(daily, inputs, clock, cut_ns)), cut_ns)
    ]


def draw_cuts(daily: Daily, inputs: Inputs, count: int, seed: int) -> list[int]:
    """So many times at which to cut the inputs off: half of them those of events, half just after a row is known."""
    rng = np.random.default_rng(seed)
    rows = daily.build(_select(daily, inputs))
    events = np.concatenate([_known_ns(each, inputs[each.name], _clock(rows)) for each in daily.inputs])
    lags = np.array([0, *set(daily.lags_ns.values())])
    after = (known_ns(rows, daily.known_at)[:, None] + lags).ravel() + 1
    pools = [pool for pool in (events, after[after <= events.max(initial=0)]) if len(pool)]
    return sorted(int(rng.choice(pools[number % len(pools)])) for number in range(count if pools else 0))


def compare(rule: Rule, whole: pa.Table, seen: pa.Table, cut_ns: int) -> list[Leak]:
    """Leaks between rows of one key: computed from the whole input, and from what is seen of it before the cut.

    Rows are paired by the time at which they are known, those of one time in their order.
    """
    before = [_before(rule, rows, cut_ns) for rows in (whole, seen)]
    ids = _number(*(known_ns(rows, rule.known_at) for rows in before))
    both, left, right = np.intersect1d(ids[0], ids[1], assume_unique=True, return_indices=True)
    only = [_without(rows, each, both) for rows, each in zip(before, ids, strict=True)]
    found = [
        ("ONLY_LATER", rule.known_at, _but_for_silence(rule, only[0], seen)),
        ("ONLY_EARLIER", rule.known_at, only[1]),
    ]
    one, other = (rows.take(at) for rows, at in zip(before, (left, right), strict=True))
    found += [("CHANGED", name, rows) for name, rows in _changed(rule, one, other, cut_ns)]
    return [_leak(rule, what, name, rows, cut_ns) for what, name, rows in found if len(rows)]


def known_ns(rows: pa.Table, name: str) -> Ints:
    """The times (n,) in a column of timestamps or of nanoseconds, in nanoseconds since 1970."""
    column = rows.column(name)
    if pa.types.is_timestamp(column.type):
        ns: Ints = column.cast(pa.timestamp("us", column.type.tz)).cast(pa.int64()).to_numpy() * US
        return ns
    return column.to_numpy()  # type: ignore[no-any-return]  # whole numbers


def _declared(given: Input) -> Daily | None:
    return next((daily for daily in DAILY if daily.table == given.table), None)


def _clocks(given: Input) -> tuple[str, ...]:
    """The columns that say when a row of an input is known."""
    daily = _declared(given)
    return (daily.known_at,) if daily else (*TIMES, *(("is_recovered",) if given.table == BOOKS else ()))


def _clock(rows: pa.Table) -> str:
    """The time of silver by which the rows of a table go."""
    return CLOCKS[rows.column("clock")[0].as_py()] if len(rows) and "clock" in rows.column_names else TIMES[0]


def _known_ns(given: Input, rows: pa.Table, clock: str) -> Ints:
    """When the rows of an input are known; a book that had to wait for a snapshot, when that was received."""
    daily = _declared(given)
    known = known_ns(rows, daily.known_at if daily else clock)
    if given.table == BOOKS:
        is_recovered, received = flags(rows.column("is_recovered")), known_ns(rows, TIMES[1])
        return np.where(is_recovered, np.maximum(known, received), known)
    return known


def _select(daily: Daily, inputs: Inputs) -> dict[str, pa.Table]:
    return {each.name: inputs[each.name].select(each.reads) for each in daily.inputs}


def _cut_off(daily: Daily, inputs: Inputs, clock: str, cut_ns: int) -> dict[str, pa.Table]:
    """What a table by the day reads of what is known before a time."""
    return {each.name: _rows_before(each, inputs[each.name], clock, cut_ns) for each in daily.inputs}


def _rows_before(given: Input, rows: pa.Table, clock: str, cut_ns: int) -> pa.Table:
    """Rows of an input that are known before a time; their columns that are known later are null."""
    known = _known_ns(given, rows, clock)
    daily = _declared(given)
    for name, lag in daily.lags_ns.items() if daily else ():
        if name in rows.column_names:
            place, values = rows.schema.get_field_index(name), rows.column(name)
            hidden = pc.if_else(pa.array(known + lag < cut_ns), values, pa.scalar(None, values.type))
            rows = rows.set_column(place, rows.schema.field(place), hidden)
    return rows.filter(pa.array(known < cut_ns)).select(given.reads).combine_chunks()


def _before(rule: Rule, rows: pa.Table, cut_ns: int) -> pa.Table:
    known = known_ns(rows, rule.known_at)
    order = np.argsort(known, kind="stable")
    return rows.take(order[known[order] < cut_ns])


def _number(*known: Ints) -> list[Ints]:
    """Numbers by which rows of several tables, in order of time, are paired: by time and place among those of it."""
    times, number = np.unique(np.concatenate(known), return_inverse=True)
    most = max((np.bincount(np.searchsorted(times, each)).max(initial=0) for each in known), default=0) + 1
    places = [np.arange(len(each)) - np.searchsorted(each, each) for each in known]
    parts = np.split(number, np.cumsum([len(each) for each in known])[:-1])
    return [part * most + place for part, place in zip(parts, places, strict=True)]


def _without(rows: pa.Table, ids: Ints, both: Ints) -> pa.Table:
    return rows.filter(pa.array(~np.isin(ids, both)))


def _but_for_silence(rule: Rule, rows: pa.Table, seen: pa.Table) -> pa.Table:
    """Rows but those of a silence which, at the cut, has not ended."""
    if not rule.silent:
        return rows
    last = known_ns(seen, rule.known_at).max(initial=0)
    is_open = (known_ns(rows, rule.known_at) > last) & (rows.column(rule.silent).to_numpy() == 0)
    return rows.filter(pa.array(~is_open))


def _changed(rule: Rule, whole: pa.Table, seen: pa.Table, cut_ns: int) -> Iterator[tuple[str, pa.Table]]:
    """Each column that differs, with the rows in which it does."""
    known = known_ns(whole, rule.known_at)
    for name in whole.column_names:
        is_known = known + rule.lags_ns.get(name, 0) < cut_ns
        yield name, whole.filter(pa.array(is_known & _differ(whole.column(name), seen.column(name))))


def _differ(one: pa.ChunkedArray, other: pa.ChunkedArray) -> Flags:
    """Whether values (n,) differ; null is null, and no number is no number."""
    if pa.types.is_nested(one.type):
        return np.array([a != b for a, b in zip(one.to_pylist(), other.to_pylist(), strict=True)], bool)
    same = pc.fill_null(pc.equal(one, other), False).to_numpy()
    if pa.types.is_floating(one.type):
        same = same | (flags(pc.is_nan(one)) & flags(pc.is_nan(other)))
    result: Flags = ~(same | (one.is_null().to_numpy() & other.is_null().to_numpy()))
    return result


def _leak(rule: Rule, what: str, column: str, rows: pa.Table, cut_ns: int) -> Leak:
    key = " ".join(str(rows.column(name)[0].as_py()) for name in rule.keys)
    return Leak(rule.table, column, key, what, cut_ns, int(known_ns(rows, rule.known_at)[0]), len(rows))
