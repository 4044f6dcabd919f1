"""Recorded files: each a partition of the asset `file/recordings`, replayed when it is there."""

import json
import time
from collections.abc import Iterable, Mapping
from datetime import date
from typing import TYPE_CHECKING

import dagster as dg

from dagster_project.lineage import spec_of_recordings
from dagster_project.resources import Lakehouse
from schemas.errors import DepthlakeError
from schemas.topics import topic_named

if TYPE_CHECKING:
    from pipelines.source.replay import Batch
    from spark_jobs.recordings import Ends, Recording

RECORDINGS = dg.DynamicPartitionsDefinition(name="recordings")
LOOK_S = 10
QUIET_S = 5  # a file that changed since may still be on its way
VISIBLE_S = 600
SHOWN = 5  # days of a topic


@dg.multi_asset(name="file__recordings", specs=[spec_of_recordings()], partitions_def=RECORDINGS)
def recordings(context: dg.AssetExecutionContext, lakehouse: dg.ResourceParam[Lakehouse]) -> dg.MaterializeResult[None]:
    """Publish one file as `depthlake replay --speed max` does, and wait until gold shows it all."""
    try:
        return replay_named(lakehouse, context.partition_key)
    except DepthlakeError as error:
        raise dg.Failure(str(error), allow_retries=False) from None


def replay_named(lakehouse: Lakehouse, name: str) -> dg.MaterializeResult[None]:
    """Read a file whole, publish it, wait. Raises DepthlakeError: before anything is published when it is wrong."""
    from spark_jobs.progress import wait_until_visible
    from spark_jobs.recordings import publish_recording, read_named

    settings, begun = lakehouse.settings, time.monotonic()
    read = read_named(settings.recordings, name)
    ends = publish_recording(settings, read.batches, None, lambda done, total: None)
    wait_until_visible(settings, ends, VISIBLE_S)
    return dg.MaterializeResult(
        metadata={
            "messages": dg.MetadataValue.int(sum(len(rows) for _, rows in read.batches)),
            "seconds": dg.MetadataValue.float(round(time.monotonic() - begun, 2)),
            "sha256": dg.MetadataValue.text(read.sha256),
            "topics": dg.MetadataValue.md(topics_table(read.batches, versions(lakehouse, ends))),
        }
    )


def versions(lakehouse: Lakehouse, ends: "Ends") -> dict[str, int]:
    """The Delta versions of bronze and silver of the topics that have `ends`, by table. Raises InstanceError."""
    from spark_jobs.tables import read_versions

    nouns = [topic_named(name).noun for name in ends]
    tables = [f"{layer}.{noun}" for noun in nouns for layer in ("bronze", "silver")]
    with lakehouse.session() as session:
        return read_versions(session, tables)


def topics_table(batches: "list[Batch]", versions: Mapping[str, int]) -> str:
    """A Markdown table of what went to each topic: messages, days of the events, versions of tables afterwards."""
    from spark_jobs.recordings import days_of

    lines = []
    for topic in dict.fromkeys(topic for topic, _ in batches):
        mine = [batch for batch in batches if batch[0] == topic]
        after = " | ".join(str(versions[f"{layer}.{topic.noun}"]) for layer in ("bronze", "silver"))
        lines.append(f"| {topic.name} | {sum(len(rows) for _, rows in mine):,} | {_days(days_of(mine))} | {after} |")
    head = ["| topic | messages | days | bronze version | silver version |", "|---|---:|---|---:|---:|"]
    return "\n".join([*head, *lines]) if lines else "No messages."


@dg.sensor(
    target=dg.AssetSelection.assets(spec_of_recordings().key),
    minimum_interval_seconds=LOOK_S,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Replays each file in the folder `recordings` that is new or has changed, once it is still.",
)
def new_recordings(context: dg.SensorEvaluationContext, lakehouse: dg.ResourceParam[Lakehouse]) -> dg.SensorResult:
    """A run for each file that is not as it was when it was last asked for."""
    from spark_jobs.recordings import find_recordings

    found, before = list(find_recordings(lakehouse.settings.recordings)), json.loads(context.cursor or "{}")
    wanted = due(found, before, time.time())
    if unnamed := [each.name for each in found if not can_name(each.name)]:
        context.log.warning(f"No partition can be called {unnamed[0]!r}: rename the file.")
    cursor = {each.name: before[each.name] for each in found if each.name in before}
    return dg.SensorResult(
        run_requests=[dg.RunRequest(run_key=f"{each.name} {each.state}", partition_key=each.name) for each in wanted],
        dynamic_partitions_requests=[RECORDINGS.build_add_request([each.name for each in wanted])] if wanted else [],
        cursor=json.dumps(cursor | {each.name: each.state for each in wanted}),
    )


def due(found: "Iterable[Recording]", before: Mapping[str, str], now_s: float) -> "list[Recording]":
    """The recordings that are not in the state that they were last asked for in, and are still."""
    changed = (each for each in found if before.get(each.name) != each.state and can_name(each.name))
    return [each for each in changed if each.changed_s < now_s - QUIET_S]


def can_name(name: str) -> bool:
    """Whether a partition can have that name: Dagster refuses three dots and control characters."""
    return "..." not in name and name.isprintable()


def _days(days: list[date]) -> str:
    shown = ", ".join(map(str, days[:SHOWN]))
    return shown if len(days) <= SHOWN else f"{shown} and {len(days) - SHOWN} more to {days[-1]}"


ASSETS = [recordings]
SENSORS = [new_recordings]
