"""Dagster's own configuration: what it is given works with a real PostgreSQL, and what cannot work is said at once."""

import os
import subprocess
from dataclasses import replace
from pathlib import Path

import dagster as dg
import psycopg
import pytest

from spark_jobs.instance.dagster import dagster
from spark_jobs.instance.dagster_checks import check_dagster
from spark_jobs.settings import Settings
from tests.conftest import free_ports
from tests.postgresql import Server
from tests.spark_jobs.cli.test_app import DEPTHLAKE, is_one_sentence

SQLITE = ", or unset it for SQLite."


@dg.asset(partitions_def=dg.DailyPartitionsDefinition("2024-08-01"))
def table() -> dg.MaterializeResult[None]:
    return dg.MaterializeResult(metadata={"dagster/row_count": 7})


def configured(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Path:
    """DAGSTER_HOME as `up` writes it, in the environment that `up` gives."""
    code, _, _ = dagster(settings)
    code.prepare()
    for name, value in code.environment.items():
        monkeypatch.setenv(name, value)
    return Path(code.environment["DAGSTER_HOME"])


def test_run_is_kept_in_postgresql(
    instance_settings: Settings, postgresql: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = replace(instance_settings, dagster_database_url=postgresql.new_database())
    check_dagster(settings)
    folder = configured(settings, monkeypatch)
    with dg.DagsterInstance.from_config(str(folder)) as instance:
        run_id = dg.materialize([table], partition_key="2024-08-08", instance=instance).run_id
        instance.add_dynamic_partitions("recordings", ["binance/a.gz"])
    with dg.DagsterInstance.from_config(str(folder)) as another:
        run = another.get_run_by_id(run_id)
        (record,) = another.fetch_materializations(table.key, limit=10).records
        partitions = another.get_dynamic_partitions("recordings")
    assert run and run.status == dg.DagsterRunStatus.SUCCESS
    assert (record.run_id, record.partition_key) == (run_id, "2024-08-08")
    assert record.asset_materialization and record.asset_materialization.metadata["dagster/row_count"].value == 7
    assert partitions == ["binance/a.gz"]
    with psycopg.connect(settings.dagster_database_url) as connection:
        assert connection.execute("SELECT run_id, status FROM runs").fetchall() == [(run_id, "SUCCESS")]
    assert list(folder.rglob("*.db")) == []
    assert settings.dagster_database_url not in (folder / "dagster.yaml").read_text()


def test_without_postgresql_everything_lies_below_home(
    instance_settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    check_dagster(instance_settings)
    folder = configured(instance_settings, monkeypatch)
    with dg.DagsterInstance.from_config(str(folder)) as instance:
        assert dg.materialize([table], partition_key="2024-08-08", instance=instance).success
    assert list(folder.rglob("runs.db"))


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("sqlite:///x.db", f"is no address of PostgreSQL: set it to postgresql://user:password@host:port/name{SQLITE}"),
        ("postgresql://me:secret@[/x", "cannot be read: set it to postgresql://user:password@host:port/name"),
        ("postgresql://me:secret@127.0.0.1:{port}/x", "cannot be used (connection failed: "),
        ("postgresql://depthlake:secret@127.0.0.1:{there}/nothing", "cannot be used (connection failed: "),
    ],
)
def test_up_with_a_database_that_cannot_be_used_is_one_sentence(
    instance_settings: Settings, postgresql: Server, url: str, expected: str
) -> None:
    address = url.format(port=free_ports(1)[0], there=postgresql.port)
    said = up(replace(instance_settings, dagster_database_url=address))
    assert "DEPTHLAKE_DAGSTER_DATABASE_URL" in said
    assert expected in said


def test_up_with_a_mailbox_that_cannot_be_read_is_one_sentence(instance_settings: Settings) -> None:
    said = up(replace(instance_settings, alert_smtp="smtp://me:secret@host"))
    assert said.startswith("DEPTHLAKE_ALERT_SMTP is no address of a mailbox: set it like ")


def up(settings: Settings) -> str:
    """What `depthlake up` says that fails, before it has started anything."""
    environment = {**os.environ, **settings.as_environment()}
    done = subprocess.run([*DEPTHLAKE, "up"], capture_output=True, text=True, env=environment, timeout=60)
    assert done.returncode == 1
    assert is_one_sentence(done.stderr)
    assert "secret" not in done.stderr
    assert not (settings.home / "run").exists()
    return done.stderr
