"""Who hears of a failed run: the log, and a webhook where one is set."""

import json
import urllib.request

import dagster as dg

from dagster_project.resources import Lakehouse

TIMEOUT_S = 10


@dg.run_failure_sensor(
    monitor_all_code_locations=False,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Tells the log and DEPTHLAKE_ALERT_WEBHOOK of each failed run.",
)
def failed_runs(context: dg.RunFailureSensorContext, lakehouse: dg.ResourceParam[Lakehouse]) -> None:
    """One message a run: job, partition, the error's first line."""
    sentence = describe(context.dagster_run, context.failure_event.message or "")
    context.log.error(sentence)
    if lakehouse.settings.alert_webhook:
        send(lakehouse.settings.alert_webhook, sentence)


def describe(run: dg.DagsterRun, message: str) -> str:
    """A sentence on a failed run."""
    partition = run.tags.get("dagster/partition") or run.tags.get("dagster/asset_partition_range_start", "")
    of = f" of {partition}" if partition else ""
    first = next((line.strip() for line in message.splitlines() if line.strip()), "no reason given")
    return f"Run {run.run_id[:8]} of {run.job_name}{of} failed: {first}"


def send(url: str, sentence: str) -> None:
    """POST {"text": sentence} as JSON, what chat systems take. Raises URLError when nobody takes it."""
    body = json.dumps({"text": sentence}).encode()
    request = urllib.request.Request(url, body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=TIMEOUT_S):
        pass
