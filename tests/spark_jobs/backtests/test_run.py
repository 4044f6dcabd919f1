"""Runs over a lake: written once, known again, and compared with what silver says now."""

from dataclasses import replace
from decimal import Decimal

import pyarrow as pa
import pytest

from pipelines.research.record import Run
from pipelines.research.settings import Latency
from schemas import research
from schemas.errors import LakeError, ResearchError, SettingsError
from spark_jobs.backtests.experiment import experiment_of, read_settings, write_settings
from spark_jobs.backtests.files import fetch, locate, make_tape
from spark_jobs.backtests.market import hash_tape, versions_at, versions_now
from spark_jobs.backtests.records import record_of
from spark_jobs.backtests.report import compare_runs, report, restate
from spark_jobs.backtests.results import read_run
from spark_jobs.backtests.run import run_backtest
from spark_jobs.backtests.trials import count_trials
from spark_jobs.io import Lake
from spark_jobs.quality import check
from spark_jobs.refresh import Days
from tests.spark_jobs.backtests.conftest import DATASET, DAY, NOON, SETTINGS, obi

OTHERS = replace(
    SETTINGS,
    feed_latency=Latency(is_recorded=True),
    order_latency=Latency(table_ns=(3, 1, 2)),
    stop_loss=Decimal("12.50"),
    order_quantity=Decimal("0.020"),
    inventory_limit=Decimal("0.02"),
)


def test_settings_as_text_and_back() -> None:
    assert [read_settings(write_settings(each)) for each in (SETTINGS, OTHERS)] == [SETTINGS, OTHERS]
    assert write_settings(replace(OTHERS, order_quantity=Decimal("0.02"))) == write_settings(OTHERS)
    assert experiment_of(obi(settings=OTHERS).columns()) == obi(settings=OTHERS)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"market": "silver.depth"}, "silver.depth is no market: give silver.quotes or "),
        ({"days": Days(DAY.replace(day=9), DAY)}, "from 2024-08-09 to 2024-08-08: give the earlier one first"),
    ],
)
def test_dataset_that_cannot_be(change: dict[str, object], sentence: str) -> None:
    with pytest.raises(SettingsError, match=sentence):
        replace(DATASET, **change)


@pytest.mark.spark
def test_run_is_written_once_and_read_back(recorded: Lake) -> None:
    stored, is_new = run_backtest(recorded.spark, obi(0.8), NOON)
    again, is_new_again = run_backtest(recorded.spark, obi(0.8), NOON)
    assert (is_new, is_new_again) == (True, False)
    assert again.row["run_id"] == stored.row["run_id"]
    kept = read_run(recorded.spark, stored.row["run_id"])
    assert kept.trades.equals(stored.trades) and kept.equity.equals(stored.equity)
    assert kept.row == stored.row
    assert kept.row["trade_count"] == len(kept.trades) > 100
    assert kept.row["total_pnl"] == pytest.approx(
        float(kept.equity["equity"][-1].as_py() - kept.equity["equity"][0].as_py())
    )
    assert count_trials(recorded.spark, obi()) >= 1
    for table in (research.RUNS, research.TRADES_OF_RUNS, research.EQUITY, research.TRIALS):
        assert check(recorded.spark, table.name).failures == ()


@pytest.mark.spark
def test_run_whose_row_says_something_else_is_refused(recorded: Lake) -> None:
    stored, _ = run_backtest(recorded.spark, obi(0.7), NOON)
    at = f"run_id = '{stored.row['run_id']}'"
    recorded.spark.sql(f"UPDATE {research.RUNS.name} SET result_hash = 'other' WHERE {at}")
    with pytest.raises(LakeError, match="came to other trades or equity than "):
        run_backtest(recorded.spark, obi(0.7), NOON)
    recorded.spark.sql(f"DELETE FROM {research.RUNS.name} WHERE {at}")
    assert run_backtest(recorded.spark, obi(0.7), NOON)[1]
    assert len(read_run(recorded.spark, stored.row["run_id"]).trades) == len(stored.trades)


@pytest.mark.spark
def test_tape_is_the_same_whatever_the_order_of_the_rows(recorded: Lake) -> None:
    files = locate(recorded.spark, DATASET, versions_now(recorded.spark, DATASET))
    market, trades = fetch(recorded.spark, files).values()
    assert (market.num_rows, trades.num_rows) == tuple(len(files.read(name)) for name in DATASET.tables)
    backwards = [rows.take(pa.array(range(len(rows))[::-1])) for rows in (market, trades)]
    assert hash_tape(make_tape(*backwards)) == hash_tape(make_tape(market, trades))
    assert hash_tape(make_tape(market.slice(1), trades)) != hash_tape(make_tape(market, trades))


@pytest.mark.spark
def test_market_without_rows_says_what_there_is(recorded: Lake) -> None:
    missing = replace(obi(), dataset=replace(DATASET, symbol="DOGE'S"))
    with pytest.raises(ResearchError, match="no row of DOGE'S at BINANCE, 2024-08-08: of these days it has BTCUSDT at"):
        run_backtest(recorded.spark, missing, NOON)


@pytest.mark.spark
def test_report_and_comparison_are_pages_of_their_own(recorded: Lake) -> None:
    ids = [run_backtest(recorded.spark, obi(threshold), NOON)[0].row["run_id"] for threshold in (0.8, 0.9)]
    sheet = report(recorded.spark, ids[0])
    assert all(each in sheet for each in ("obi_threshold", "BTCUSDT at BINANCE", "Version of silver.quotes", "USDT"))
    assert 'id="trials"' in sheet
    page = compare_runs(recorded.spark, ids)
    assert all(each in page for each in ids)
    with pytest.raises(SettingsError, match="There is no run tea: "):
        report(recorded.spark, "tea")


@pytest.mark.spark
def test_versions_that_are_asked_for_must_be_in_the_log(recorded: Lake) -> None:
    now = versions_now(recorded.spark, DATASET)
    assert versions_at(recorded.spark, DATASET, {"silver.trades": 0}) == now | {"silver.trades": 0}
    sentence = r"^silver\.trades has no version 99: the log has 0 to \d+; "
    with pytest.raises(SettingsError, match=sentence):
        versions_at(recorded.spark, DATASET, {"silver.trades": 99})


@pytest.mark.spark
def test_restated_silver_is_told_as_known_then_and_now(recorded: Lake) -> None:
    before = versions_now(recorded.spark, DATASET)
    stored, _ = run_backtest(recorded.spark, obi(0.8), NOON)
    assert restate(recorded.spark, stored.row["run_id"], NOON).lines == ()
    try:
        recorded.spark.sql("DELETE FROM silver.quotes WHERE seq % 100 = 0")
        found = restate(recorded.spark, stored.row["run_id"], NOON)
        assert found.then.row == stored.row
        assert found.now.row["tape_hash"] != stored.row["tape_hash"]
        assert "events then" in found.lines[0] and any(line.startswith("Fills: ") for line in found.lines)
        as_then, is_new = run_backtest(recorded.spark, obi(0.8), NOON, before)
        assert not is_new and as_then.trades.equals(stored.trades)
    finally:
        recorded.spark.sql(f"RESTORE TABLE silver.quotes TO VERSION AS OF {before['silver.quotes']}")
    assert isinstance(record_of(found.now), Run)
