"""Search for parameters: every trial on Spark, none forgotten, and a verdict instead of the best number."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from itertools import product
from typing import Any

import numpy as np
import optuna

from pipelines.microstructure.series import Floats
from pipelines.research.registry import find_strategy
from pipelines.research.returns import sharpe_ratios
from pipelines.research.settings import Settings
from pipelines.research.signals import NS_PER_MS
from pipelines.research.verdict import Criteria, Verdict, judge_trials
from pipelines.research.walk_forward import Observations
from schemas import research
from schemas.errors import SettingsError
from spark_jobs.backtests.experiment import Experiment, digest
from spark_jobs.backtests.files import Versions
from spark_jobs.backtests.market import versions_now
from spark_jobs.backtests.results import Stored, as_rows, mean_latency, replace_rows
from spark_jobs.backtests.run import read, store_runs
from spark_jobs.backtests.trials import Trial, Tried, count_trials, record_trials, run_trials
from spark_jobs.tables import Session, literal

GRID, BAYES = "GRID", "BAYES"
ROUND = 10  # trials of a Bayesian search that are asked for before any of them has answered
NOTHING = -1e9  # the score of a trial whose returns do not vary


@dataclass(frozen=True)
class Grid:
    """Every combination of values, by the parameter's name."""

    values: Mapping[str, Sequence[float]]
    method: str = field(default=GRID, init=False)


@dataclass(frozen=True)
class Bayes:
    """`count` trials between bounds, by the parameter's name; each round of them learns from those before."""

    bounds: Mapping[str, tuple[float, float]]
    count: int = 50
    seed: int = 0
    method: str = field(default=BAYES, init=False)

    def __post_init__(self) -> None:
        for name, (low, high) in self.bounds.items():
            if not low < high:
                raise SettingsError(f"{name} is to lie between {low:g} and {high:g}: give the lower bound first.")


Space = Grid | Bayes


@dataclass(frozen=True)
class Refined:
    """What a search found: the row of gold.backtest_verdicts, the run of the best trial, the verdict."""

    row: Mapping[str, Any]
    best: Stored
    verdict: Verdict


def refine(
    session: Session, experiment: Experiment, space: Space, moment: datetime, criteria: Criteria | None = None
) -> Refined:
    """Try parameters around an experiment's, keep every trial, and judge them with all that were ever made.

    `moment` is when. The same search again gives the same trials and replaces its verdict. Raises SettingsError for a
    space without trials, ResearchError for parameters that the strategy has not, and where there is no market.
    """
    versions = versions_now(session, experiment.dataset)
    given = read(session, experiment.dataset, versions)
    trials, returns = search(session, experiment, space, versions)
    told = [trial.parameters for trial in trials]
    search_id = digest("SEARCH", experiment.columns(), told, given.source.tape_hash, given.source.code_version)
    made = [replace(experiment, parameters=parameters) for parameters in told]
    record_trials(session, [Tried(*each, search_id) for each in zip(made, returns, strict=True)], moment)
    best = made[best_of(returns)]
    ((stored, _),) = store_runs(session, [best], given, moment)
    known = observe(stored, told, experiment.settings)
    verdict = judge_trials(returns.T, count_trials(session, experiment), known, criteria)
    row = tell_verdict(search_id, space.method, best, stored, verdict)
    _write(session, row)
    return Refined(row, stored, verdict)


def search(session: Session, experiment: Experiment, space: Space, versions: Versions) -> tuple[list[Trial], Floats]:
    """The trials of a space and their returns (trials, samples − 1)."""
    if isinstance(space, Bayes):
        return _search_bayes(session, experiment, space, versions)
    trials = list(expand(experiment, space))
    return trials, run_trials(session, experiment, trials, versions)


def expand(experiment: Experiment, grid: Grid) -> list[Trial]:
    """Every trial of a grid. Raises SettingsError for none, ResearchError for parameters that the strategy has not."""
    cells = [dict(zip(grid.values, cell, strict=True)) for cell in product(*grid.values.values())]
    if not cells or not grid.values:
        raise SettingsError("A search needs a parameter that varies: give its values, or bounds.")
    known = find_strategy(experiment.strategy)
    told = [known.with_defaults({**experiment.parameters, **cell}) for cell in cells]
    return [Trial(parameters, experiment.settings) for parameters in told]


def best_of(returns: Floats) -> int:
    """The trial with the best Sharpe ratio, of returns (trials, samples − 1); the first where none varies."""
    sharpes = sharpe_ratios(returns.T)
    return int(np.nanargmax(sharpes)) if np.isfinite(sharpes).any() else 0


def observe(best: Stored, trials: Sequence[Mapping[str, float]], settings: Settings) -> Observations:
    """When each period of the equity begins, and when what was decided in it is over: latencies and holding time.

    Walk-forward trains on none that is not over when its test begins.
    """
    ns = best.equity.column("event_ns").to_numpy()
    held = max(trial.get("hold_ms", 0.0) for trial in trials) * NS_PER_MS
    late = (mean_latency(settings.feed_latency) or 0) + (mean_latency(settings.order_latency) or 0)
    return Observations(ns[:-1], ns[1:] + int(held) + late)


def tell_verdict(search_id: str, method: str, best: Experiment, run: Stored, verdict: Verdict) -> dict[str, Any]:
    """The row of a verdict."""
    said = asdict(verdict)
    columns = (name for name in research.VERDICTS.column_names if name in said)
    varies = verdict.best_trial is not None
    return {
        "search_id": search_id,
        "method": method,
        **best.columns(),
        **{name: run.row[name] for name in ("data_versions", "tape_hash", "code_version")},
        **{name: said[name] for name in columns},
        "independent_periods": verdict.independent_period_count,
        "run_id": run.row["run_id"] if varies else None,
    }


def _write(session: Session, row: Mapping[str, Any]) -> None:
    condition = f"search_id = {literal(row['search_id'])}"
    replace_rows(session, research.VERDICTS, as_rows(research.VERDICTS, [row]), condition)


def _search_bayes(
    session: Session, experiment: Experiment, space: Bayes, versions: Versions
) -> tuple[list[Trial], Floats]:
    """By optuna's tree of Parzen estimators, the Sharpe ratio to be as high as can be."""
    expand(experiment, Grid(space.bounds))  # refuses bounds beyond the strategy's
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    sampler = optuna.samplers.TPESampler(seed=space.seed, constant_liar=True, n_startup_trials=ROUND)
    study = optuna.create_study(direction="maximize", sampler=sampler)
    trials: list[Trial] = []
    found: list[Floats] = []
    while len(trials) < space.count:
        asked = [study.ask(_distributions(space)) for _ in range(min(ROUND, space.count - len(trials)))]
        told = [Trial({**experiment.parameters, **each.params}, experiment.settings) for each in asked]
        returns = run_trials(session, experiment, told, versions)
        for each, score in zip(asked, sharpe_ratios(returns.T), strict=True):
            study.tell(each, score if np.isfinite(score) else NOTHING)
        trials += told
        found.append(returns)
    return trials, np.concatenate(found)


def _distributions(space: Bayes) -> dict[str, optuna.distributions.BaseDistribution]:
    return {name: optuna.distributions.FloatDistribution(*bounds) for name, bounds in space.bounds.items()}
