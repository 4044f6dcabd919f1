"""Values as text."""

import csv
import io
import json
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spark_jobs.cli.render import as_csv, as_json, as_table, json_text, plain, text

DECIMALS = st.decimals(allow_nan=False, allow_infinity=False, places=18, min_value=-(10**19), max_value=10**19)
TEXTS = st.text(st.characters(exclude_categories=["Cs", "Cc"]))


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("212.033150000000000000", "212.03315"),
        ("0E-18", "0"),
        ("-0.000", "0"),
        ("0.000000001", "0.000000001"),
        ("1E+3", "1000"),
        ("1000", "1000"),
        ("-61707.6816", "-61707.6816"),
    ],
)
def test_plain_has_no_exponent_and_no_idle_zeros(value: str, expected: str) -> None:
    assert plain(Decimal(value)) == expected


@given(DECIMALS)
def test_plain_is_exact(value: Decimal) -> None:
    assert Decimal(plain(value)) == value
    assert "E" not in plain(value).upper()


@pytest.mark.parametrize(
    ("value", "outside", "inside"),
    [
        (True, "true", "true"),
        (7, "7", "7"),
        (1e-7, "1e-07", "1e-07"),
        (float("nan"), "nan", "null"),
        (float("-inf"), "-inf", "null"),
        (Decimal("1.50"), "1.5", "1.5"),
        ('say "ü"', 'say "ü"', '"say \\"ü\\""'),
        (b"\x00\xff", "0x00ff", '"0x00ff"'),
        (date(2024, 8, 8), "2024-08-08", '"2024-08-08"'),
        (datetime(2024, 8, 8, 23, 54, 0, 5, UTC), "2024-08-08T23:54:00.000005Z", '"2024-08-08T23:54:00.000005Z"'),
        (datetime(2024, 8, 8, 23, 54), "2024-08-08T23:54:00", '"2024-08-08T23:54:00"'),
        ([Decimal("2.50"), None], "[2.5, null]", "[2.5, null]"),
        ({"a": [], "b": None}, '{"a": [], "b": null}', '{"a": [], "b": null}'),
    ],
)
def test_text_and_json_text_of_a_value(value: Any, outside: str, inside: str) -> None:
    assert text(value) == outside
    assert json_text(value) == inside


def test_as_table_aligns_numbers_right_and_shows_null() -> None:
    rows = [("BTCUSDT", Decimal("212.0331500"), None), ("X", None, "y")]
    assert as_table(["symbol", "sum", "note"], rows) == (
        "symbol         sum  note\n"
        "-------  ---------  ----\n"
        "BTCUSDT  212.03315  NULL\n"
        "X             NULL  y"
    )  # fmt: skip


def test_as_table_without_rows_shows_the_columns() -> None:
    assert as_table(["a", "bc"], []) == "a  bc\n-  --"


def test_as_csv_quotes_and_leaves_null_empty() -> None:
    assert as_csv(["a", "b,c"], [(None, 'x"y'), (1, "")]) == 'a,"b,c"\n,"x""y"\n1,'


def test_as_json_gives_an_object_a_row() -> None:
    assert as_json(["a", "b"], [(1, None), (2, "x")]) == '[{"a": 1, "b": null},\n {"a": 2, "b": "x"}]'
    assert as_json(["a"], []) == "[]"


@given(st.lists(st.tuples(DECIMALS, TEXTS | st.none()), min_size=1))
def test_as_json_is_read_back_exactly(rows: list[tuple[Decimal, str | None]]) -> None:
    found = json.loads(as_json(["d", "s"], rows), parse_float=Decimal, parse_int=Decimal)
    assert [(row["d"], row["s"]) for row in found] == rows


@given(st.lists(st.tuples(TEXTS, TEXTS), min_size=1))
def test_as_csv_is_read_back_exactly(rows: list[tuple[str, str]]) -> None:
    _, *found = csv.reader(io.StringIO(as_csv(["a", "b"], rows), newline=""))
    assert [tuple(row) for row in found] == rows
