"""Checkpoints of the log are written, and files taken together, beside the commits, and nothing is lost."""

from datetime import UTC, datetime
from threading import Event

import pytest
from pyspark.sql import functions as F

from schemas.bronze import BRONZE_TRADES
from schemas.gold import TRADE_PARTIALS
from spark_jobs import maintenance
from spark_jobs.io import Lake
from spark_jobs.maintenance import keep_up
from tests.spark_jobs.test_io import append, places_in

pytestmark = pytest.mark.spark


@pytest.fixture
def grown(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> Lake:
    """A table with as many commits as call for a checkpoint."""
    monkeypatch.setattr(maintenance, "CHECKPOINT_AFTER", 3)
    lake.create(BRONZE_TRADES)
    for offset in (1, 2, 3):
        append(lake, "a", {0: offset}, (0, offset - 1))
    return lake


def test_keep_up_after_enough_commits_keeps_rows_and_offsets(grown: Lake) -> None:
    assert grown.commits_to_replay(BRONZE_TRADES) == 3
    assert keep_up(grown, [BRONZE_TRADES], Event()) == ["bronze.trades"]
    assert grown.commits_to_replay(BRONZE_TRADES) == 0
    append(grown, "a", {0: 3}, (0, 2))
    append(grown, "a", {0: 4}, (0, 3))
    assert grown.commits_to_replay(BRONZE_TRADES) == 1
    assert keep_up(grown, [BRONZE_TRADES], Event()) == []
    assert places_in(grown.read(BRONZE_TRADES)) == [(0, 0), (0, 1), (0, 2), (0, 3)]
    assert grown.reached(BRONZE_TRADES, "a") == {0: 4}


def test_keep_up_that_is_stopped_begins_no_other(grown: Lake) -> None:
    stop = Event()
    stop.set()
    assert keep_up(grown, [BRONZE_TRADES], stop) == []


def test_keep_up_takes_the_files_of_partial_aggregates_together(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(maintenance, "CHECKPOINT_AFTER", 1)
    monkeypatch.setattr(maintenance, "SMALL_FILES", 3)
    lake.create(TRADE_PARTIALS)
    now = datetime.now(UTC)
    values = {"window_start": F.lit(now), "event_date": F.lit(now.date()), "symbol": F.lit("GME")}
    columns = [values.get(c.name, F.lit(None)).cast(c.type).alias(c.name) for c in TRADE_PARTIALS.columns]
    for offset in (1, 2, 3):
        rows = lake.write(lake.spark.range(1).select(*columns), TRADE_PARTIALS, now)
        assert keep_up(lake, [TRADE_PARTIALS], Event()) in ([], ["gold.trades_1m_partials"])
        assert len(lake.read(TRADE_PARTIALS).inputFiles()) == offset - 1
        lake.commit(TRADE_PARTIALS, rows, "a", {0: offset})
    assert keep_up(lake, [TRADE_PARTIALS], Event()) == ["gold.trades_1m_partials"]
    assert len(lake.read(TRADE_PARTIALS).inputFiles()) == 1
    assert lake.read(TRADE_PARTIALS).count() == 3
    assert lake.reached(TRADE_PARTIALS, "a") == {0: 3}
    lake.commit(TRADE_PARTIALS, [], "a", {0: 4})
    assert lake.reached(TRADE_PARTIALS, "a") == {0: 4}
