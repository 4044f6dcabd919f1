"""Dagster beside a lake with a recording: what people do there, in the order in which they do it."""

import re
import time
from datetime import UTC, datetime
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from pipelines.research.registry import STRATEGIES
from spark_jobs.bench.pages import browser
from tests.e2e.commands import CAPTURE, Instance
from tests.e2e.dagster import ENDED, RUN, RUNS, Dagster, shoot

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(400)]

DAYS = ["2024-08-07", "2024-08-08", "2024-08-09"]
DAY = "2024-08-08"
TABLES = ["silver.trades", "gold.trades_1m_partials"]
COUNTS = """
select (select count(*) from bronze.trades), (select count(*) from silver.trades), (select count(*) from silver.quotes),
       (select count(*) from silver.depth)"""
TOLD = """query($key: AssetKeyInput!) { assetOrError(assetKey: $key) { ... on Asset {
  assetMaterializations(limit: 1) { partition metadataEntries {
    label ... on IntMetadataEntry { intValue } ... on MarkdownMetadataEntry { mdStr } } } } } }"""
CHECKS = """query($key: AssetKeyInput!) { assetNodeOrError(assetKey: $key) { ... on AssetNode { assetChecksOrError {
  ... on AssetChecks { checks { name executionForLatestMaterialization {
    status evaluation { description } } } } } } } }"""
STEPS_AWAY = 50
START_S = 2  # until a materialisation works in Spark
LEDGER = f"""
select hash from gold.partition_ledger where table_name = 'silver.trades' and event_date = '{DAY}' order by run_ts"""
SPOIL = f"update silver.trades set symbol = null where event_date = '{DAY}' and price > 61700"


@pytest.fixture(scope="module")
def dagster(instance: Instance) -> Dagster:
    """The instance is up."""
    instance.run("up")
    return Dagster(instance.settings)


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


def test_file_in_the_folder_is_replayed_by_itself(instance: Instance, dagster: Dagster) -> None:
    path = instance.settings.recordings / "binance" / CAPTURE.name
    path.parent.mkdir(parents=True)
    path.write_bytes(CAPTURE.read_bytes())
    assert run_of(dagster, f"binance/{CAPTURE.name}")["status"] == "SUCCESS"
    (counts,) = instance.sql(COUNTS)
    assert counts == [str(3 * 9757), "9757", "28040", "3452"]  # imported and replayed before
    (told,) = dagster.ask(TOLD, key={"path": ["file", "recordings"]})["assetMaterializations"]
    entries = {entry["label"]: entry for entry in told["metadataEntries"]}
    assert entries["messages"]["intValue"] == 9757 + 28040 + 3452
    assert "| market.trades.v1 | 9,757 | 2024-08-08" in entries["topics"]["mdStr"]


def expect_in_graph(page: Page, name: str) -> None:
    """Wait for the graph, and go away from it until an asset is in sight: what is not is not drawn."""
    asset, away = page.get_by_text(name, exact=True).first, page.get_by_role("button", name="zoom_out")
    expect(away).to_be_visible(timeout=60_000)
    for _ in range(STEPS_AWAY):
        if asset.is_visible():
            break
        away.click()
        page.wait_for_timeout(200)
    expect(asset).to_be_visible()


def test_asset_graph_is_drawn(dagster: Dagster) -> None:
    with browser() as page:
        page.set_viewport_size({"width": 2400, "height": 1500})
        page.goto(f"{dagster.url}/asset-groups")
        expect(page.get_by_text("silver", exact=False).first).to_be_visible(timeout=60_000)
        page.goto(f"{dagster.url}/locations/depthlake/asset-groups/silver/lineage")
        for name in ("trades_rejected", "order_events"):
            expect_in_graph(page, name)
        expect(page.get_by_text("Loading", exact=False)).to_have_count(0, timeout=60_000)
        shoot(page, "dagster-assets")


