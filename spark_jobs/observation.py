"""What can be seen of the streams from outside, asking no lakehouse: offsets and lag of topics, versions of tables."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from confluent_kafka import KafkaException
from deltalake import DeltaTable

from pipelines.source.publish import unreachable
from spark_jobs.jobs import JOBS, TopicJob
from spark_jobs.offsets import last_batch_s
from spark_jobs.progress import end_offsets, missing, read_offsets, stream_name
from spark_jobs.settings import Settings


@dataclass(frozen=True)
class Observed:
    """Facts of a topic or table, by name, and what must change for it to be worth telling again."""

    name: str
    facts: dict[str, int | float | str]
    state: str


def observe_topics(settings: Settings) -> Iterator[Observed]:
    """Every topic, as broker and checkpoints say: a lakehouse that hangs cannot hide how much waits for it.

    Raises InstanceError when no broker answers.
    """
    try:
        for job in JOBS:
            yield _topic(settings, job)
    except KafkaException:
        raise unreachable(settings.bootstrap) from None


def observe_tables(settings: Settings) -> Iterator[Observed]:
    """Every table that a stream writes and that is there, as its log in the lake's folder says."""
    for job in JOBS:
        for table in job.tables:
            path = settings.lake / table.folder
            if DeltaTable.is_deltatable(str(path)):
                yield _table(table.name, path)


def _topic(settings: Settings, job: TopicJob) -> Observed:
    ends, read = end_offsets(settings, job.topic), read_offsets(settings, job.topic)
    facts: dict[str, int | float | str] = {
        "offsets": ", ".join(f"{partition}: {end}" for partition, end in sorted(ends.items())),
        "lag": missing(ends, read),
        "read": sum(read.values()),
    }
    took_s = last_batch_s(settings.checkpoints / stream_name(settings, job.topic))
    if took_s is not None:
        facts["batch_seconds"] = round(took_s, 3)
    return Observed(job.topic.name, facts, f"{facts['offsets']}; {facts['lag']}")


def _table(name: str, path: Path) -> Observed:
    (last,) = DeltaTable(path).history(1)
    committed = datetime.fromtimestamp(last["timestamp"] / 1e3, UTC).replace(tzinfo=None)
    facts = {"delta_version": last["version"], "operation": last["operation"], "committed": committed.isoformat(" ")}
    return Observed(name, facts, str(last["version"]))
