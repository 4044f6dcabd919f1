"""Sensors against a real broker: what waits is seen, and told once."""

from datetime import UTC, datetime
from pathlib import Path

import dagster as dg
import pytest

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


@pytest.mark.parametrize(
    ("sensor", "sentence"),
    [
        (topics, "No broker answers at {0.bootstrap}: start it with `depthlake up`."),
        (streams, "Nothing answers at {0.connect_url}: run depthlake up."),
    ],
    ids=["topics", "streams"],
)
def test_tick_of_an_instance_that_is_down_is_one_sentence(
    sensor: dg.SensorDefinition, sentence: str, instance_settings: Settings, capfd: pytest.CaptureFixture[str]
) -> None:
    with dg.DagsterInstance.ephemeral() as instance:
        found = sensor(dg.build_sensor_context(instance=instance), lakehouse=Lakehouse(instance_settings))
    assert found == dg.SkipReason(sentence.format(instance_settings))
    assert "rdkafka" not in capfd.readouterr().err
