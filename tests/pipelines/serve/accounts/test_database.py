"""Opening a database: addresses, migrations, transactions."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, Text, inspect, text

from pipelines.serve.accounts.database import connect_to, migrate, open_database, reading, writing
from pipelines.serve.accounts.models import Base
from schemas.errors import InstanceError, SettingsError
from tests.conftest import free_ports


def differences(engine: Engine) -> list[object]:
    """What the database has otherwise than the models say."""
    with reading(engine) as connection:
        return list(compare_metadata(MigrationContext.configure(connection), Base.metadata))


def test_migrations_make_what_the_models_say(database: str) -> None:
    engine = open_database(database)
    assert differences(engine) == []
    with writing(engine) as connection:
        connection.execute(text("ALTER TABLE orders DROP COLUMN reason"))
        connection.execute(text("DROP INDEX ix_orders_account_id_status"))
    assert len(differences(engine)) == 2
    engine.dispose()


def test_migrate_goes_down_and_up_again(database: str) -> None:
    engine = open_database(database)
    tables = {*Base.metadata.tables, "alembic_version"}
    assert set(inspect(engine).get_table_names()) == tables
    with writing(engine) as connection:
        migrate(connection, "base")
    assert inspect(engine).get_table_names() == ["alembic_version"]
    with writing(engine) as connection:
        migrate(connection, "head")
    assert differences(engine) == []
    engine.dispose()


def test_open_database_by_many_at_once_makes_it_once(database: str) -> None:
    with ThreadPoolExecutor(4) as pool:
        engines = list(pool.map(open_database, [database] * 4))
    assert differences(engines[0]) == []
    for engine in engines:
        engine.dispose()


def test_open_database_of_a_newer_schema_stops(database: str) -> None:
    engine = open_database(database)
    with writing(engine) as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(InstanceError, match=r"^The database has another schema \(.*9999.*\): use the depthlake that"):
        open_database(database)
    engine.dispose()


@pytest.mark.parametrize(
    "address", ["exchange.db", "mysql://me:secret@host/name", "postgresql://me@host:port/name", "://", "sqlite:"]
)
def test_open_database_refuses_other_addresses_without_telling_them(address: str) -> None:
    with pytest.raises(SettingsError) as error:
        open_database(address)
    assert str(error.value).startswith("The address of the database is of no known form: set DEPTHLAKE_DATABASE_URL to")
    assert "secret" not in str(error.value)


def test_open_database_says_where_none_answers() -> None:
    (port,) = free_ports(1)
    with pytest.raises(InstanceError) as error:
        open_database(f"postgresql://me:secret@127.0.0.1:{port}/exchange")
    assert str(error.value).startswith(
        f"The database postgresql+psycopg://me:***@127.0.0.1:{port}/exchange failed (connection failed:"
    )
    assert str(error.value).endswith("start or repair it, or correct DEPTHLAKE_DATABASE_URL.")


def test_open_database_says_which_file_is_no_database(tmp_path: Path) -> None:
    (tmp_path / "x.db").write_text("no database " * 100)
    with pytest.raises(InstanceError, match=r"x\.db failed \(file is not a database\): start or repair it"):
        open_database(f"sqlite:///{tmp_path}/x.db")


def test_reading_sees_one_state_while_another_writes(database: str) -> None:
    engine, other = open_database(database), connect_to(database)
    add = text("INSERT INTO projected_shards VALUES (:n, 'p', 1)")
    count = text("SELECT count(*) FROM projected_shards")
    with reading(engine) as connection:
        assert connection.execute(count).scalar_one() == 0
        with writing(other) as writer:
            writer.execute(add, {"n": 1})
        assert connection.execute(count).scalar_one() == 0
    with reading(engine) as connection:
        assert connection.execute(count).scalar_one() == 1
    engine.dispose()
    other.dispose()


def test_keys_and_sums_are_exact_types() -> None:
    kinds = {str(column.type) for table in Base.metadata.sorted_tables for column in table.columns}
    assert kinds == {"BIGINT", "DATE", str(Text()), "NUMERIC(38, 0)"}
