"""Runs over a lake: written once, known again, and what silver said then is still there."""

import pytest

from schemas import research
from spark_jobs.backtests.results import read_run
from spark_jobs.backtests.run import run_backtest
from spark_jobs.backtests.trials import Trial, run_trials
from spark_jobs.backtests.market import versions_now
from spark_jobs.io import Lake
from tests.spark_jobs.backtests.conftest import NOON, obi, SETTINGS, DATASET

pytestmark = pytest.mark.spark


def test_run_again(recorded: Lake) -> None:
    import time

    t = time.time()
    stored, is_new = run_backtest(recorded.spark, obi(), NOON)
    print(time.time() - t, stored.row)
    t = time.time()
    again, is_new2 = run_backtest(recorded.spark, obi(), NOON)
    print(time.time() - t)
    t = time.time()
    assert is_new and not is_new2
    back = read_run(recorded.spark, stored.row["run_id"])
    print(back.row)
    assert back.trades.equals(stored.trades)
    assert back.equity.equals(stored.equity)
    print(time.time() - t)
    t = time.time()
    trials = [Trial(obi(x / 10).parameters, SETTINGS) for x in range(1, 10)]
    r = run_trials(recorded.spark, obi(), trials, versions_now(recorded.spark, DATASET))
    print(time.time() - t, r.shape, r.sum(axis=1))
    t = time.time()
