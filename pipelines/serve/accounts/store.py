"""Rows of a table by their keys: read, written over, added.

SQLite takes lists of values. PostgreSQL takes an array a column and unnests them: a statement of many values would be
planned value by value.
"""

from collections.abc import Collection, Iterator, Sequence
from itertools import islice
from typing import Any

from sqlalchemy import (
    ARRAY,
    Column,
    ColumnElement,
    Connection,
    FromClause,
    Select,
    Table,
    func,
    literal,
    select,
    tuple_,
)
from sqlalchemy.dialects import postgresql, sqlite

from pipelines.serve.accounts.models import Base
from pipelines.serve.accounts.state import Key, Row, Rows

MOST_KEYS = 5_000  # in a statement: SQLite takes 32,766 parameters

Columns = Sequence[Column[Any]]
Insert = sqlite.Insert | postgresql.Insert


def load(connection: Connection, model: type[Base], keys: Collection[Key]) -> Rows:
    """The rows that there are of some keys."""
    table = table_of(model)
    columns = list(table.primary_key)
    rows: Rows = {}
    for some in _chunks(keys):
        found = connection.execute(select(table).where(_is_one_of(connection, columns, some))).mappings()
        rows |= {tuple(row[column.name] for column in columns): dict(row) for row in found}
    return rows


def save(connection: Connection, model: type[Base], rows: Collection[Row]) -> None:
    """Write whole rows, over those of the same key."""
    if rows:
        table = table_of(model)
        into, values = _insert(connection, table, rows)
        others = {column.name: into.excluded[column.name] for column in table.columns if not column.primary_key}
        connection.execute(into.on_conflict_do_update(index_elements=table.primary_key, set_=others), values)


def add(connection: Connection, model: type[Base], rows: Collection[Row]) -> None:
    """Write whole rows, except where the key has one."""
    if rows:
        into, values = _insert(connection, table_of(model), rows)
        connection.execute(into.on_conflict_do_nothing(), values)


def table_of(model: type[Base]) -> Table:
    """The table of a model."""
    table: FromClause = model.__table__
    assert isinstance(table, Table), "every model is declared with one"
    return table


def _chunks(keys: Collection[Key]) -> Iterator[list[Key]]:
    left = iter(keys)
    while some := list(islice(left, MOST_KEYS)):
        yield some


def _is_one_of(connection: Connection, columns: Columns, keys: Sequence[Key]) -> ColumnElement[bool]:
    """Whether the columns have one of some keys."""
    wanted = keys if connection.dialect.name == "sqlite" else _arrays(columns, list(zip(*keys, strict=True)))
    return tuple_(*columns).in_(wanted)


def _insert(connection: Connection, table: Table, rows: Collection[Row]) -> tuple[Insert, list[Row] | None]:
    """The statement that inserts rows, and the values that it is executed with."""
    if connection.dialect.name == "sqlite":
        return sqlite.insert(table), list(rows)
    columns = list(table.columns)
    arrays = _arrays(columns, [[row[column.name] for row in rows] for column in columns])
    return postgresql.insert(table).from_select(columns, arrays), None


def _arrays(columns: Columns, values: Sequence[Sequence[Any]]) -> Select[*tuple[Any, ...]]:
    """A table of columns that are given as arrays."""
    arrays = [literal(list(some), ARRAY(column.type)) for column, some in zip(columns, values, strict=True)]
    return select(func.unnest(*arrays).table_valued(*(column.name for column in columns)).render_derived())
