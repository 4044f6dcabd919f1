"""Run a backtest over the lake, once: what it was made of names it, and the same run is known again."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from pipelines.research.registry import find_strategy
from pipelines.research.run import run
from pipelines.research.tape import Tape
from schemas.errors import LakeError
from spark_jobs.backtests.experiment import Dataset, Experiment, code_version, digest
from spark_jobs.backtests.files import Versions
from spark_jobs.backtests.market import hash_tape, read_tape, versions_now
from spark_jobs.backtests.results import Source, Stored, find_rows, returns_of, tell_run, write_runs
from spark_jobs.backtests.trials import Tried, record_trials
from spark_jobs.tables import Session


@dataclass(frozen=True)
class Read:
    """A tape, and where it comes from."""

    tape: Tape
    source: Source


def read(session: Session, dataset: Dataset, versions: Versions | None = None) -> Read:
    """The tape of a data set, at the versions that its tables have now where none are given.

    Raises ResearchError where there is no market.
    """
    known = dict(versions or versions_now(session, dataset))
    tape = read_tape(session, dataset, known)
    return Read(tape, Source(known, hash_tape(tape), code_version()))


def compute_run(experiment: Experiment, given: Read) -> Stored:
    """The rows of a run on a tape; equal bytes for equal arguments, whatever the versions are called.

    Raises ResearchError when the settings do not fit the tape.
    """
    result = run(given.tape, find_strategy(experiment.strategy), experiment.parameters, experiment.settings)
    run_id = digest("RUN", experiment.columns(), given.source.tape_hash, given.source.code_version)
    return tell_run(run_id, experiment, given.source, result)


def run_backtest(
    session: Session, experiment: Experiment, moment: datetime, versions: Versions | None = None
) -> tuple[Stored, bool]:
    """Run an experiment and write it, and its trial, to the lake; false where the lake had it already.

    `moment` is when. A run that is there is computed once more, and nothing is written. Raises LakeError when it comes
    to something else, ResearchError when the experiment cannot be run.
    """
    (stored,) = store_runs(session, [experiment], read(session, experiment.dataset, versions), moment)
    return stored


def store_runs(
    session: Session, experiments: Sequence[Experiment], given: Read, moment: datetime
) -> list[tuple[Stored, bool]]:
    """The same of several on a tape that was read, those that are new in one commit a table."""
    runs = {str(run.row["run_id"]): run for run in (compute_run(experiment, given) for experiment in experiments)}
    known = find_rows(session, list(runs))
    for run_id, row in known.items():
        _require_equal(run_id, str(row["result_hash"]), str(runs[run_id].row["result_hash"]))
    new = {run_id: run for run_id, run in runs.items() if run_id not in known}
    if new:
        tried = zip(experiments, runs.items(), strict=True)
        made = [Tried(experiment, returns_of(run), run_id) for experiment, (run_id, run) in tried if run_id in new]
        record_trials(session, made, moment)
        write_runs(session, list(new.values()))
    return [(replace(run, row=known.get(run_id, run.row)), run_id in new) for run_id, run in runs.items()]


def _require_equal(run_id: str, then: str, now: str) -> None:
    if then != now:
        raise LakeError(
            f"Run {run_id} came to other trades or equity than gold.backtest_runs says ({then[:12]}, now {now[:12]}): "
            "another version of a library computes otherwise, or its rows were changed."
        )
