"""A recording to a tear sheet and a verdict, by commands alone."""

import re
from pathlib import Path

import pytest

from tests.e2e.commands import Instance

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(600)]

MARKET = ("obi_threshold", "--symbol", "BTCUSDT", "--venue", "BINANCE", "--from", "2024-08-08")
ASSUMED = ("--quantity", "0.01", "--taker-fee", "1", "--order-latency", "5", "--feed-latency", "1")


def test_backtest_with_a_tear_sheet(instance: Instance, tmp_path: Path) -> None:
    said = instance.run("backtest", "run", *MARKET, *ASSUMED, "--set", "threshold=0.8")
    (run_id,) = re.findall(r"^Run (\w{16})\.$", said, re.MULTILINE)
    again = instance.run("backtest", "run", *MARKET, *ASSUMED, "--set", "threshold=0.8")
    assert f"Run {run_id}: the lake has it, and it is the same." in again
    sheet = tmp_path / "sheet.html"
    instance.run("backtest", "report", run_id, "--out", str(sheet))
    assert "BTCUSDT at BINANCE" in sheet.read_text()
    (row,) = instance.sql(f"select trade_count, total_pnl from gold.backtest_runs where run_id = '{run_id}'")
    (count,) = instance.sql(f"select count(*) from gold.backtest_trades where run_id = '{run_id}'")
    assert row[0] == count[0] and int(row[0]) > 100
    assert "Nothing was restated" in instance.run("backtest", "compare", run_id, "--out", str(tmp_path / "then.html"))


def test_refine_ends_in_a_verdict(instance: Instance) -> None:
    grid = ("--grid", "threshold=0.5,0.7,0.9", "--grid", "window_ms=0,1000")
    said = instance.run("backtest", "refine", *MARKET, *ASSUMED, *grid)
    assert "6 trials, 7 over the lifetime." in said
    assert re.search(r"^No edge: DSR is ", said, re.MULTILINE)
    (row,) = instance.sql("select decision, trial_count, lifetime_trial_count from gold.backtest_verdicts")
    assert row == ["NO_EDGE", "6", "7"]


def test_analytics_of_the_day(instance: Instance, tmp_path: Path) -> None:
    instance.run("analytics", "report", "2024-08-08", "--out", str(tmp_path / "day"))
    assert (tmp_path / "day" / "spread.png").exists()
    told = instance.run("analytics", "export", "gold.spread_1m", str(tmp_path / "spread.csv"), "--day", "2024-08-08")
    assert re.search(r"Wrote \d+ rows to ", told)
