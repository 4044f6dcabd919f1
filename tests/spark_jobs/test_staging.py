"""Imports on their way: what is kept of them, in which order, under which offsets."""

import tempfile
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.source.importers import SOURCES
from pipelines.source.importers.report import Imported
from pipelines.wire import encode
from schemas.topics import QUOTES, TRADES
from spark_jobs.staging import PARTITION, Imports, parts_of
from tests.pipelines.source.importers.reading import law
from tests.spark_jobs.recordings import record_all

MOMENT = datetime(2024, 8, 9, 12, 30, 0, 5, UTC)


def payloads(files: list[Imported], topic: object) -> list[bytes]:
    return [
        value
        for file in files
        for each, rows in file.batches
        if each == topic
        for value in encode(each, rows).to_pylist()
    ]


def records(imports: Imports, number: int, topic: str) -> pa.Table:
    parts = parts_of(imports.waiting()[number])[topic]
    assert all(pq.ParquetFile(part.path).num_row_groups == 1 for part in parts)
    return pa.concat_tables([pq.read_table(part.path) for part in parts])


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> list[Imported]:
    return record_all(tmp_path_factory.mktemp("recorded"))


def test_recordings_are_of_every_source(recorded: list[Imported]) -> None:
    sources = {(file.identity or "").rpartition("-")[0] for file in recorded}
    assert sources == {*SOURCES, "plain"}
    assert {topic.noun for file in recorded for topic, _ in file.batches} == {"trades", "quotes", "depth"}


@law
@given(st.integers(1, 9), st.integers(0, 7))
def test_stage_keeps_every_message_once_and_in_order(recorded: list[Imported], most_rows: int, cut: int) -> None:
    with tempfile.TemporaryDirectory() as home:
        imports = Imports(Path(home) / "imports")
        for part in filter(None, (recorded[:cut], recorded[cut:])):
            imports.stage(part, MOMENT, most_rows)
        for topic in (TRADES, QUOTES):
            places = [n for n, folder in enumerate(imports.waiting()) if topic.name in parts_of(folder)]
            found = pa.concat_tables([records(imports, n, topic.name) for n in places])
            assert found["value"].to_pylist() == payloads(recorded, topic)
            assert found["offset"].to_pylist() == list(range(len(found)))
            assert set(found["partition"].to_pylist()) == {PARTITION}
            assert set(found["timestamp"].to_pylist()) == {MOMENT}


def test_stage_makes_files_known(recorded: list[Imported], tmp_path: Path) -> None:
    imports = Imports(tmp_path / "imports")
    assert (imports.names(), imports.waiting()) == ({}, [])
    imports.stage(recorded[:2], MOMENT, 100)
    imports.stage(recorded[2:], datetime.now(UTC), 100)
    assert imports.names() == {file.identity: file.path.name for file in recorded}
    assert [folder.name for folder in imports.waiting()] == ["000001", "000002"]
    assert imports.stream("market.trades.v1") == "market.trades.v1/imports-20240809T123000000005"


def test_stage_after_one_that_was_cut_off_begins_anew(recorded: list[Imported], tmp_path: Path) -> None:
    imports = Imports(tmp_path / "imports")
    (imports.folder / "new").mkdir(parents=True)
    (imports.folder / "new" / "market.trades.v1-0-9.parquet").write_text("half")
    assert imports.waiting() == []
    imports.stage(recorded, MOMENT, 100)
    assert records(imports, 0, TRADES.name)["value"].to_pylist() == payloads(recorded, TRADES)
    assert [folder.name for folder in imports.folder.iterdir() if folder.is_dir()] == ["000001"]
