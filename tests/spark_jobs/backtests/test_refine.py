"""Searches on Spark: the same returns as a run alone, none forgotten, and a verdict that counts them all."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from pipelines.research.registry import STRATEGIES
from pipelines.research.settings import Latency
from pipelines.research.surface import find_rising_fees
from schemas import research
from schemas.errors import ResearchError, SettingsError
from spark_jobs.backtests.market import versions_now
from spark_jobs.backtests.records import find_verdict
from spark_jobs.backtests.refine import Bayes, Grid, best_of, expand, observe, refine
from spark_jobs.backtests.report import report
from spark_jobs.backtests.results import returns_of
from spark_jobs.backtests.run import run_backtest
from spark_jobs.backtests.shipped import find_all_leaks, markets_of, run_shipped
from spark_jobs.backtests.surface import Axes, compute_surface, find_surface
from spark_jobs.backtests.trials import Trial, count_trials, run_trials
from spark_jobs.io import Lake
from spark_jobs.quality import check
from tests.house_rules import ROOT
from tests.spark_jobs.backtests.conftest import DATASET, NOON, SETTINGS, obi
from tests.test_docs import fences

GRID = Grid({"threshold": (0.6, 0.9), "window_ms": (0.0, 1_000.0)})


def test_expand_every_combination() -> None:
    told = [(each.parameters["threshold"], each.parameters["window_ms"]) for each in expand(obi(), GRID)]
    assert told == [(0.6, 0.0), (0.6, 1_000.0), (0.9, 0.0), (0.9, 1_000.0)]


@pytest.mark.parametrize("values", [{}, {"threshold": ()}])
def test_expand_nothing_is_refused(values: dict[str, tuple[float, ...]]) -> None:
    with pytest.raises(SettingsError, match="A search needs a parameter that varies"):
        expand(obi(), Grid(values))


def test_expand_what_the_strategy_has_not_is_refused() -> None:
    with pytest.raises(ResearchError, match="Strategy obi_threshold has no parameter tea"):
        expand(obi(), Grid({"tea": (1.0,)}))


def test_bounds_in_the_wrong_order_are_refused() -> None:
    with pytest.raises(SettingsError, match=r"threshold is to lie between 0.9 and 0.5"):
        Bayes({"threshold": (0.9, 0.5)})


def test_best_of_trials_that_do_not_vary_is_the_first() -> None:
    rising = np.array([[0.0, 0.0, 0.0], [1.0, -1.0, 0.5], [1.0, 0.5, 1.0]])
    assert best_of(rising) == 2
    assert best_of(np.zeros((3, 4))) == 0


@pytest.mark.spark
def test_trials_on_spark_are_runs(recorded: Lake) -> None:
    late = replace(SETTINGS, order_latency=Latency(50_000_000), maker_fee_bps=-1.0)
    trials = [Trial(obi(level).parameters, settings) for settings in (SETTINGS, late) for level in (0.7, 0.8, 0.9)]
    found = run_trials(recorded.spark, obi(), trials, versions_now(recorded.spark, DATASET))
    alone = [run_backtest(recorded.spark, obi(level, late), NOON)[0] for level in (0.8,)]
    assert np.array_equal(found[4], returns_of(alone[0]))
    assert len({tuple(each) for each in found}) == len(trials)


@pytest.mark.spark
def test_refine_keeps_every_trial_and_counts_those_of_before(recorded: Lake) -> None:
    before = count_trials(recorded.spark, obi())
    first = refine(recorded.spark, obi(), GRID, NOON)
    lifetime = count_trials(recorded.spark, obi())
    assert before < lifetime == first.verdict.lifetime_trial_count <= before + 4
    again = refine(recorded.spark, obi(), GRID, NOON)
    assert again.row == first.row
    wider = refine(recorded.spark, obi(), Bayes({"threshold": (0.5, 0.95)}, count=3, seed=5), NOON)
    assert wider.verdict.lifetime_trial_count == lifetime + 3
    assert recorded.spark.table(research.VERDICTS.name).count() == 2
    assert first.verdict.decision == "NO_EDGE" and first.verdict.pbo is not None
    kept = find_verdict(recorded.spark, first.best.row["run_id"])
    assert kept is not None and kept.sentence in (first.verdict.sentence, wider.verdict.sentence)
    assert check(recorded.spark, research.VERDICTS.name).failures == ()


@pytest.mark.spark
def test_python_of_the_page_runs(recorded: Lake) -> None:
    (code,) = [code for code in fences((ROOT / "docs" / "research.md").read_text(), "python") if "session" in code]
    names: dict[str, Any] = {"session": recorded.spark}
    exec(code, names)
    assert names["stored"].row["trade_count"] == len(names["stored"].trades) > 0
    assert names["found"].verdict.trial_count == 3


@pytest.mark.spark
def test_surface_falls_with_the_fee_and_stands_in_the_report(recorded: Lake) -> None:
    run, _ = run_backtest(recorded.spark, obi(0.9), NOON)
    axes = Axes((0, 20_000_000), ("TOUCH", "RISK_AVERSE"), (0.0, 1.0))
    found = compute_surface(recorded.spark, run, axes)
    assert found.pnl.shape == (2, 2, 2)
    assert find_rising_fees(found) == []
    kept = find_surface(recorded.spark, run.row["run_id"])
    assert kept is not None and np.array_equal(kept.pnl, found.pnl)
    assert check(recorded.spark, research.SURFACE.name).failures == ()
    assert 'id="surface"' in report(recorded.spark, run.row["run_id"])


def test_axis_with_a_value_twice_is_refused() -> None:
    with pytest.raises(SettingsError, match=r"A surface needs a fee, and each once: 1\.0, 1\.0\."):
        Axes(fee_bps=(1.0, 1.0))


@pytest.mark.spark
def test_observations_are_over_after_latency_and_holding_time(recorded: Lake) -> None:
    run, _ = run_backtest(recorded.spark, obi(0.9), NOON)
    ns = run.equity.column("event_ns").to_numpy()
    known = observe(run, [{"hold_ms": 2_000.0}, {"hold_ms": 0.0}], SETTINGS)
    assert (known.start_ns == ns[:-1]).all()
    assert (known.known_ns == ns[1:] + 2_000_000_000 + 5_000_000).all()


@pytest.mark.spark
def test_shipped_strategies_run_with_orders_small_beside_the_touch(recorded: Lake) -> None:
    assert markets_of(recorded.spark, DATASET.days) == [("BTCUSDT", "BINANCE")]
    runs = run_shipped(recorded.spark, DATASET, NOON)
    assert [run.row["strategy"] for run in runs] == [strategy.name for strategy in STRATEGIES]
    assert len({run.row["run_id"] for run in runs}) == len(STRATEGIES)
    assert find_all_leaks(recorded.spark, DATASET, 2) == []
