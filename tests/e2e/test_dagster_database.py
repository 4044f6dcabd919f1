"""Dagster on PostgreSQL, without a lake: a file that is wrong becomes a failed run, and somebody is told."""

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest

from spark_jobs.instance import dagster
from spark_jobs.instance.lifecycle import down, processes, up
from spark_jobs.settings import Settings
from tests.conftest import settings_in
from tests.e2e.commands import Instance
from tests.listeners import Webhook, webhook
from tests.postgresql import Server

pytestmark = pytest.mark.e2e

TOLD_S = 120


@pytest.fixture
def hook() -> Iterator[Webhook]:
    with webhook() as listening:
        yield listening


@pytest.fixture
def settings(tmp_path: Path, postgresql: Server, hook: Webhook) -> Iterator[Settings]:
    """Dagster's three processes run."""
    url, database = f"http://127.0.0.1:{hook.server_port}/", postgresql.new_database()
    made = replace(settings_in(tmp_path / "home"), alert_webhook=url, dagster_database_url=database)
    try:
        up(made, processes(made, dagster.NAMES))
        yield made
    finally:
        down(made, dagster.NAMES)
        assert Instance(made).members() == []


def test_bad_file_is_a_failed_run_in_postgresql_and_is_told(settings: Settings, hook: Webhook) -> None:
    path = settings.recordings / "binance" / "bad.gz"
    path.parent.mkdir(parents=True)
    path.write_text("no gzip")
    deadline = time.monotonic() + TOLD_S
    while not hook.heard:
        assert time.monotonic() < deadline
        time.sleep(0.5)
    ((text,),) = (each.values() for each in hook.heard)
    assert f" of binance/bad.gz failed: file__recordings: {path} is named .gz but is not a gzip file" in text
    with psycopg.connect(settings.dagster_database_url) as connection:
        runs = connection.execute("SELECT partition, status FROM runs").fetchall()
        daemons = connection.execute("SELECT count(*) FROM daemon_heartbeats").fetchall()
    assert runs == [("binance/bad.gz", "FAILURE")]
    assert daemons >= [(4,)]
    assert list((settings.home / "dagster").rglob("*.db")) == []
