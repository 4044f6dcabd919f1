"""Logs of Delta tables are kept short without Spark: checkpoints, commits that go, small files that are counted."""

from datetime import date
from pathlib import Path

import pyarrow as pa
import pytest
from deltalake import DeltaTable, write_deltalake

from spark_jobs import logs
from spark_jobs.logs import count_small, write_checkpoint

DAY = date(2024, 8, 9)


@pytest.fixture
def grown(tmp_path: Path) -> Path:
    """A table with five commits, each with a checksum as Spark writes them, of which none has to be kept."""
    rows = pa.table({"number": [1], "event_date": [DAY]})
    kept = {"delta.logRetentionDuration": "interval 0 seconds"}
    for version in range(5):
        write_deltalake(tmp_path, rows, mode="append", partition_by=["event_date"], configuration=kept)
        (tmp_path / "_delta_log" / f"{version:020}.crc").write_text("{}")
    return tmp_path


def versions(folder: Path, ending: str) -> list[int]:
    return sorted(int(path.name.split(".")[0]) for path in (folder / "_delta_log").glob(f"*.{ending}"))


def test_checkpoint_stands_for_the_commits_that_go(grown: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logs, "CHECKSUMS", 1)
    write_checkpoint(grown)
    write_deltalake(grown, pa.table({"number": [2], "event_date": [DAY]}), mode="append")
    assert versions(grown, "checkpoint.parquet") == [4]
    assert versions(grown, "json") in ([4, 5], [5])
    assert versions(grown, "crc") == [3, 4]
    assert sorted(DeltaTable(grown).to_pyarrow_table()["number"].to_pylist()) == [1, 1, 1, 1, 1, 2]


def test_small_files_are_those_of_a_day_and_size(grown: Path) -> None:
    assert count_small(grown, DAY, 10**6) == 5
    assert count_small(grown, DAY, 1) == 0
    assert count_small(grown, date(2024, 8, 8), 10**6) == 0
