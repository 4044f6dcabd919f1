"""Backtests as assets: a partition of each, what it tells, and what the schedules ask for."""

from datetime import UTC, date, datetime
from pathlib import Path

import dagster as dg
import pytest

from dagster_project.days import days_if_any, days_of_run
from dagster_project.lineage import key_of
from dagster_project.research import MARKETS, backtests, nightly_backtests, refinements, weekly_refinements
from dagster_project.resources import Lakehouse
from dagster_project.tear_sheets import ADDRESS, folder_in
from pipelines.research.registry import STRATEGIES
from schemas import research
from spark_jobs.io import Lake
from spark_jobs.refresh import Days
from spark_jobs.settings import Settings
from tests.dagster_project.test_recompute import Here

MARKET = "BTCUSDT@BINANCE"
MONDAY = datetime(2024, 8, 12, 4, tzinfo=UTC)


@pytest.fixture
def instance(tmp_path: Path) -> dg.DagsterInstance:
    """One that a schedule's context can open for itself."""
    return dg.DagsterInstance.local_temp(str(tmp_path))


def test_days_of_a_run_by_day_and_market() -> None:
    run = dg.DagsterRun("job", tags={"dagster/partition/day": "2024-08-05", "dagster/partition": "2024-08-05|A@B"})
    assert days_of_run(run) == days_if_any(run) == Days(date(2024, 8, 5), date(2024, 8, 5))


def materialised(
    asset: dg.AssetsDefinition, instance: dg.DagsterInstance, here: Lakehouse, **key: str
) -> dg.ExecuteInProcessResult:
    """A partition of an asset, computed."""
    instance.add_dynamic_partitions(MARKETS.name or "", [key["market"]])
    wanted = dg.MultiPartitionKey(key)
    return dg.materialize(
        [asset], instance=instance, partition_key=wanted, resources={"lakehouse": here}, raise_on_error=False
    )


@pytest.mark.spark
def test_a_day_of_a_market_runs_every_shipped_strategy(instance: dg.DagsterInstance, recorded: Lake) -> None:
    here = Here(recorded.settings, recorded)
    done = materialised(backtests, instance, here, day="2024-08-08", market=MARKET)
    assert done.success
    (event, *others) = done.asset_materializations_for_node("backtests")
    assert {each.asset_key for each in (event, *others)} == set(backtests.keys)
    assert event.partition == f"2024-08-08|{MARKET}"
    for strategy in STRATEGIES:
        assert f"| {strategy.name} |" in str(event.metadata["runs"].value)
        folder, name = str(event.metadata[f"tear_sheet_{strategy.name}"].value).rsplit("/", 1)
        assert folder == ADDRESS
        assert "Equity and drawdown" in (folder_in(recorded.settings.home) / name).read_text()


@pytest.mark.spark
def test_a_week_of_a_market_is_judged(instance: dg.DagsterInstance, recorded: Lake) -> None:
    here = Here(recorded.settings, recorded)
    done = materialised(refinements, instance, here, day="2024-08-11", market=MARKET)
    assert done.success
    event = next(iter(done.asset_materializations_for_node("refinements")))
    assert event.metadata["verdict"].value == "TOO_LITTLE_DATA"  # some minutes
    assert event.metadata["trials"].value == 30
    assert recorded.spark.table(research.SURFACE.name).count() > 0


@pytest.mark.spark
def test_a_market_without_rows_fails_once_and_says_so(instance: dg.DagsterInstance, recorded: Lake) -> None:
    here = Here(recorded.settings, recorded)
    done = materialised(backtests, instance, here, day="2024-08-08", market="DOGE@BINANCE")
    assert not done.success
    (failure,) = done.get_step_failure_events()
    assert "silver.quotes has no row of DOGE at BINANCE" in str(failure.step_failure_data.error_display_string)
    assert [event for event in done.all_events if event.is_step_up_for_retry] == []


@pytest.mark.spark
@pytest.mark.parametrize(
    ("schedule", "moment", "partition"),
    [
        (nightly_backtests, datetime(2024, 8, 9, 1, tzinfo=UTC), f"2024-08-08|{MARKET}"),
        (weekly_refinements, MONDAY, f"2024-08-11|{MARKET}"),
    ],
    ids=["night", "week"],
)
def test_schedule_asks_for_each_market(
    schedule: dg.ScheduleDefinition, moment: datetime, partition: str, instance: dg.DagsterInstance, recorded: Lake
) -> None:
    here = Here(recorded.settings, recorded)
    with dg.build_schedule_context(instance, scheduled_execution_time=moment) as context:
        (asked,) = schedule(context, lakehouse=here)
    assert str(asked.partition_key) == partition
    assert instance.get_dynamic_partitions(MARKETS.name or "") == [MARKET]
    with dg.build_schedule_context(instance, scheduled_execution_time=datetime(2025, 1, 6, tzinfo=UTC)) as context:
        assert isinstance(schedule(context, lakehouse=here), dg.SkipReason)


def test_schedule_of_an_instance_that_is_down_is_one_sentence(
    instance: dg.DagsterInstance, instance_settings: Settings
) -> None:
    with dg.build_schedule_context(instance, scheduled_execution_time=MONDAY) as context:
        found = nightly_backtests(context, lakehouse=Lakehouse(instance_settings))
    assert found == dg.SkipReason(f"Nothing answers at {instance_settings.connect_url}: run depthlake up.")


def test_assets_have_the_keys_of_the_tables() -> None:
    assert {*backtests.keys, *refinements.keys} == {key_of(table.name) for table in research.TABLES}
