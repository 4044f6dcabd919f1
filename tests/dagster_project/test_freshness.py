"""A table that was written in time is fresh, one that was not is not, and what nobody knows of is neither."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import dagster as dg
import pytest

from dagster_project.days import DAYS
from dagster_project.definitions import defs
from dagster_project.freshness import CHECK, DUE, POLICIES, WITHIN, evaluations, freshness
from dagster_project.lineage import key_of
from pipelines.gold.daily.tables import DAILY
from spark_jobs.jobs import JOBS

NOW = datetime.now(UTC)
TOPIC, STREAMED, BY_THE_DAY = "market.trades.v1", "silver.trades", "gold.bars"
DUE_DAY = (NOW - DUE).date() - timedelta(days=1)


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as ephemeral:
        yield ephemeral


def observe(instance: dg.DagsterInstance, name: str, **facts: int) -> None:
    """An observation as the sensor `streams` reports it."""
    instance.report_runless_asset_event(dg.AssetObservation(key_of(name), metadata=facts))


def compute(instance: dg.DagsterInstance, name: str, day: str) -> None:
    """A run that materialises a day of a table."""

    @dg.asset(key=key_of(name), partitions_def=DAYS)
    def table() -> None:
        """It has the key of the table."""

    assert dg.materialize([table], partition_key=day, instance=instance).success


def judge(instance: dg.DagsterInstance, name: str, later: timedelta = timedelta()) -> tuple[bool, str]:
    """What the check says of a table, so much later."""
    evaluation = dict(evaluations(instance, datetime.now(UTC) + later))[name]
    return evaluation.passed, str(evaluation.description)


def test_every_table_that_is_written_by_itself_has_a_policy() -> None:
    assert set(POLICIES) == {table.name for job in JOBS for table in job.tables} | {each.table.name for each in DAILY}
    declared = defs.resolve_asset_graph().asset_check_keys
    assert {dg.AssetCheckKey(key_of(name), CHECK) for name in POLICIES} <= declared
    assert all(policy.sentence.endswith(".") for policy in POLICIES.values())


def test_what_was_never_seen_is_not_judged(instance: dg.DagsterInstance) -> None:
    assert dict(evaluations(instance, NOW)) == {}


def test_streamed_table_is_stale_when_rows_wait_and_no_commit_comes(instance: dg.DagsterInstance) -> None:
    observe(instance, STREAMED, delta_version=3)
    observe(instance, TOPIC, lag=500, read=100)
    assert judge(instance, STREAMED) == (True, f"500 rows wait in {TOPIC}.")
    stale = judge(instance, STREAMED, WITHIN + timedelta(seconds=1))
    assert stale == (False, f"500 rows wait in {TOPIC}, and no commit came for 10 minutes.")


@pytest.mark.parametrize("facts", [{"lag": 0, "read": 600}, {"lag": 500, "read": 600}])
def test_streamed_table_is_fresh_when_its_topic_moves(instance: dg.DagsterInstance, facts: dict[str, int]) -> None:
    observe(instance, STREAMED, delta_version=3)
    observe(instance, TOPIC, lag=500, read=100)
    then = timedelta(seconds=datetime.now(UTC).timestamp() - NOW.timestamp())
    observe(instance, TOPIC, **facts)
    assert judge(instance, STREAMED, WITHIN - then / 2)[0]


def test_streamed_table_without_anything_to_read_stays_fresh(instance: dg.DagsterInstance) -> None:
    observe(instance, STREAMED, delta_version=3)
    observe(instance, TOPIC, lag=0, read=100)
    assert judge(instance, STREAMED, timedelta(days=2))[0]


def test_table_by_the_day_is_fresh_with_the_day_that_is_due(instance: dg.DagsterInstance) -> None:
    compute(instance, BY_THE_DAY, str(DUE_DAY))
    assert judge(instance, BY_THE_DAY) == (True, f"{DUE_DAY} is computed.")


def test_table_by_the_day_is_stale_with_another_day_alone(instance: dg.DagsterInstance) -> None:
    compute(instance, BY_THE_DAY, "2024-08-08")
    told = f"{DUE_DAY} is not computed: depthlake backfill {BY_THE_DAY} --from {DUE_DAY} --to {DUE_DAY}."
    assert judge(instance, BY_THE_DAY) == (False, told)


def test_day_is_not_due_before_half_past_one(instance: dg.DagsterInstance) -> None:
    compute(instance, BY_THE_DAY, "2024-08-08")
    policy = POLICIES[BY_THE_DAY]
    early, late = (policy.judge(instance, BY_THE_DAY, datetime(2024, 8, 10, 1, m, tzinfo=UTC)) for m in (29, 30))
    assert early and early.is_fresh
    assert late and not late.is_fresh


def test_sensor_tells_of_a_table_once_until_that_changes(instance: dg.DagsterInstance) -> None:
    compute(instance, BY_THE_DAY, "2024-08-08")
    first = freshness(dg.build_sensor_context(instance=instance))
    assert isinstance(first, dg.SensorResult)
    assert [(each.check_name, each.passed) for each in first.asset_events] == [(CHECK, False)]
    again = freshness(dg.build_sensor_context(instance=instance, cursor=first.cursor))
    assert again.asset_events == []
    compute(instance, BY_THE_DAY, str(DUE_DAY))
    fresh = freshness(dg.build_sensor_context(instance=instance, cursor=again.cursor))
    assert [each.passed for each in fresh.asset_events] == [True]


@pytest.mark.parametrize(("day", "expected"), [("2024-08-08", False), (str(DUE_DAY), True)])
def test_check_by_hand_says_the_same(instance: dg.DagsterInstance, day: str, expected: bool) -> None:
    compute(instance, BY_THE_DAY, day)
    key = dg.AssetCheckKey(key_of(BY_THE_DAY), CHECK)
    job = defs.resolve_implicit_global_asset_job_def().get_subset(asset_selection=set(), asset_check_selection={key})
    (evaluation,) = job.execute_in_process(instance=instance).get_asset_check_evaluations()
    assert (evaluation.asset_check_key, evaluation.passed) == (key, expected)
