"""Rows in files that other tools read."""

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipelines.serve.analytics.export import export
from schemas.errors import SourceError

SCHEMA = pa.schema(
    {"symbol": pa.string(), "price": pa.decimal128(18, 9), "event_ts": pa.timestamp("us", "UTC"), "n": pa.int64()}
)
ROWS = [
    {"symbol": "BTCUSDT", "price": Decimal("61000.1"), "event_ts": datetime(2024, 8, 8, tzinfo=UTC), "n": 1},
    {"symbol": 'a "b", c', "price": None, "event_ts": datetime(2024, 8, 8, 0, 0, 0, 1, UTC), "n": None},
]


def reader(rows: list[dict[str, object]] | None = None, schema: pa.Schema = SCHEMA) -> pa.RecordBatchReader:
    batches = [pa.RecordBatch.from_pylist([row], schema) for row in (ROWS if rows is None else rows)]
    return pa.RecordBatchReader.from_batches(schema, batches)


@pytest.mark.parametrize(("name", "form"), [("rows.parquet", None), ("rows.PARQUET", None), ("rows", "parquet")])
def test_export_to_parquet(tmp_path: Path, name: str, form: str | None) -> None:
    assert export(reader(), tmp_path / name, form) == 2
    assert pq.read_table(tmp_path / name).to_pylist() == ROWS
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_export_to_csv_is_read_by_another_tool(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    assert export(reader(), path) == 2
    rows = duckdb.sql(f"select symbol, price, n from read_csv('{path}')").fetchall()
    assert rows == [("BTCUSDT", 61000.1, 1), ('a "b", c', None, None)]


def test_export_of_no_rows(tmp_path: Path) -> None:
    assert export(reader([]), tmp_path / "rows.parquet") == 0
    assert pq.read_schema(tmp_path / "rows.parquet").names == SCHEMA.names


def test_export_of_rows_that_break_off_leaves_no_file(tmp_path: Path) -> None:
    def broken():  # type: ignore[no-untyped-def]  # batches until the source is lost
        yield pa.RecordBatch.from_pylist(ROWS, SCHEMA)
        raise OSError("lost")

    with pytest.raises(OSError, match="lost"):
        export(pa.RecordBatchReader.from_batches(SCHEMA, broken()), tmp_path / "rows.parquet")
    assert list(tmp_path.iterdir()) == []


def test_export_of_bad_input(tmp_path: Path) -> None:
    there = tmp_path / "there.csv"
    there.write_text("mine")
    nested = pa.schema({"prices": pa.list_(pa.int64())})
    for path, schema, form, sentence in [
        (there, SCHEMA, None, f"{there} is there already: name another file, or remove it."),
        (tmp_path / "x.xls", SCHEMA, None, f"{tmp_path}/x.xls: rows cannot be written as xls, but as parquet or csv."),
        (tmp_path / "x", SCHEMA, None, f"{tmp_path}/x: rows cannot be written as nothing, but as parquet or csv."),
        (
            tmp_path / "no" / "x.csv",
            SCHEMA,
            None,
            f"{tmp_path}/no/x.csv: there is no folder {tmp_path}/no: create it first.",
        ),
        (
            tmp_path / "x.csv",
            nested,
            None,
            f"{tmp_path}/x.csv: CSV has no place for prices: leave them out, or write parquet.",
        ),
    ]:
        with pytest.raises(SourceError) as raised:
            export(reader([], schema), path, form)
        assert str(raised.value) == sentence
    assert there.read_text() == "mine"