def test_backfill_of_three_days_is_one_run(instance: Instance, dagster: Dagster) -> None:
    before = instance.sql("select count(*), sum(quantity), sum(price * quantity) from silver.trades")
    identity = dagster.backfill(TABLES, DAYS)
    runs = [
        run for run in dagster.ask(RUNS)["results"] if {"key": "dagster/backfill", "value": identity} in run["tags"]
    ]
    assert [run["status"] for run in runs] == ["SUCCESS"]
    assert instance.sql("select count(*), sum(quantity), sum(price * quantity) from silver.trades") == before
    rows = instance.sql("select event_date, sum(row_count) from gold.partition_ledger group by 1 order by 1")
    assert [day for day, _ in rows] == DAYS
    with browser() as page:
        page.goto(f"{dagster.url}/runs/b/{identity}")
        expect(page.get_by_text("Succeeded").first).to_be_visible(timeout=60_000)
        shoot(page, "dagster-backfill")


def test_spoilt_day_fails_its_check_and_is_repaired(instance: Instance, dagster: Dagster) -> None:
    instance.run("sql", SPOIL)
    assert dagster.check("silver.trades", DAY) == "FAILURE"  # it blocks
    with browser() as page:
        page.goto(f"{dagster.url}/assets/silver/trades?view=checks")
        expect(page.get_by_text("Failed").first).to_be_visible(timeout=60_000)
        page.get_by_text("expectations", exact=True).first.click()
        page.get_by_text("[Show Markdown]").first.click()
        expect(page.get_by_text("symbol is present", exact=False).last).to_be_visible(timeout=60_000)
        shoot(page, "dagster-check")
    failed = instance.sql(f"""
select expectation, unexpected_count > 0, sample[0] from gold.data_quality
where table_name = 'silver.trades' and event_date = '{DAY}' and not is_success""")
    assert ["symbol is present", "true"] in [row[:2] for row in failed]
    assert all(re.search(r'"seq":\d+', sample) for _, _, sample in failed)
    dagster.backfill(TABLES, [DAY])
    hashes = [row[0] for row in instance.sql(LEDGER)]
    assert len(hashes) == 2
    assert len(set(hashes)) == 1


def test_materialisation_starts_in_the_lakehouse_that_runs(dagster: Dagster) -> None:
    dagster.backfill(["gold.trades_1m_partials"], [DAY])
    run = dagster.ask(RUN, id=dagster.ask(RUNS)["results"][0]["runId"])
    started = min(step["startTime"] for step in run["stepStats"]) - run["startTime"]
    (facts,) = (event["metadataEntries"] for event in run["assetMaterializations"])
    connected = next(fact["floatValue"] for fact in facts if fact["label"] == "seconds_to_connect")
    assert started + connected < START_S


def test_night_after_the_recording_backtests_it(instance: Instance, dagster: Dagster) -> None:
    (request,) = dagster.tick("nightly_backtests", datetime(2024, 8, 9, 1, tzinfo=UTC))
    assert request["runKey"] == f"{DAY}|BTCUSDT@BINANCE"
    run = dagster.launch("backtests_of_a_day", request)
    assert run["status"] == "SUCCESS"
    links = {each["label"]: each["url"] for each in run["assetMaterializations"][0]["metadataEntries"] if "url" in each}
    assert list(links) == [f"tear_sheet_{strategy.name}" for strategy in STRATEGIES]
    with browser() as page:
        page.goto(f"{dagster.url}/runs/{run['runId']}")
        with page.expect_popup() as opened:
            page.locator(f"a[href$='{links['tear_sheet_obi_threshold']}']").first.click()
        sheet = opened.value
        expect(sheet.get_by_text("BTCUSDT at BINANCE", exact=False).first).to_be_visible()
        assert sheet.locator(".js-plotly-plot .main-svg").count() > 0
        shoot(sheet, "tear-sheet")
    (stored,) = instance.sql(f"select count(distinct strategy) from gold.backtest_runs where begin_date = '{DAY}'")
    assert stored == [str(len(STRATEGIES))]


def test_freshness_of_a_streamed_table_is_shown(dagster: Dagster) -> None:
    deadline = time.monotonic() + 150  # topics, tables and freshness are asked once a minute each
    while not (found := execution(dagster, "silver.trades")):
        assert time.monotonic() < deadline
        time.sleep(1)
    assert found == {"status": "SUCCEEDED", "evaluation": {"description": "0 rows wait in market.trades.v1."}}
