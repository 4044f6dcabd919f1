"""What can be seen of the streams from outside: offsets and lag of topics, batches, versions of tables."""

from collections.abc import Iterator
from dataclasses import dataclass

from confluent_kafka import KafkaException

from pipelines.source.publish import unreachable
from spark_jobs.jobs import JOBS, TopicJob
from spark_jobs.offsets import last_batch_s
from spark_jobs.progress import end_offsets, missing, read_offsets, stream_name
from spark_jobs.settings import Settings
from spark_jobs.tables import Session, history


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


def observe_tables(session: Session) -> Iterator[Observed]:
    """Every table that a stream writes."""
    for job in JOBS:
        for table in job.tables:
            yield _table(session, table.name)


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


def _table(session: Session, name: str) -> Observed:
    (last,) = history(session, name, 1)
    facts = {"delta_version": last.version, "operation": last.operation, "committed": last.timestamp.isoformat(" ")}
    return Observed(name, facts, str(last.version))
