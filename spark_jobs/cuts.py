"""Versions of the tables of a topic that belong together, while its stream goes on writing them."""

import json
import time
from collections.abc import Mapping, Sequence

from pyspark.sql import Row

from schemas.errors import LakeError
from spark_jobs.jobs import TopicJob
from spark_jobs.tables import Session, history

RECENT = 20  # commits in which the last ones of a stream are looked for first
PATIENCE_S = 30.0
PAUSE_S = 0.25

Versions = Mapping[str, int]
Reached = Mapping[str, Mapping[str, int]]  # stream -> partition -> next offset


def take_cut(session: Session, job: TopicJob, patience_s: float = PATIENCE_S) -> dict[str, int]:
    """A version of bronze, silver and each step's table, by name, at which all have the same batches of each stream.

    A batch is committed to silver first, so silver is read last: what it has by then, the others had, and no more.
    Raises LakeError when that does not come about in `patience_s`: a stream stopped in the middle of a batch.
    """
    names = [job.bronze.name, *(step.table.name for step in job.steps), job.silver.name]
    until = time.monotonic() + patience_s
    while torn := _torn(found := {name: _newest(session, name) for name in names}):
        if time.monotonic() > until:
            break
        time.sleep(PAUSE_S)
    else:
        return {name: version for name, (version, _) in found.items()}
    raise LakeError(
        f"{torn} and {job.silver.name} are not at the same batch of {job.topic.name}: "
        "the stream stopped in the middle of one. depthlake up finishes it; then run this again."
    )


def reached_in(commits: Sequence[Row]) -> dict[str, dict[str, int]]:
    """How far each stream has come, by commits of which the newest is the first."""
    found: dict[str, dict[str, int]] = {}
    for commit in commits:
        said = json.loads(commit.userMetadata or "{}")
        if "stream" in said:
            found.setdefault(said["stream"], said["offsets"])
    return found


def _newest(session: Session, name: str) -> tuple[int, Reached]:
    """A table's version, and how far streams have come in it: in recent commits, or where those say nothing, in all."""
    commits = history(session, name, RECENT)
    reached = reached_in(commits) or reached_in(history(session, name))
    return commits[0].version, reached


def _torn(found: Mapping[str, tuple[int, Reached]]) -> str:
    """A table that has not come as far as the last one; empty when all have."""
    *others, (_, wanted) = found.values()
    names = list(found)
    return next((name for name, (_, reached) in zip(names, others, strict=False) if reached != wanted), "")
