"""What is held of a table follows its commits: rows that are added, taken together, deleted, and too old."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pytest
from deltalake import DeltaTable, write_deltalake
from deltalake.exceptions import TableNotFoundError
from pyspark.sql import SparkSession

from pipelines.gold.held import Tail
from pipelines.gold.recent import RECENT
from pipelines.gold.tails import LAST_TRADES, TRADES_1M
from spark_jobs import tails
from spark_jobs.tails import HeldCounts, HeldTail

NOW = datetime(2024, 8, 9, 0, 30, tzinfo=UTC)
ALL = TRADES_1M.minutes


def add(folder: Path, tail: Tail, *ages: float, **columns: object) -> None:
    """Commit a row for each age in minutes."""
    times = [NOW - timedelta(minutes=age) for age in ages]
    given = {tail.clock: times, "event_date": [time.date() for time in times]}
    given |= {name: [value] * len(ages) for name, value in columns.items()}
    schema = tail.table.arrow_schema
    rows = pa.table({f.name: pa.array(given.get(f.name, [None] * len(ages)), f.type) for f in schema}, schema)
    write_deltalake(folder, rows, mode="append", partition_by=["event_date"])


def counts(held: HeldTail, now: datetime = NOW) -> list[int]:
    """The trades of each minute that is held."""
    return sorted(held.rows(now).column("trade_count").to_pylist())


def test_tail_folds_what_commits_add(tmp_path: Path) -> None:
    add(tmp_path, TRADES_1M, 1, 1, 40, symbol="S", venue="XNAS", trade_count=3)
    held = HeldTail(TRADES_1M, tmp_path)
    assert counts(held) == [3, 6]
    add(tmp_path, TRADES_1M, 40, symbol="S", venue="XNAS", trade_count=5)
    add(tmp_path, TRADES_1M, 40, symbol="T", venue="XNAS", trade_count=7)
    assert counts(held) == [6, 7, 8]
    assert counts(held) == [6, 7, 8]


def test_tail_lets_go_what_is_too_old_and_reads_no_day_before(tmp_path: Path) -> None:
    add(tmp_path, TRADES_1M, 2, ALL, ALL + 1, ALL + 3, symbol="S", venue="XNAS", trade_count=1)
    add(tmp_path, TRADES_1M, 24 * 60, symbol="S", venue="XNAS", trade_count=2)
    held = HeldTail(TRADES_1M, tmp_path)
    assert counts(held, NOW + timedelta(days=1)) == [1, 1, 1]
    add(tmp_path, TRADES_1M, 24 * 60, symbol="S", venue="XNAS", trade_count=2)
    add(tmp_path, TRADES_1M, 1, symbol="S", venue="XNAS", trade_count=3)
    assert counts(held) == [1, 1, 1, 3]
    add(tmp_path, TRADES_1M, 0, -9, symbol="S", venue="XNAS", trade_count=4)
    assert counts(held) == [1, 1, 3, 4, 4]


def test_tail_reads_files_that_were_taken_together_once(tmp_path: Path) -> None:
    held = HeldTail(TRADES_1M, tmp_path)
    for count in (1, 2):
        add(tmp_path, TRADES_1M, 1, symbol="S", venue="XNAS", trade_count=count)
    assert counts(held) == [3]
    assert DeltaTable(tmp_path).optimize.compact()["numFilesRemoved"] == 2
    add(tmp_path, TRADES_1M, 1, symbol="S", venue="XNAS", trade_count=4)
    assert counts(held) == [7]
    assert counts(HeldTail(TRADES_1M, tmp_path)) == [7]


def test_tail_of_a_table_that_lost_rows_is_read_again(tmp_path: Path) -> None:
    add(tmp_path, TRADES_1M, 1, symbol="S", venue="XNAS", trade_count=1)
    held = HeldTail(TRADES_1M, tmp_path)
    assert counts(held) == [1]
    DeltaTable(tmp_path).delete()
    add(tmp_path, TRADES_1M, 1, symbol="S", venue="XNAS", trade_count=2)
    assert counts(held) == [2]


def test_tail_whose_read_failed_loses_nothing(tmp_path: Path) -> None:
    add(tmp_path, TRADES_1M, 1, symbol="S", venue="XNAS", trade_count=1)
    held = HeldTail(TRADES_1M, tmp_path)
    assert counts(held) == [1]
    before = set(tmp_path.rglob("*.parquet"))
    add(tmp_path, TRADES_1M, 1, symbol="S", venue="XNAS", trade_count=2)
    (added,) = set(tmp_path.rglob("*.parquet")) - before
    added.rename(tmp_path / "away")
    with pytest.raises(FileNotFoundError):
        held.rows(NOW)
    (tmp_path / "away").rename(added)
    assert counts(held) == [3]


def test_tail_of_a_table_that_stays_as_it_is_stays_the_same(tmp_path: Path) -> None:
    add(tmp_path, TRADES_1M, 1, symbol="S", venue="XNAS", trade_count=1)
    held = HeldTail(TRADES_1M, tmp_path)
    rows = held.rows(NOW)
    assert held.rows(NOW + timedelta(days=1)) is rows


def test_tail_takes_many_files_some_at_a_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tails, "FILES_AT_ONCE", 2)
    for count in range(5):
        add(tmp_path, TRADES_1M, 1, symbol="S", venue="XNAS", trade_count=count)
    assert counts(HeldTail(TRADES_1M, tmp_path)) == [10]


def test_tail_of_a_table_without_rows_is_empty(tmp_path: Path) -> None:
    add(tmp_path, LAST_TRADES, symbol="S")
    rows = HeldTail(LAST_TRADES, tmp_path).rows(NOW)
    assert (len(rows), rows.schema) == (0, LAST_TRADES.table.arrow_schema)
    with pytest.raises(TableNotFoundError):
        HeldTail(LAST_TRADES, tmp_path / "none").rows(NOW)


def test_counts_follow_the_log(tmp_path: Path) -> None:
    add(tmp_path, TRADES_1M, 1, 2, symbol="S", venue="XNAS", trade_count=1)
    held = HeldCounts({"gold.trades_1m_partials": tmp_path})
    rows = held.rows(NOW)
    assert rows.to_pylist() == [{"table_name": "gold.trades_1m_partials", "row_count": 2}]
    assert held.rows(NOW) is rows
    add(tmp_path, TRADES_1M, 1, symbol="S", venue="XNAS", trade_count=1)
    assert held.rows(NOW).column("row_count").to_pylist() == [3]
    DeltaTable(tmp_path).optimize.compact()
    assert held.rows(NOW).column("row_count").to_pylist() == [3]


@pytest.mark.spark
@pytest.mark.parametrize(
    "tail",
    {tail: 0 for recent in RECENT for tail in recent.tails if isinstance(tail, Tail)},
    ids=lambda tail: tail.name,
)
def test_tail_without_rows_is_a_view_of_spark(tail: Tail, tmp_path: Path, spark: SparkSession) -> None:
    write_deltalake(tmp_path, tail.table.arrow_schema.empty_table(), partition_by=[tail.table.partition_by])
    rows = HeldTail(tail, tmp_path).rows(NOW)
    assert spark.createDataFrame(rows).columns == rows.column_names
