"""Trials: many runs of one tape on Spark, only for their returns; and the book of all that were ever made."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import pyarrow as pa
from pyspark.sql.types import StructField, StructType

from pipelines.microstructure.series import Floats
from pipelines.research.desk import Market
from pipelines.research.registry import find_strategy
from pipelines.research.returns import defined, sharpe_ratios
from pipelines.research.run import run_grid
from pipelines.research.settings import Settings
from pipelines.research.tape import Tape
from schemas import research
from schemas import types as t
from spark_jobs.backtests.experiment import Experiment, canonical, digest, read_settings, write_settings
from spark_jobs.backtests.files import Files, Versions, locate
from spark_jobs.backtests.results import as_rows
from spark_jobs.tables import Session, append_rows, is_one_of, literal

FOUND = StructType([StructField("trial", t.COUNT), StructField("returns", t.STATISTICS)])
FOUND_ROWS = pa.schema([("trial", pa.int64()), ("returns", pa.list_(pa.float64()))])


@dataclass(frozen=True)
class Trial:
    """Parameters by name, all of them, and settings."""

    parameters: Mapping[str, float]
    settings: Settings


@dataclass(frozen=True)
class Tried:
    """A trial that was made, its returns (samples − 1,), and the search or the run that it belongs to."""

    experiment: Experiment
    returns: Floats
    search_id: str


def run_trials(session: Session, experiment: Experiment, trials: Sequence[Trial], versions: Versions) -> Floats:
    """Returns (trials, samples − 1) of trials of an experiment's strategy on its data set, in parallel on Spark.

    Each task of Spark reads the whole tape and has a part of the trials. All trials must have the same `sample_ns`.
    """
    tasks = min(len(trials), int(session.conf.get("spark.sql.shuffle.partitions") or 1))
    told = [[canonical(trial.parameters), write_settings(trial.settings)] for trial in trials]
    work = part_of(experiment.strategy, locate(session, experiment.dataset, versions), told, tasks)
    found = session.range(0, tasks, 1, tasks).mapInArrow(work, FOUND).toArrow()
    returns = found.sort_by("trial").column("returns").combine_chunks()
    return np.asarray(returns.flatten()).reshape(len(trials), -1)


def part_of(
    strategy: str, files: Files, trials: Sequence[Sequence[str]], tasks: int
) -> Callable[[Iterator[pa.RecordBatch]], Iterator[pa.RecordBatch]]:
    """What a task of Spark does with its number: every trial whose number leaves it, of `tasks`."""

    def work(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for part in (number for batch in batches for number in batch.column(0).to_pylist()):
            numbers = list(range(part, len(trials), tasks))
            returns = run_part(strategy, files.read_tape(), [trials[number] for number in numbers])
            for number, values in zip(numbers, returns, strict=True):
                yield pa.RecordBatch.from_pydict({"trial": [number], "returns": [values]}, FOUND_ROWS)

    return work


def run_part(strategy: str, tape: Tape, trials: Sequence[Sequence[str]]) -> Floats:
    """Returns (trials, samples − 1) of trials, told as JSON of parameters and settings, on a tape."""
    alike: dict[str, list[int]] = {}
    for number, (_, settings) in enumerate(trials):
        alike.setdefault(settings, []).append(number)
    found: list[Any] = [None] * len(trials)
    for settings, numbers in alike.items():
        given = [json.loads(trials[number][0]) for number in numbers]
        returns = run_grid(Market(tape, read_settings(settings)), find_strategy(strategy), given)
        for number, values in zip(numbers, returns, strict=True):
            found[number] = values
    return np.array(found)


def record_trials(session: Session, trials: Sequence[Tried], moment: datetime) -> int:
    """Add trials with their returns to the book, those that it has not; gives how many were new."""
    rows = {str(row["trial_id"]): row for row in (_row(trial, moment) for trial in trials)}
    known = _known(session, rows)
    new = [row for trial_id, row in rows.items() if trial_id not in known]
    if new:
        append_rows(session, research.TRIALS, as_rows(research.TRIALS, new))
    return len(new)


def count_trials(session: Session, experiment: Experiment) -> int:
    """How many trials the strategy ever had on the symbol, on days that overlap, at whatever venue."""
    days = experiment.dataset.days
    query = f"""
SELECT count(DISTINCT trial_id) AS found FROM {research.TRIALS.name}
WHERE strategy = {literal(experiment.strategy)} AND symbol = {literal(experiment.dataset.symbol)}
AND begin_date <= DATE'{days.end}' AND end_date >= DATE'{days.begin}'"""
    return int(session.sql(query).collect()[0].found)


def _known(session: Session, rows: Mapping[str, Mapping[str, object]]) -> set[str]:
    of_symbols = is_one_of("symbol", {str(row["symbol"]) for row in rows.values()})
    found = session.table(research.TRIALS.name).where(of_symbols).where(is_one_of("trial_id", rows))
    return {row.trial_id for row in found.select("trial_id").distinct().collect()}


def _row(trial: Tried, moment: datetime) -> dict[str, object]:
    columns, returns = trial.experiment.columns(), trial.returns
    sharpe = sharpe_ratios(returns[:, None])[0] if len(returns) else np.nan
    return {
        "trial_id": digest("TRIAL", columns),
        "search_id": trial.search_id,
        "trial_ts": moment,
        **columns,
        "total_return": float(returns.sum()),
        "sharpe": defined(float(sharpe)),
        "trial_date": moment.date(),
    }
