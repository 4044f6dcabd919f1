"""Pages of runs in the lake: a tear sheet of one, a comparison of several, and of one as known then and now."""

from dataclasses import dataclass
from datetime import datetime

import numpy as np

from pipelines.microstructure.series import Ints
from pipelines.research.record import Evidence
from pipelines.research.tear_sheet import compare, describe_metrics, tear_sheet
from schemas.errors import LakeError
from spark_jobs.backtests.experiment import experiment_of
from spark_jobs.backtests.records import find_trials, find_verdict, record_of
from spark_jobs.backtests.results import Stored, read_run
from spark_jobs.backtests.run import compute_run, read, store_runs
from spark_jobs.backtests.surface import find_surface
from spark_jobs.tables import Session


@dataclass(frozen=True)
class Restated:
    """A run as known then and as known now; `lines` say what differs, none where silver says the same."""

    then: Stored
    now: Stored
    lines: tuple[str, ...]


def report(session: Session, run_id: str) -> str:
    """The tear sheet of a run as HTML: with the verdict of its search, the trials of its market, its surface.

    Raises SettingsError where there is no such run.
    """
    stored = read_run(session, run_id)
    evidence = Evidence(find_verdict(session, run_id), find_trials(session, stored), find_surface(session, run_id))
    return tear_sheet(record_of(stored), evidence)


def compare_runs(session: Session, run_ids: list[str]) -> str:
    """The page of two or more runs. Raises SettingsError where one is not there, ResearchError for fewer."""
    return compare({run_id: record_of(read_run(session, run_id)) for run_id in run_ids})


def restate(session: Session, run_id: str, moment: datetime) -> Restated:
    """A run again on what silver says of its days now, which is written as a run of its own where that is another.

    Raises LakeError where silver at the versions of the run is no longer what was read, SettingsError where there is
    no such run.
    """
    then = read_run(session, run_id)
    experiment = experiment_of(then.row)
    past = read(session, experiment.dataset, then.row["data_versions"])
    if past.source.tape_hash != then.row["tape_hash"]:
        raise LakeError(f"Silver at the versions of run {run_id} is not what the run has read: it was written anew.")
    present = read(session, experiment.dataset)
    if present.source.tape_hash == past.source.tape_hash:
        return Restated(then, compute_run(experiment, present), ())
    ((now, _),) = store_runs(session, [experiment], present, moment)
    first = first_difference(past.tape.ns, present.tape.ns)
    lines = (f"{len(past.tape):,} events then, {len(present.tape):,} now; their times differ from {first} on.",)
    return Restated(then, now, (*lines, *differences(then, now)))


def restated_page(restated: Restated) -> str:
    """The page of a run as known then and now."""
    return compare({"As known then": record_of(restated.then), "As known now": record_of(restated.now)})


def differences(one: Stored, other: Stored) -> list[str]:
    """A sentence for each metric that differs."""
    pairs = zip(describe_metrics(record_of(one)), describe_metrics(record_of(other)), strict=True)
    return [f"{name}: {then}, now {now}." for (name, then), (_, now) in pairs if then != now]


def first_difference(one: Ints, other: Ints) -> str:
    """The first time at which two sequences of ns differ, in UTC."""
    size = min(len(one), len(other))
    unlike = np.flatnonzero(one[:size] != other[:size])
    at = int(unlike[0]) if len(unlike) else size
    rest = [values[at] for values in (one, other) if at < len(values)]
    return f"{np.datetime64(int(min(rest)), 'ns')}" if rest else "no event"
