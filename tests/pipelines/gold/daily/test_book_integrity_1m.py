"""gold.book_integrity_1m: captures are whole and equal to the venue's own touch; what is lost, shows."""

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from pipelines.gold.daily.book_integrity_1m import DAILY
from pipelines.silver.book_rows import READS
from pipelines.silver.books import build_books
from schemas.silver import BOOKS, SILVER_DEPTH, SILVER_QUOTES
from tests.pipelines.gold.daily.conftest import Day

Read = Callable[..., Day]
EQUAL = {"spot_btcusdt": 2894, "spot_ethusdt": 2671, "usdm_ethusdt": 5590}


def total(rows: pa.Table, name: str) -> Any:
    """The sum of a column."""
    return pc.sum(rows.column(name)).as_py()


@pytest.mark.parametrize("name", EQUAL)
def test_integrity_of_a_capture_is_one_in_every_minute(day: Read, name: str) -> None:
    rows = day(name).build(DAILY)
    assert (total(rows, "equal_count"), total(rows, "compared_count")) == (EQUAL[name], EQUAL[name])
    assert total(rows, "message_count") == len(day(name).tables[SILVER_DEPTH.name])
    assert {total(rows, f"{what}_count") for what in ("gap", "invalid", "crossed", "locked")} == {0}
    assert set(rows.column("integrity_score").to_pylist()) == {1.0}
    assert rows.column("is_trusted").to_pylist() == [True] * len(rows)
    minutes = rows.column("window_start").to_pylist()
    assert [(b - a).total_seconds() for a, b in pairwise(minutes)] == [60] * (len(rows) - 1)


@pytest.mark.parametrize("name", ["spot_btcusdt", "usdm_ethusdt"])
def test_integrity_without_early_diffs_is_low(day: Read, name: str) -> None:
    rows = day(name, without_early_diffs=True).build(DAILY)
    assert total(rows, "gap_count") == 1
    assert total(rows, "invalid_count") == total(rows, "message_count") - 1  # the snapshot alone is a book
    assert max(rows.column("integrity_score").to_pylist()) < 0.01
    assert not any(rows.column("is_trusted").to_pylist())


@pytest.mark.parametrize("column", ["bid_price", "ask_quantity"])
def test_integrity_falls_with_each_touch_that_differs(day: Read, column: str) -> None:
    tables = dict(day("spot_ethusdt").tables)
    quotes = tables[SILVER_QUOTES.name]
    moved = pc.if_else(
        pa.array(np.arange(len(quotes)) % 2 == 0), pc.add(quotes.column(column), pa.scalar(1)), quotes.column(column)
    )
    place = quotes.schema.get_field_index(column)
    tables[SILVER_QUOTES.name] = quotes.set_column(place, column, moved.cast(quotes.schema.field(column).type))
    rows = Day(tables).build(DAILY)
    assert total(rows, "compared_count") == EQUAL["spot_ethusdt"]
    assert 0.4 < total(rows, "equal_count") / total(rows, "compared_count") < 0.6
    assert rows.column("integrity_score").to_pylist() == rows.column("equal_share").to_pylist()


def test_integrity_of_a_gap_that_a_snapshot_closes(day: Read) -> None:
    depth = day("spot_btcusdt").tables[SILVER_DEPTH.name]
    snapshot = depth.column("kind").index("SNAPSHOT").as_py()
    hole = snapshot + 1500
    rows = pa.concat_tables([depth.slice(0, hole), depth.slice(hole + 20)])
    tables = dict(day("spot_btcusdt").tables) | {BOOKS.name: build_books(rows.select(READS))}
    minutes = Day(tables).build(DAILY)
    assert total(minutes, "gap_count") == 1
    trusted = minutes.column("is_trusted").to_pylist()
    assert trusted == sorted(trusted, reverse=True)
    assert set(trusted) == {True, False}


def test_integrity_of_no_book_is_no_row(day: Read) -> None:
    tables = dict(day("spot_btcusdt").tables)
    assert len(Day(tables | {BOOKS.name: tables[BOOKS.name].slice(0, 0)}).build(DAILY)) == 0


def test_integrity_without_quotes_counts_gaps_only(day: Read) -> None:
    tables = dict(day("spot_btcusdt").tables)
    rows = Day(tables | {SILVER_QUOTES.name: tables[SILVER_QUOTES.name].slice(0, 0)}).build(DAILY)
    assert rows.column("equal_share").null_count == len(rows)
    assert set(rows.column("integrity_score").to_pylist()) == {1.0}
