"""Recorded files: which the sensor asks for, and what their runs say without a broker."""

import time
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest

from dagster_project.recordings import QUIET_S, due, new_recordings, recordings, topics_table
from dagster_project.resources import Lakehouse
from spark_jobs.recordings import find_recordings
from spark_jobs.settings import Settings
from tests.spark_jobs.recordings import record_all


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as ephemeral:
        yield ephemeral


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(tmp_path, kafka_port=1, connect_port=1)  # nothing answers there


def put(settings: Settings, name: str, text: str = "x") -> Path:
    """A file in the folder."""
    path = settings.recordings / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def look(settings: Settings, instance: dg.DagsterInstance, cursor: str | None = None) -> dg.SensorResult:
    """A tick of the sensor; every partition that it asks for is one that it adds."""
    context = dg.build_sensor_context(instance=instance, cursor=cursor)
    found = new_recordings(context, lakehouse=Lakehouse(settings))
    assert isinstance(found, dg.SensorResult)
    added = [key for request in found.dynamic_partitions_requests or () for key in request.partition_keys]
    assert added == asked(found)
    return found


def asked(found: dg.SensorResult) -> list[str]:
    """The partitions of the runs."""
    return [str(request.partition_key) for request in found.run_requests or ()]


def replay(settings: Settings, instance: dg.DagsterInstance, name: str) -> str:
    """A run of a partition that fails: what its step says."""
    instance.add_dynamic_partitions("recordings", [name])
    done = dg.materialize(
        [recordings],
        partition_key=name,
        instance=instance,
        resources={"lakehouse": Lakehouse(settings)},
        raise_on_error=False,
    )
    (failure,) = done.get_step_failure_events()
    error = failure.step_failure_data.error
    assert not any(event.is_step_up_for_retry for event in done.all_events)
    assert error is not None
    assert error.message.startswith("dagster._core.definitions.events.Failure: ")
    return error.message.split(": ", 1)[1].strip()


def test_sensor_asks_for_files_that_are_still_once_until_they_change(
    settings: Settings, instance: dg.DagsterInstance
) -> None:
    assert asked(look(settings, instance)) == []  # there is no folder yet
    for name in ("binance/a/b.gz", "lobster/A_message_1.csv", "lobster/A_orderbook_1.csv", "plain/t.csv"):
        put(settings, name)
    for name in ("plain/t.csv.toml", "tardis/.t.csv.part", "binance/c.zip.CHECKSUM"):
        put(settings, name)
    assert asked(look(settings, instance)) == []
    time.sleep(QUIET_S + 0.1)
    put(settings, "binance/new.gz")
    first = look(settings, instance)
    assert asked(first) == ["binance/a/b.gz", "lobster/A_message_1.csv", "plain/t.csv"]
    assert asked(look(settings, instance, first.cursor)) == []


@pytest.mark.parametrize("changed", ["plain/t.csv", "plain/t.csv.toml"])
def test_file_is_due_again_when_it_or_its_mapping_changes(settings: Settings, changed: str) -> None:
    put(settings, "plain/t.csv")
    put(settings, "plain/t.csv.toml")
    (before,) = find_recordings(settings.recordings)
    later = before.changed_s + QUIET_S + 60
    assert due([before], {}, later) == [before]
    assert due([before], {"plain/t.csv": before.state}, later) == []
    put(settings, changed, "longer")
    (after,) = find_recordings(settings.recordings)
    assert due([after], {"plain/t.csv": before.state}, later) == [after]
    assert due([after], {"plain/t.csv": before.state}, after.changed_s + QUIET_S) == []


def test_name_that_no_partition_can_have_is_left_out(settings: Settings, instance: dg.DagsterInstance) -> None:
    put(settings, "binance/a...b.gz")
    put(settings, "binance/c.gz")
    time.sleep(QUIET_S + 0.1)
    assert asked(look(settings, instance)) == ["binance/c.gz"]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("a.gz", "{0}/a.gz has no source: move it to a folder of {0} that is called binance, binance-csv,"),
        ("bitmex/a.gz", "{0}/bitmex/a.gz has no source: move it to a folder of {0} that is called binance,"),
        ("plain/a.csv", "{0}/plain/a.csv has no mapping: put a.csv.toml beside it; docs/sources.md says"),
        ("binance/a.gz", "{0}/binance/a.gz is named .gz but is not a gzip file; fetch it again"),
    ],
)
def test_bad_file_is_one_sentence_and_no_retry(
    settings: Settings, instance: dg.DagsterInstance, name: str, expected: str
) -> None:
    put(settings, name)  # no broker runs: had anything been published, that would be the failure
    said = replay(settings, instance, name)
    assert said.startswith(expected.format(settings.recordings))
    assert "\n" not in said


def test_file_that_is_gone_is_one_sentence(settings: Settings, instance: dg.DagsterInstance) -> None:
    path = settings.recordings / "binance" / "a.gz"
    assert replay(settings, instance, "binance/a.gz") == (f"{path} is missing: put it back, or delete its partition.")


def test_topics_table_says_messages_days_and_versions(tmp_path: Path) -> None:
    (file,) = (each for each in record_all(tmp_path) if each.path.name == "trades.csv")
    assert topics_table(file.batches, {"bronze.trades": 4, "silver.trades": 5}).splitlines() == [
        "| topic | messages | days | bronze version | silver version |",
        "|---|---:|---|---:|---:|",
        "| market.trades.v1 | 2 | 2024-08-08 | 4 | 5 |",
    ]
    assert topics_table([], {}) == "No messages."
