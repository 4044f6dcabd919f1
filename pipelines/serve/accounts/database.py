"""A database by its address: opened, brought to the newest schema, read and written in transactions."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import ArgumentError, DatabaseError, OperationalError

from schemas.errors import InstanceError, SettingsError

DRIVERS = {"sqlite": "sqlite+pysqlite", "postgresql": "postgresql+psycopg"}
BUSY_S = 30  # how long SQLite waits for another's transaction
MIGRATION_LOCK = 7_233_451  # any number that no other program takes as an advisory lock


def open_database(address: str) -> Engine:
    """The database at `sqlite:///path` or `postgresql://user:password@host:port/name`, with the newest schema.

    Raises SettingsError on another address, InstanceError when no database answers or its schema is newer.
    """
    engine = connect_to(address)
    with writing(engine) as connection:
        migrate(connection, "head")
    return engine


def connect_to(address: str) -> Engine:
    """The engine of an address, its schema left as it is. Raises SettingsError on an address of neither kind."""
    url = _parse(address)
    if url.get_backend_name() == "postgresql":
        return create_engine(url)
    Path(url.database or "").parent.mkdir(parents=True, exist_ok=True)
    # Without isolation level the driver begins no transactions by itself: _begin does.
    engine = create_engine(url, connect_args={"timeout": BUSY_S, "isolation_level": None})
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    return engine


def _parse(address: str) -> URL:
    try:
        url = make_url(address)
        return url.set(drivername=DRIVERS[url.get_backend_name()])
    except (ArgumentError, KeyError, ValueError):
        raise SettingsError(
            "The address of the database is of no known form: set DEPTHLAKE_DATABASE_URL to "
            "postgresql://user:password@host:port/name or sqlite:///path, or unset it."
        ) from None


def _prepare(connection: Any, _: object) -> None:
    """Readers and the writer do not wait for each other; after a loss of power the last transactions may be missing."""
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")


def _begin(connection: Connection) -> None:
    is_writing = connection.get_execution_options().get("is_writing", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if is_writing else "BEGIN")


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """A transaction that writes all, or after an error nothing. Raises InstanceError when the database fails."""
    with _explained(engine), engine.execution_options(is_writing=True).begin() as connection:
        yield connection


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """A transaction that reads one state of the database. Raises InstanceError when the database fails."""
    is_postgresql = engine.dialect.name == "postgresql"
    options = {"isolation_level": "REPEATABLE READ"} if is_postgresql else {}  # SQLite's reads need no word
    with _explained(engine), engine.execution_options(**options).begin() as connection:
        yield connection


@contextmanager
def _explained(engine: Engine) -> Iterator[None]:
    try:
        yield
    except DatabaseError as error:
        if type(error) not in (DatabaseError, OperationalError):
            raise  # what we asked for is wrong, not the database
        why = " ".join(str(error.orig).split())
        raise InstanceError(
            f"The database {engine.url.render_as_string(hide_password=True)} failed ({why}): start or repair it, "
            "or correct DEPTHLAKE_DATABASE_URL."
        ) from error


def migrate(connection: Connection, revision: str) -> None:
    """Bring the schema up, or down, to a revision: `head`, `base` or a name.

    Raises InstanceError when the database has a schema that the packaged migrations do not know.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": MIGRATION_LOCK})
    move = command.downgrade if revision == "base" else command.upgrade
    try:
        move(_alembic(connection), revision)
    except CommandError as error:
        raise InstanceError(f"The database has another schema ({error}): use the depthlake that wrote it.") from error


def _alembic(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", "pipelines.serve.accounts:migrations")
    config.attributes["connection"] = connection
    return config
