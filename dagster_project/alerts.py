"""Who hears of a run or a check that fails: the log, and the webhook and the mailbox that are set."""

import json
import re
from collections.abc import Sequence
from logging import Logger

import dagster as dg

from dagster_project.days import ONE_DAY, RANGE
from dagster_project.resources import Lakehouse
from spark_jobs.alerts import deliver

ASK_S = 30
LONGEST = 500  # characters of a reason


@dg.run_failure_sensor(
    monitor_all_code_locations=False,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Tells the log, DEPTHLAKE_ALERT_WEBHOOK and DEPTHLAKE_ALERT_SMTP of each run that fails.",
)
def failed_runs(context: dg.RunFailureSensorContext, lakehouse: dg.ResourceParam[Lakehouse]) -> None:
    """One message a run: job, partition, the first step that failed and why."""
    reasons = [reason_of(event) for event in context.get_step_failure_events()]
    reason = reasons[0] if reasons else context.failure_event.message or ""
    tell(context.log, lakehouse, [describe(context.dagster_run, reason)])


@dg.sensor(
    minimum_interval_seconds=ASK_S,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Tells the same of each check that fails with severity ERROR; a WARN is only shown.",
)
def failed_checks(context: dg.SensorEvaluationContext, lakehouse: dg.ResourceParam[Lakehouse]) -> dg.SensorResult:
    """One message, with a line for the last evaluation of each check if it failed and was not told."""
    assert context.repository_def, "the server of the definitions sets it"
    keys = list(context.repository_def.asset_graph.asset_check_keys)
    told, failed, lines = json.loads(context.cursor or "{}"), dict[str, float](), list[str]()
    for key, summary in context.instance.event_log_storage.get_asset_check_summary_records(keys).items():
        last = summary.last_completed_check_execution_record
        evaluation = last.event.asset_check_evaluation if last and last.event else None
        if last and last.event and evaluation and is_alarming(evaluation):
            name = key.to_user_string()
            failed[name] = last.event.timestamp
            if told.get(name) != failed[name]:
                lines.append(describe_check(evaluation))
    tell(context.log, lakehouse, lines)
    return dg.SensorResult(cursor=json.dumps(failed))


def tell(log: Logger, lakehouse: Lakehouse, lines: Sequence[str]) -> None:
    """Sentences to the log, and together to whoever listens; the log says too who could not be told."""
    lost = deliver(lakehouse.settings, "\n".join(lines)) if lines else []
    for line in (*lines, *lost):
        log.error(line)


def is_alarming(evaluation: dg.AssetCheckEvaluation) -> bool:
    """Whether somebody must know."""
    return not evaluation.passed and evaluation.severity == dg.AssetCheckSeverity.ERROR


def describe(run: dg.DagsterRun, reason: str) -> str:
    """A sentence on a failed run."""
    partition = next((run.tags[first] for first, _ in (ONE_DAY, RANGE) if run.tags.get(first)), "")
    of = f" of {partition}" if partition else ""
    return f"Run {run.run_id[:8]} of {run.job_name}{of} failed: {_short(reason) or 'no reason given'}"


def describe_check(evaluation: dg.AssetCheckEvaluation) -> str:
    """A sentence on a failed check."""
    reason = evaluation.description or "the web page shows what was seen"
    return f"Check {evaluation.check_name} of {evaluation.asset_key.to_user_string()} failed: {_short(reason)}"


def reason_of(event: dg.DagsterEvent) -> str:
    """Which step failed, and the sentence of the error that it raised, without the error's class."""
    data = event.step_failure_data
    error = data.error
    if data.user_failure_data and data.user_failure_data.description:
        return f"{event.step_key}: {data.user_failure_data.description}"
    raised = error.cause if error and error.cause else error
    sentence = re.sub(r"^[\w.]+: ", "", raised.message) if raised else ""
    return f"{event.step_key}: {sentence}"


def _short(text: str) -> str:
    words = " ".join(text.split())
    return words if len(words) <= LONGEST else f"{words[:LONGEST]} …"


SENSORS = [failed_runs, failed_checks]
