"""What is held in memory of the lake: tails of tables, and the views of schema `recent` that read them."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa

from schemas.recent import KEPT_M, LEAD_M, SCHEMA
from schemas.registry import Table

Fold = Callable[[pa.Table], pa.Table]


@dataclass(frozen=True)
class Tail:
    """What is held of a table, in a view `name`: `fold` of some columns of its rows of its last minutes by `clock`.

    They end with its last row, or now where that row is later than now; `minutes` infinite: all of its rows. Parts of
    it are put together by `join`.
    """

    name: str
    table: Table
    clock: str
    fold: Fold
    join: Fold
    reads: tuple[str, ...]
    minutes: float = KEPT_M + LEAD_M


@dataclass(frozen=True)
class Counts:
    """How many rows each of some tables has, in a view `name`."""

    name: str
    tables: tuple[Table, ...]


@dataclass(frozen=True)
class RecentView:
    """A view `recent.<noun>`: its query of the lake's tables, and the one that gives the same rows from `tails`."""

    noun: str
    query: str
    held: str
    tails: tuple[Tail | Counts, ...] = ()


def read_tail(tail: Tail | Counts) -> str:
    """The name of a tail in SQL."""
    return f"{SCHEMA}.{tail.name}"


def reading(query: str, tails: Sequence[Tail], read: Callable[[Tail], str] = read_tail) -> str:
    """A query with something else, the tail itself as it is, in the place of each table that a tail is of."""
    by_table = {tail.table.name: tail for tail in tails}
    tables = re.compile("|".join(rf"{re.escape(name)}\b" for name in by_table))
    return tables.sub(lambda found: read(by_table[found[0]]), query)


def by_topic(queries: Mapping[Tail, str]) -> str:
    """The rows of a query for each topic, with the `topic` before their columns."""
    return " UNION ALL ".join(
        f"SELECT '{tail.table.topic.noun}' AS topic, * FROM ({query})" for tail, query in queries.items()
    )
