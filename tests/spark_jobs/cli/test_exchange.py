"""`depthlake exchange match` as a user meets it."""

import json
import re
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import Result
from typer.testing import CliRunner

from pipelines.exchange.schema import REPORTS
from schemas.errors import SourceError
from spark_jobs.cli.app import app
from tests.house_rules import ROOT

MATCHING = ROOT.parent / "shared" / "data" / "matching"
EXPECTED: dict[str, dict[str, Any]] = json.loads((MATCHING / "expected.json").read_text())

TYPES = {name: pa.int64() for name in ("sequence", "type", "side", "order_id", "price_ticks", "quantity")}
GOOD: dict[str, list[Any]] = {
    "sequence": [0, 1, 2],
    "type": [0, 0, 1],
    "side": [0, 1, 0],
    "ioc": [False, True, False],
    "order_id": [1, 2, 1],
    "price_ticks": [100, 100, 0],
    "quantity": [5, 3, 0],
}


def write_messages(path: Path, **columns: Any) -> Path:
    table = pa.table({**GOOD, **columns})
    pq.write_table(table, path)
    return path


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["exchange", "match", *map(str, arguments)])


def test_help_lists_the_command_and_reads_like_a_manual() -> None:
    assert re.search(r"exchange\W", CliRunner().invoke(app, ["--help"]).output)
    assert re.search(r"match\W", CliRunner().invoke(app, ["exchange", "--help"]).output)
    shown = CliRunner().invoke(app, ["exchange", "match", "--help"], env={"COLUMNS": "200"}).output
    assert [
        word for word in (*GOOD, "canonical", "parquet", "--reports", "SHA-256", "Example:") if word not in shown
    ] == []


@pytest.mark.parametrize("name", EXPECTED)
def test_match_writes_the_expected_stream(name: str, tmp_path: Path) -> None:
    done = run(MATCHING / f"{name}.parquet", "--reports", tmp_path / "out.txt")
    expected = EXPECTED[name]
    assert done.exit_code == 0
    counts, speed, digest = done.stdout.splitlines()
    assert (
        counts == f"{expected['messages']:,} messages, {expected['reports']:,} reports, {expected['trades']:,} trades"
    )
    assert re.fullmatch(r"[\d,]+ messages/s in the engine, after \d+\.\d s of compiling or loading it", speed)
    assert digest == f"sha256 {expected['sha256']}"
    assert len((tmp_path / "out.txt").read_text().split("\n")) == expected["reports"]
    assert [path.name for path in tmp_path.iterdir()] == ["out.txt"]


def test_match_writes_parquet_with_all_columns(tmp_path: Path) -> None:
    messages = write_messages(tmp_path / "in.parquet", order_id=[1, 1, 1])
    done = run(messages, "--reports", tmp_path / "out.parquet", "--format", "parquet")
    table = pq.read_table(tmp_path / "out.parquet")
    assert table.schema.names == REPORTS.names
    assert table.column("kind").to_pylist() == [0, 6, 2]
    assert "1 orders were refused" in done.stderr


def test_match_of_no_messages_writes_an_empty_file(tmp_path: Path) -> None:
    pq.write_table(pa.table(GOOD).slice(0, 0), tmp_path / "in.parquet")
    assert run(tmp_path / "in.parquet", "--reports", tmp_path / "out.txt").exit_code == 0
    assert (tmp_path / "out.txt").read_bytes() == b""


@pytest.mark.parametrize(
    ("columns", "sentence"),
    [
        ({"side": ["b", "s", "b"]}, "column side is string: make it integer."),
        ({"ioc": [0, 1, 0]}, "column ioc is int64: make it boolean."),
        ({"quantity": [5, None, 0]}, "column quantity, row 1 is null: give every message all columns."),
        ({"price_ticks": [100, 0, 0]}, "column price_ticks, row 1 is 0: give a number from 1 to 4611686018427387903."),
        ({"quantity": [5, -3, 0]}, "column quantity, row 1 is -3: give a number from 1 to 4611686018427387903."),
        ({"type": [0, 0, 3]}, "column type, row 2 is 3: give a number from 0 to 2."),
        ({"side": [0, 2, 0]}, "column side, row 1 is 2: give a number from 0 to 1."),
        ({"order_id": [-1, 2, 1]}, "column order_id, row 0 is -1: give a number from 0 to 9223372036854775807."),
        (
            {"order_id": pa.array([1, 2, 2**63], pa.uint64())},
            "column order_id, row 2 is 9223372036854775808: give a number from 0 to 9223372036854775807.",
        ),
    ],
)
def test_wrong_messages_are_named_in_a_sentence(columns: dict[str, Any], sentence: str, tmp_path: Path) -> None:
    messages = write_messages(tmp_path / "in.parquet", **columns)
    done = run(messages, "--reports", tmp_path / "out.txt")
    assert (done.exit_code, type(done.exception)) == (1, SourceError)
    assert str(done.exception) == f"{messages}, {sentence}"
    assert not (tmp_path / "out.txt").exists()


def test_rows_are_counted_over_the_whole_file(tmp_path: Path) -> None:
    count = 70_000
    columns = {name: values[:1] * count for name, values in GOOD.items()}
    columns["quantity"] = [5] * (count - 1) + [0]
    messages = write_messages(tmp_path / "in.parquet", **columns)
    assert f"row {count - 1} is 0" in str(run(messages, "--reports", tmp_path / "out.txt").exception)
    assert [path.name for path in tmp_path.iterdir()] == ["in.parquet"]


def test_files_that_cannot_be_used_are_named_in_a_sentence(tmp_path: Path) -> None:
    text = tmp_path / "text.parquet"
    text.write_text("sequence,type\n")
    (narrow := tmp_path / "narrow.parquet").write_bytes(b"")
    pq.write_table(pa.table({"sequence": [1]}), narrow)
    good = write_messages(tmp_path / "in.parquet")
    said = [
        str(run(*arguments).exception)
        for arguments in (
            (tmp_path / "none.parquet", "--reports", tmp_path / "o"),
            (text, "--reports", tmp_path / "o"),
            (narrow, "--reports", tmp_path / "o"),
            (good, "--reports", tmp_path / "no" / "folder"),
        )
    ]
    assert said[0] == f"{tmp_path / 'none.parquet'} is no file: give a Parquet file of messages."
    assert re.fullmatch(rf"{text} is no Parquet file: .*\.", said[1])
    assert said[2].startswith(f"{narrow}, column type is missing: the columns of messages are sequence, type, side,")
    assert re.fullmatch(rf"{tmp_path / 'no' / 'folder'} cannot be written \(.*\): choose another --reports\.", said[3])
