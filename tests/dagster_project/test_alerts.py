"""A run or a check that fails is told, in one sentence, to whoever listens."""

from dataclasses import replace
from pathlib import Path

import dagster as dg
import pytest

from dagster_project.alerts import failed_checks, failed_runs
from dagster_project.definitions import defs
from dagster_project.lineage import key_of
from dagster_project.resources import Lakehouse
from schemas.errors import LakeError
from spark_jobs.settings import Settings
from tests.conftest import free_ports
from tests.listeners import mail_server, webhook

DAY = {"dagster/partition": "2024-08-08"}
REPOSITORY = defs.get_repository_def()


@dg.op
def stumble() -> None:
    raise LakeError("silver.trades is not at the same batch")


@dg.op
def give_up() -> None:
    raise dg.Failure("a.gz, line 1:\n no number")


@dg.job
def nightly() -> None:
    stumble()


@dg.job
def by_hand() -> None:
    give_up()


def fail(job: dg.JobDefinition, instance: dg.DagsterInstance, settings: Settings) -> str:
    """Run a job that fails, then what the daemon calls for it; the run's id."""
    done = job.execute_in_process(instance=instance, raise_on_error=False, tags=DAY)
    context = dg.build_run_status_sensor_context(
        "failed_runs", done.get_run_failure_event(), instance, done.dagster_run
    ).for_run_failure()
    failed_runs(context, lakehouse=Lakehouse(settings))
    return done.run_id


@pytest.mark.parametrize(
    ("job", "reason"),
    [(nightly, "stumble: silver.trades is not at the same batch"), (by_hand, "give_up: a.gz, line 1: no number")],
    ids=lambda value: getattr(value, "name", None),
)
def test_failed_run_is_told_to_webhook_and_mailbox(job: dg.JobDefinition, reason: str, tmp_path: Path) -> None:
    with dg.DagsterInstance.ephemeral() as instance, webhook() as hook, mail_server() as server:
        smtp = f"smtp://127.0.0.1:{server.server_address[1]}?from=me@example.org&to=you@example.org"
        url = f"http://127.0.0.1:{hook.server_port}/hook"
        run_id = fail(job, instance, replace(Settings(tmp_path), alert_webhook=url, alert_smtp=smtp))
    wanted = f"Run {run_id[:8]} of {job.name} of 2024-08-08 failed: {reason}"
    assert hook.heard == [{"text": wanted}]
    ((_, text),) = server.heard
    assert wanted in text.replace("=\n", "")


def test_failed_run_is_told_to_the_log_when_nobody_answers(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    url = f"http://127.0.0.1:{free_ports(1)[0]}/hook"
    with dg.DagsterInstance.ephemeral() as instance:
        fail(nightly, instance, replace(Settings(tmp_path), alert_webhook=url))
    said = capfd.readouterr().err
    assert "of nightly of 2024-08-08 failed: stumble: silver.trades is not at the same batch" in said
    assert "The webhook could not be told (" in said


def report(instance: dg.DagsterInstance, passed: bool, severity: str = "ERROR", name: str = "gold.bars") -> None:
    """An evaluation of a check that is declared."""
    description, of = "2024-08-08 is not computed.", dg.AssetCheckSeverity(severity)
    instance.report_runless_asset_event(
        dg.AssetCheckEvaluation(key_of(name), "fresh", passed, severity=of, description=description)
    )


def tick(instance: dg.DagsterInstance, settings: Settings, cursor: str | None = None) -> str | None:
    """What the daemon calls every half minute; the next cursor."""
    context = dg.build_sensor_context(instance=instance, cursor=cursor, repository_def=REPOSITORY)
    found = failed_checks(context, lakehouse=Lakehouse(settings))
    assert isinstance(found, dg.SensorResult)
    return found.cursor


def test_failed_check_is_told_once_until_it_fails_again(tmp_path: Path) -> None:
    with dg.DagsterInstance.ephemeral() as instance, webhook() as hook:
        settings = replace(Settings(tmp_path), alert_webhook=f"http://127.0.0.1:{hook.server_port}/hook")
        cursor = tick(instance, settings)
        report(instance, True)
        cursor = tick(instance, settings, cursor)
        report(instance, False, "WARN")
        cursor = tick(instance, settings, cursor)
        assert hook.heard == []
        report(instance, False)
        cursor = tick(instance, settings, tick(instance, settings, cursor))
        assert hook.heard == [{"text": "Check fresh of gold/bars failed: 2024-08-08 is not computed."}]
        report(instance, True)
        cursor = tick(instance, settings, cursor)
        report(instance, False)
        tick(instance, settings, cursor)
        assert len(hook.heard) == 2


def test_checks_that_fail_together_are_one_message(tmp_path: Path) -> None:
    with dg.DagsterInstance.ephemeral() as instance, mail_server() as server:
        smtp = f"smtp://127.0.0.1:{server.server_address[1]}?from=me@example.org&to=you@example.org"
        for name in ("gold.bars", "gold.vpin"):
            report(instance, False, name=name)
        tick(instance, replace(Settings(tmp_path), alert_smtp=smtp))
    ((_, text),) = server.heard
    lines = [f"Check fresh of gold/{noun} failed: 2024-08-08 is not computed." for noun in ("bars", "vpin")]
    assert sorted(text.partition("\n\n")[2].splitlines()) == lines


def test_blocking_check_that_fails_fails_its_run_and_is_told_with_it(tmp_path: Path) -> None:
    @dg.asset(key=key_of("gold.bars"))
    def bars() -> None:
        """It has the key of the table."""

    @dg.asset_check(asset=bars, name="expectations", blocking=True)
    def expectations() -> dg.AssetCheckResult:
        return dg.AssetCheckResult(passed=False, description="price is above 0, but not of 1.")

    with dg.DagsterInstance.ephemeral() as instance, webhook() as hook:
        settings = replace(Settings(tmp_path), alert_webhook=f"http://127.0.0.1:{hook.server_port}/hook")
        done = dg.materialize([bars, expectations], instance=instance, raise_on_error=False)
        assert not done.success
        tick(instance, settings)
    assert hook.heard == [{"text": "Check expectations of gold/bars failed: price is above 0, but not of 1."}]
