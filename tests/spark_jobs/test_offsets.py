"""Offsets: what a batch reads, what is left of it, what Spark logged of it."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spark_jobs.offsets import BatchOffsets, Offsets, batch_offsets, committed_offsets, merge

OFFSETS = st.dictionaries(st.integers(0, 3), st.integers(0, 50))


def write_log(checkpoint: Path, batches: list[Offsets], committed: int) -> None:
    """A checkpoint as Spark writes it, the first batch starting at 2 of partition 0."""
    for folder in ("offsets", "commits", "sources/0"):
        (checkpoint / folder).mkdir(parents=True)
    (checkpoint / "sources" / "0" / "0").write_text('0v1\n{"market.trades.v1":{"0":2}}')
    for number, offsets in enumerate(batches):
        text = json.dumps({"market.trades.v1": {str(p): o for p, o in offsets.items()}})
        (checkpoint / "offsets" / str(number)).write_text(f"v1\n{{}}\n{text}")
    for number in range(committed):
        (checkpoint / "commits" / str(number)).write_text("v1\n{}")


@pytest.mark.parametrize(
    ("start", "end", "reached", "expected", "rows"),
    [
        ({0: 2}, {0: 5}, {}, {0: 2}, 3),
        ({0: 2}, {0: 5}, {0: 4}, {0: 4}, 1),
        ({0: 2}, {0: 5}, {0: 9}, {0: 9}, 0),
        ({0: 2}, {0: 5, 1: 3}, {0: 5}, {0: 5, 1: 0}, 3),
        ({0: 2}, {0: 5}, {7: 4}, {0: 2}, 3),
    ],
)
def test_after_leaves_what_is_missing(
    start: Offsets, end: Offsets, reached: Offsets, expected: Offsets, rows: int
) -> None:
    missing = BatchOffsets(start, end).after(reached)
    assert (missing.start, missing.rows) == (expected, rows)


@given(OFFSETS, OFFSETS, OFFSETS)
def test_merge_in_any_order_is_the_furthest(one: Offsets, two: Offsets, three: Offsets) -> None:
    assert merge(one, two) == merge(two, one)
    assert merge(merge(one, two), three) == merge(one, merge(two, three))
    assert merge(one, one) == one


@given(OFFSETS, OFFSETS)
def test_after_what_was_reached_nothing_is_missing(end: Offsets, reached: Offsets) -> None:
    assert BatchOffsets({}, end).after(merge(reached, end)).rows == 0


def test_batch_offsets_are_those_that_spark_logged(tmp_path: Path) -> None:
    write_log(tmp_path, [{0: 5}, {0: 9, 1: 1}], 1)
    assert batch_offsets(tmp_path, 0) == BatchOffsets({0: 2}, {0: 5})
    assert batch_offsets(tmp_path, 1) == BatchOffsets({0: 5}, {0: 9, 1: 1})


def test_committed_offsets_are_those_of_the_last_batch_that_went_through(tmp_path: Path) -> None:
    write_log(tmp_path / "some", [{0: index} for index in range(12)], 11)
    assert committed_offsets(tmp_path / "some") == {0: 10}
    assert committed_offsets(tmp_path / "none") == {}
