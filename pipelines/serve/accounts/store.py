"""Rows of a table by their keys: read, written over, added."""

from collections.abc import Collection, Iterator
from itertools import islice

from sqlalchemy import Connection, FromClause, Table, select, tuple_
from sqlalchemy.dialects import postgresql, sqlite

from pipelines.serve.accounts.models import Base
from pipelines.serve.accounts.state import Key, Row, Rows

MOST_KEYS = 5_000  # in a statement: SQLite takes 32,766 parameters

Upsert = sqlite.Insert | postgresql.Insert


def load(connection: Connection, model: type[Base], keys: Collection[Key]) -> Rows:
    """The rows that there are of some keys."""
    table = table_of(model)
    columns = list(table.primary_key)
    rows: Rows = {}
    for some in _chunks(keys):
        found = connection.execute(select(table).where(tuple_(*columns).in_(some))).mappings()
        rows |= {tuple(row[column.name] for column in columns): dict(row) for row in found}
    return rows


def _chunks(keys: Collection[Key]) -> Iterator[list[Key]]:
    left = iter(keys)
    while some := list(islice(left, MOST_KEYS)):
        yield some


def save(connection: Connection, model: type[Base], rows: Collection[Row]) -> None:
    """Write whole rows, over those of the same key."""
    if rows:
        statement = _insert(connection, model)
        table = table_of(model)
        others = {column.name: statement.excluded[column.name] for column in table.columns if not column.primary_key}
        connection.execute(statement.on_conflict_do_update(index_elements=table.primary_key, set_=others), list(rows))


def add(connection: Connection, model: type[Base], rows: Collection[Row]) -> None:
    """Write whole rows, except where the key has one."""
    if rows:
        connection.execute(_insert(connection, model).on_conflict_do_nothing(), list(rows))


def table_of(model: type[Base]) -> Table:
    """The table of a model."""
    table: FromClause = model.__table__
    assert isinstance(table, Table), "every model is declared with one"
    return table


def _insert(connection: Connection, model: type[Base]) -> Upsert:
    insert = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    return insert(table_of(model))
