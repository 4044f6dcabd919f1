"""Tables that take each append once, and say how far a stream has come."""

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from pyspark.sql import DataFrame

from schemas.bronze import BRONZE_TRADES
from schemas.errors import LakeError
from schemas.research import RUNS
from spark_jobs.io import Lake, in_batch
from spark_jobs.offsets import BatchOffsets, Offsets
from tests.conftest import assert_rows

pytestmark = pytest.mark.spark

TIME = datetime(2024, 8, 8, tzinfo=UTC)


def rows_of(lake: Lake, *places: tuple[int, int]) -> DataFrame:
    """A delivery for each (partition, offset)."""
    rows = [("market.trades.v1", p, o, TIME, b"S", b"x", TIME, date(2024, 8, 8)) for p, o in places]
    return lake.spark.createDataFrame(rows, BRONZE_TRADES.schema)


def append(lake: Lake, stream: str, offsets: Offsets, *places: tuple[int, int]) -> None:
    """Commit a delivery for each (partition, offset)."""
    added = lake.write(rows_of(lake, *places), BRONZE_TRADES, TIME)
    lake.commit(BRONZE_TRADES, added, stream, offsets)


def places_in(rows: DataFrame) -> list[tuple[int, int]]:
    return sorted((row.kafka_partition, row.kafka_offset) for row in rows.collect())


def test_create_twice_keeps_the_rows_and_puts_them_in_the_catalog(lake: Lake) -> None:
    lake.create(BRONZE_TRADES)
    rows = rows_of(lake, (0, 1), (1, 2))
    append(lake, "a", {0: 2}, (0, 1), (1, 2))
    lake.create(BRONZE_TRADES)
    assert_rows(lake.spark.table("bronze.trades"), rows.collect(), BRONZE_TRADES.schema)


def test_create_over_other_columns_says_what_to_do(lake: Lake) -> None:
    lake.create(replace(BRONZE_TRADES, columns=BRONZE_TRADES.columns[1:]))
    with pytest.raises(LakeError, match=r"bronze.trades at .* has other columns .*: move the folder away"):
        lake.create(BRONZE_TRADES)


def test_commit_a_second_time_changes_nothing(lake: Lake) -> None:
    lake.create(BRONZE_TRADES)
    for offsets in ({0: 2}, {0: 2}, {0: 1}):
        append(lake, "a", offsets, (0, 1))
    assert places_in(lake.read(BRONZE_TRADES)) == [(0, 1)]
    append(lake, "b", {0: 2}, (0, 1))
    append(lake, "a", {0: 3}, (0, 2))
    assert places_in(lake.read(BRONZE_TRADES)) == [(0, 1), (0, 1), (0, 2)]


def test_reached_is_the_last_word_of_that_stream(lake: Lake) -> None:
    lake.create(BRONZE_TRADES)
    assert lake.reached(BRONZE_TRADES, "a") == {}
    for stream, offsets in (("a", {0: 2}), ("a", {0: 3, 1: 7}), ("ab", {0: 99})):
        append(lake, stream, offsets, (0, 1))
    assert lake.reached(BRONZE_TRADES, "a") == {0: 3, 1: 7}


def test_commit_without_rows_says_how_far_the_stream_is(lake: Lake) -> None:
    lake.create(BRONZE_TRADES)
    append(lake, "a", {0: 7, 1: 0})
    assert lake.reached(BRONZE_TRADES, "a") == {0: 7, 1: 0}
    assert places_in(lake.read(BRONZE_TRADES)) == []


def test_add_says_nothing_of_a_stream(lake: Lake) -> None:
    lake.create(BRONZE_TRADES)
    append(lake, "a", {0: 2}, (0, 1))
    lake.add(rows_of(lake, (0, 0)), BRONZE_TRADES, TIME)
    lake.add(rows_of(lake), BRONZE_TRADES, TIME)
    assert lake.reached(BRONZE_TRADES, "a") == {0: 2}
    assert places_in(lake.read(BRONZE_TRADES)) == [(0, 0), (0, 1)]


def test_history_tells_what_each_commit_brought(lake: Lake) -> None:
    lake.create(BRONZE_TRADES)
    append(lake, "a", {0: 2}, (0, 1))
    row = lake.spark.sql(f"DESCRIBE HISTORY delta.`{lake.path(BRONZE_TRADES)}`").first()
    assert json.loads(row.userMetadata) == {"stream": "a", "offsets": {"0": 2}}


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        ({}, {0: 2}, [(0, 0), (0, 1)]),
        ({0: 1}, {0: 3}, [(0, 1), (0, 2)]),
        ({0: 2, 1: 0}, {0: 2, 1: 1}, [(1, 0)]),
        ({}, {}, []),
    ],
)
def test_in_batch_holds_from_start_to_before_end(
    lake: Lake, start: dict[int, int], end: dict[int, int], expected: list[tuple[int, int]]
) -> None:
    rows = rows_of(lake, *((p, o) for p in (0, 1) for o in (0, 1, 2)))
    assert places_in(rows.where(in_batch(BatchOffsets(start, end)))) == expected


def restore(lake: Lake) -> None:
    """A table goes back to its version 2: the newest commit is not by a stream, and says nothing of any."""
    lake.create(BRONZE_TRADES)
    for offset in (2, 3, 4):
        append(lake, "a", {0: offset}, (0, offset - 1))
    lake.spark.sql("RESTORE TABLE bronze.trades TO VERSION AS OF 2")
    lake.spark._jvm.org.apache.spark.sql.delta.DeltaLog.clearCache()  # as when the lakehouse starts


def test_reached_after_a_restore_in_a_thread_without_session(lake: Lake) -> None:
    restore(lake)
    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(lake.reached, BRONZE_TRADES, "a").result() == {0: 4}
        assert pool.submit(lake.is_begun, BRONZE_TRADES).result()
    assert places_in(lake.read(BRONZE_TRADES)) == [(0, 1), (0, 2)]


def test_commit_after_a_restore_in_a_thread_without_session(lake: Lake) -> None:
    restore(lake)
    added = lake.write(rows_of(lake, (0, 4)), BRONZE_TRADES, TIME)
    for _ in range(2):
        with ThreadPoolExecutor(1) as pool:
            pool.submit(lake.commit, BRONZE_TRADES, added, "a", {0: 5}).result()
    assert lake.reached(BRONZE_TRADES, "a") == {0: 5}
    assert places_in(lake.read(BRONZE_TRADES)) == [(0, 1), (0, 2), (0, 4)]


def test_log_of_a_table_that_streams_fill_is_kept_for_a_day(lake: Lake) -> None:
    kept = {}
    for table in (BRONZE_TRADES, RUNS):
        lake.create(table)
        rows = lake.spark.sql(f"SHOW TBLPROPERTIES {table.name}").collect()
        kept[table.name] = dict(map(tuple, rows)).get("delta.logRetentionDuration")
    assert kept == {"bronze.trades": "interval 1 day", "gold.backtest_runs": None}


def test_checkpoint_after_a_restore_in_a_thread_without_session(lake: Lake) -> None:
    restore(lake)
    with ThreadPoolExecutor(1) as pool:
        pool.submit(lake.checkpoint, BRONZE_TRADES).result()
    assert lake.commits_to_replay(BRONZE_TRADES) == 0
    assert lake.reached(BRONZE_TRADES, "a") == {0: 4}
