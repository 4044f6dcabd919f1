"""A file that is put into the folder `recordings` is in silver some seconds later, by Dagster alone."""

import time
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.commands import Instance
from tests.e2e.dagster import ENDED, RUNS, Dagster
from tests.house_rules import ROOT

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(400)]

CAPTURE = ROOT.parent / "shared" / "data" / "binance" / "spot_btcusdt_20240808.gz"
COUNTS = """
select (select count(*) from bronze.trades), (select count(*) from silver.trades), (select count(*) from silver.quotes),
       (select count(*) from silver.depth), (select sum(quantity) from silver.trades)"""
TOLD = """query($key: AssetKeyInput!) { assetOrError(assetKey: $key) { ... on Asset {
  assetMaterializations(limit: 1) { partition metadataEntries {
    label ... on IntMetadataEntry { intValue } ... on MarkdownMetadataEntry { mdStr } } } } } }"""
CHECKS = """query($key: AssetKeyInput!) { assetNodeOrError(assetKey: $key) { ... on AssetNode { assetChecksOrError {
  ... on AssetChecks { checks { name executionForLatestMaterialization {
    status evaluation { description } } } } } } } }"""
FAILED = """query($id: ID!) { logsForRun(runId: $id) { ... on EventConnection { events {
  ... on ExecutionStepFailureEvent { error { message } } } } } }"""


@pytest.fixture(scope="module")
def dagster(instance: Instance) -> Dagster:
    """The instance is up, and nobody gives it another command than `sql`."""
    instance.run("up")
    return Dagster(instance.settings)


def put(instance: Instance, name: str, data: bytes) -> Path:
    """A file in the folder."""
    path = instance.settings.recordings / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def run_of(dagster: Dagster, partition: str, timeout_s: float = 150) -> dict[str, Any]:
    """The run that the daemon's sensor starts for a file, when it is over."""
    deadline, tag = time.monotonic() + timeout_s, {"key": "dagster/partition", "value": partition}
    while time.monotonic() < deadline:
        runs = [run for run in dagster.ask(RUNS)["results"] if tag in run["tags"]]
        if runs and runs[0]["status"] in ENDED:
            (run,) = runs
            return run
        time.sleep(0.5)
    raise AssertionError(f"no run of {partition} is over")


def execution(dagster: Dagster, name: str) -> dict[str, Any] | None:
    """What the page shows of the check `fresh` of a table."""
    checks = dagster.ask(CHECKS, key={"path": name.split(".")})["assetChecksOrError"]["checks"]
    (found,) = (each["executionForLatestMaterialization"] for each in checks if each["name"] == "fresh")
    return dict(found) if found else None


def test_file_is_replayed_by_itself_and_a_second_time_changes_nothing(instance: Instance, dagster: Dagster) -> None:
    put(instance, "binance/spot_btcusdt_20240808.gz", CAPTURE.read_bytes())
    assert run_of(dagster, "binance/spot_btcusdt_20240808.gz")["status"] == "SUCCESS"
    (before,) = instance.sql(COUNTS)
    assert before[:4] == ["9757", "9757", "28040", "3452"]
    (told,) = dagster.ask(TOLD, key={"path": ["file", "recordings"]})["assetMaterializations"]
    entries = {entry["label"]: entry for entry in told["metadataEntries"]}
    assert entries["messages"]["intValue"] == 9757 + 28040 + 3452
    assert "| market.trades.v1 | 9,757 | 2024-08-08" in entries["topics"]["mdStr"]
    put(instance, "binance/again/spot_btcusdt_20240808.gz", CAPTURE.read_bytes())
    assert run_of(dagster, "binance/again/spot_btcusdt_20240808.gz")["status"] == "SUCCESS"
    (after,) = instance.sql(COUNTS)
    assert after == [str(2 * 9757), *before[1:]]


def test_freshness_of_a_streamed_table_is_shown(dagster: Dagster) -> None:
    deadline = time.monotonic() + 150  # topics, tables and freshness are asked once a minute each
    while not (found := execution(dagster, "silver.trades")):
        assert time.monotonic() < deadline
        time.sleep(1)
    assert found == {"status": "SUCCEEDED", "evaluation": {"description": "0 rows wait in market.trades.v1."}}


def test_bad_file_fails_with_a_sentence_and_publishes_nothing(instance: Instance, dagster: Dagster) -> None:
    (before,) = instance.sql(COUNTS)
    path = put(instance, "binance/bad.gz", b"no gzip")
    run = run_of(dagster, "binance/bad.gz")
    assert run["status"] == "FAILURE"
    events = dagster.ask(FAILED, id=run["runId"])["events"]
    (said,) = [event["error"]["message"] for event in events if event.get("error")]
    assert f"{path} is named .gz but is not a gzip file" in said
    assert instance.sql(COUNTS) == [before]


def test_down_leaves_no_process(instance: Instance, dagster: Dagster) -> None:
    instance.run("down")
    assert instance.members() == []
