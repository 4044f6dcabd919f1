"""Sensors against a real broker: what waits is seen, and told once."""

from datetime import UTC, datetime
from pathlib import Path

import dagster as dg
import pyarrow as pa
import pytest
from deltalake import write_deltalake

from dagster_project.automation import streams, topics
from dagster_project.freshness import WITHIN, evaluations
from dagster_project.lineage import key_of
from dagster_project.resources import Lakehouse
from pipelines.source.publish import ensure_topics
from schemas.topics import TOPICS, TRADES
from spark_jobs.recordings import publish_recording
from spark_jobs.settings import Settings
from tests.conftest import Broker
from tests.spark_jobs.recordings import record_all
from tests.spark_jobs.streams import renew


def tick(settings: Settings, instance: dg.DagsterInstance, cursor: str | None = None) -> dg.SensorResult:
    """What the daemon calls every minute, and what it does with the answer."""
    found = topics(dg.build_sensor_context(instance=instance, cursor=cursor), lakehouse=Lakehouse(settings))
    assert isinstance(found, dg.SensorResult)
    for event in found.asset_events:
        instance.report_runless_asset_event(event)
    return found


@pytest.mark.kafka
def test_rows_that_no_lakehouse_reads_make_their_tables_stale(broker: Broker, tmp_path: Path) -> None:
    ensure_topics(broker.bootstrap, TOPICS, broker.settings.partitions)
    renew(broker.settings, TRADES)
    batches = [batch for file in record_all(tmp_path) for batch in file.batches if batch[0] == TRADES]
    sent = sum(len(rows) for _, rows in batches)
    with dg.DagsterInstance.ephemeral() as instance:
        instance.report_runless_asset_event(dg.AssetObservation(key_of("silver.trades")))
        publish_recording(broker.settings, batches, None, lambda done, total: None)
        first = tick(broker.settings, instance)
        assert len(first.asset_events) == len(TOPICS)
        assert tick(broker.settings, instance, first.cursor).asset_events == []
        (now, later) = (dict(evaluations(instance, datetime.now(UTC) + passed)) for passed in (0 * WITHIN, 2 * WITHIN))
    assert now["silver.trades"].passed
    assert not later["silver.trades"].passed
    told = f"{sent} rows wait in market.trades.v1, and no commit came for 10 minutes."
    assert later["silver.trades"].description == told


def test_tick_of_an_instance_that_is_down_is_one_sentence(
    instance_settings: Settings, capfd: pytest.CaptureFixture[str]
) -> None:
    found = topics(dg.build_sensor_context(), lakehouse=Lakehouse(instance_settings))
    assert found == dg.SkipReason(f"No broker answers at {instance_settings.bootstrap}: start it with `depthlake up`.")
    assert "rdkafka" not in capfd.readouterr().err


def test_version_of_a_table_is_told_once_and_without_a_lakehouse(instance_settings: Settings) -> None:
    trades = instance_settings.lake / "silver" / "trades"
    told: list[int] = []
    cursor = None
    for commits in (0, 1, 0, 2):
        for _ in range(commits):
            write_deltalake(trades, pa.table({"seq": [1]}), mode="append")
        found = streams(dg.build_sensor_context(cursor=cursor), lakehouse=Lakehouse(instance_settings))
        assert isinstance(found, dg.SensorResult)
        assert {event.asset_key for event in found.asset_events} <= {key_of("silver.trades")}
        told += [event.metadata["delta_version"].value for event in found.asset_events]
        cursor = found.cursor
    assert told == [0, 2]
