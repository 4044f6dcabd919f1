"""What must hold of a table, said once: as an expectation of Great Expectations, and as SQL that finds what breaks it.

A null breaks only `present`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from schemas.registry import Table

Severity = Literal["critical", "warning", "info"]

KEYS_UNIQUE = "ExpectKeysToBeUnique"
SATISFY_SQL = "ExpectColumnValuesToSatisfySql"


@dataclass(frozen=True)
class Check:
    """An expectation: its class in Great Expectations and `arguments`, and a sentence that says what must hold.

    `broken` is SQL over the table's columns, true of the rows that break it; empty where no single row is to blame.
    A table of which a critical one fails must not go on.
    """

    kind: str
    columns: tuple[str, ...]
    sentence: str
    broken: str = ""
    arguments: Mapping[str, Any] = field(default_factory=dict)
    severity: Severity = "critical"


@dataclass(frozen=True)
class Suite:
    """What must hold of a table or view: the columns that name a row, the day's column (empty: none), the checks."""

    name: str
    keys: tuple[str, ...]
    day_column: str
    checks: tuple[Check, ...]


def present(*names: str) -> tuple[Check, ...]:
    """Columns that every row must have, a check each."""
    return tuple(map(_present, names))


def _present(name: str) -> Check:
    return Check(
        "ExpectColumnValuesToNotBeNull", (name,), f"{name} is present", f"{name} IS NULL", arguments={"column": name}
    )


def one_of(name: str, allowed: Sequence[str]) -> Check:
    """A column of text with one of some values; null passes."""
    sentence = f"{name} is one of {', '.join(allowed)}"
    arguments = {"column": name, "value_set": list(allowed)}
    return Check("ExpectColumnValuesToBeInSet", (name,), sentence, f"NOT {_listed(name, allowed)}", arguments)


def _listed(name: str, values: Sequence[str]) -> str:
    return f"{name} IN ({', '.join(repr(value) for value in values)})"


def between(name: str, low: int, high: int) -> Check:
    """A number from `low` to `high`; null passes."""
    return _between(
        name, f"from {low} to {high}", f"NOT {name} BETWEEN {low} AND {high}", min_value=low, max_value=high
    )


def at_least(name: str, low: int) -> Check:
    """A number of `low` or more; null passes."""
    return _between(name, f"at least {low}", f"{name} < {low}", min_value=low)


def above(name: str, low: int) -> Check:
    """A number above `low`; null passes."""
    return _between(name, f"above {low}", f"{name} <= {low}", min_value=low, strict_min=True)


def _between(name: str, limits: str, broken: str, **arguments: Any) -> Check:
    return Check("ExpectColumnValuesToBeBetween", (name,), f"{name} is {limits}", broken, {"column": name, **arguments})


def never(broken: str, sentence: str, *columns: str) -> Check:
    """No row of which the SQL `broken` is true; `columns` are those it reads, the first stands for it in reports."""
    return Check(SATISFY_SQL, columns, sentence, broken, {"column": columns[0], "condition": f"NOT ({broken})"})


def only_where(kind: str, kinds: Sequence[str], check: Check) -> Check:
    """The check in rows whose column `kind` says one of `kinds`."""
    sentence = f"{check.sentence} where {kind} is {' or '.join(kinds)}"
    return never(f"{check.broken} AND {_listed(kind, kinds)}", sentence, *check.columns, kind)


def unique(*keys: str) -> Check:
    """No two rows with the same keys."""
    return Check(KEYS_UNIQUE, keys, f"no two rows have the same {', '.join(keys)}", arguments={"columns": list(keys)})


def not_empty() -> Check:
    """At least a row."""
    return Check("ExpectTableRowCountToBeBetween", (), "there are rows", arguments={"min_value": 1})


def warn(*checks: Check) -> tuple[Check, ...]:
    """The same checks, but what breaks them is only to be looked at."""
    return tuple(replace(check, severity="warning") for check in checks)


def of_day(day: str, moment: str) -> Check:
    """A partition column that is the UTC date of a time."""
    return never(f"{day} <> to_date({moment})", f"{day} is the date of {moment}", day, moment)


def counts(table: Table) -> tuple[Check, ...]:
    """Every count of a table of 0 or more."""
    return tuple(at_least(name, 0) for name in table.column_names if name.endswith("_count"))


def suite_of(table: Table, keys: Sequence[str], *checks: Check) -> Suite:
    """The suite of a Delta table, whose day is its partition; a check that is given twice counts once."""
    return Suite(table.name, tuple(keys), table.partition_by, tuple({c.sentence: c for c in checks}.values()))
