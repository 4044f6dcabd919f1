"""The parity ledger: prints that see every value and no order, and the sentence that names what differs."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from pyspark.sql import SparkSession

from schemas.errors import LakeError
from spark_jobs.cli.parity import as_table
from spark_jobs.parity.ledger import (
    BACKFILL,
    LIVE,
    PATHS,
    REPLAY,
    Entry,
    Print,
    Run,
    compare_prints,
    compared_tables,
    differences,
    require_equal,
    take_prints,
)

RUN = Run("r", datetime(2024, 8, 9, 1, tzinfo=UTC))
DAYS = (date(2024, 8, 8), date(2024, 8, 9))
SAME = [Print("gold.a", DAYS[0], 3, "h1"), Print("gold.a", DAYS[1], 2, "h2"), Print("gold.b", None, 0, "nothing")]

SCHEMA = "event_date date, symbol string, price decimal(18,9), obi double, held map<string,int>, ingest_ts timestamp"
ROWS = [
    (day, f"S{number}", Decimal(number), number / 7, {"a": number, "b": 1}, RUN.run_ts)
    for day in DAYS
    for number in range(50)
]


def entries(**prints: list[Print]) -> list[Entry]:
    """A ledger in which paths have other prints than these."""
    return compare_prints(RUN, {path: prints.get(path, SAME) for path in PATHS})


def prints_of(spark: SparkSession, rows: list[tuple]) -> list[Print]:
    """Prints of rows, in as many parts as there are threads."""
    spark.createDataFrame(rows, SCHEMA).createOrReplaceTempView("printed")
    return take_prints(spark, "printed")


def test_compare_prints_of_paths_that_agree() -> None:
    found = entries()
    assert len(found) == len(SAME) * len(PATHS)
    assert all(entry.is_equal for entry in found)
    assert {entry.run_date for entry in found} == {date(2024, 8, 9)}
    require_equal(found)


def test_planted_difference_is_named_with_table_day_and_path() -> None:
    other = [SAME[0], replace(SAME[1], row_count=9, hash="h9"), SAME[2]]
    found = entries(REPLAY=other)
    sentence = "gold.a of 2024-08-09 differs by REPLAY: 9 rows, hash h9; by LIVE 2 rows."
    assert list(differences(found)) == [sentence]
    with pytest.raises(LakeError, match=r"^gold\.a of 2024-08-09 differs by REPLAY"):
        require_equal(found)
    assert [(e.path, e.table_name, e.event_date) for e in found if not e.is_equal] == [(REPLAY, "gold.a", DAYS[1])]


def test_partition_that_a_path_misses_or_adds_differs() -> None:
    extra = Print("gold.a", date(2024, 8, 10), 1, "h3")
    found = entries(BACKFILL=SAME[1:], REPLAY=[*SAME, extra])
    assert [(e.path, e.event_date, e.row_count) for e in found if not e.is_equal] == [
        (BACKFILL, DAYS[0], 0),
        (REPLAY, date(2024, 8, 10), 1),
    ]
    with pytest.raises(LakeError, match=r"And 1 more\."):
        require_equal(found)


def test_table_shows_what_differs() -> None:
    shown = as_table(entries(REPLAY=[replace(SAME[0], hash="other"), *SAME[1:]]))
    columns = [list(column.cells) for column in shown.columns]
    assert [str(column.header) for column in shown.columns] == ["table", "day", "rows", "hash", BACKFILL, REPLAY]
    assert columns[-2:] == [["equal"] * 3, ["3 rows, other", "equal", "equal"]]


def test_everything_that_is_served_is_compared() -> None:
    found = compared_tables()
    assert {"silver.books", "gold.obi_100ms", "gold.portfolios", "gold.trade_costs", "gold.book_integrity_1m"} <= set(
        found
    )
    assert len(set(found)) == len(found)
    assert not [name for name in found if name.endswith("_partials")]
    assert PATHS[0] == LIVE


@pytest.mark.spark
def test_take_prints_of_the_same_rows_in_another_order(spark: SparkSession) -> None:
    before = prints_of(spark, ROWS)
    assert [(each.event_date, each.row_count) for each in before] == [(day, 50) for day in DAYS]
    later = [(*row[:-1], datetime(2030, 1, 1, tzinfo=UTC)) for row in reversed(ROWS)]
    assert prints_of(spark, later) == before
    assert prints_of(spark, []) == [Print("printed", None, 0, "nothing")]


@pytest.mark.spark
@pytest.mark.parametrize(
    ("column", "value"),
    [(1, "s7"), (2, Decimal("7.000000001")), (3, 1.0000000000000002), (3, None), (4, {"a": 8, "b": 1})],
)
def test_take_prints_sees_one_value_in_its_partition_only(spark: SparkSession, column: int, value: object) -> None:
    planted = list(ROWS)
    planted[57] = (*ROWS[57][:column], value, *ROWS[57][column + 1 :])
    before, after = prints_of(spark, ROWS), prints_of(spark, planted)
    assert before[0] == after[0]
    assert before[1].hash != after[1].hash
    swapped = [
        *ROWS[:48],
        (*ROWS[48][:2], ROWS[49][2], *ROWS[48][3:]),
        (*ROWS[49][:2], ROWS[48][2], *ROWS[49][3:]),
        *ROWS[50:],
    ]
    assert prints_of(spark, swapped)[0].hash != before[0].hash
