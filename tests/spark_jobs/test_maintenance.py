"""Checkpoints of the log are written beside the commits, and lose nothing."""

from threading import Event

import pytest

from schemas.bronze import BRONZE_TRADES
from spark_jobs import maintenance
from spark_jobs.io import Lake
from spark_jobs.maintenance import checkpoint_tables
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


def test_checkpoint_tables_after_enough_commits_keeps_rows_and_offsets(grown: Lake) -> None:
    assert grown.commits_to_replay(BRONZE_TRADES) == 3
    assert checkpoint_tables(grown, [BRONZE_TRADES], Event()) == ["bronze.trades"]
    assert grown.commits_to_replay(BRONZE_TRADES) == 0
    append(grown, "a", {0: 3}, (0, 2))
    append(grown, "a", {0: 4}, (0, 3))
    assert grown.commits_to_replay(BRONZE_TRADES) == 1
    assert checkpoint_tables(grown, [BRONZE_TRADES], Event()) == []
    assert places_in(grown.read(BRONZE_TRADES)) == [(0, 0), (0, 1), (0, 2), (0, 3)]
    assert grown.reached(BRONZE_TRADES, "a") == {0: 4}


def test_checkpoint_tables_that_is_stopped_begins_no_other(grown: Lake) -> None:
    stop = Event()
    stop.set()
    assert checkpoint_tables(grown, [BRONZE_TRADES], stop) == []
