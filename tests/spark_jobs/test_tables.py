"""Tables as a session sees them."""

import pytest

from schemas.bronze import BRONZE_TRADES
from spark_jobs.io import Lake
from spark_jobs.tables import append_rows, history, literal, read_version, read_versions

NAME = BRONZE_TRADES.name


@pytest.mark.spark
def test_versions_are_those_of_the_commits(lake: Lake) -> None:
    lake.create(BRONZE_TRADES)
    row = tuple(None for _ in BRONZE_TRADES.column_names)
    for _ in range(2):
        append_rows(lake.spark, BRONZE_TRADES, [row])
    assert read_versions(lake.spark, [NAME]) == {NAME: 2}
    assert [commit.version for commit in history(lake.spark, NAME)] == [2, 1, 0]
    assert [read_version(lake.spark, NAME, version).count() for version in (None, 1, 0)] == [2, 1, 0]
    said = "it's a \\ and a 'word'"
    assert lake.spark.sql(f"SELECT {literal(said)}").first() == (said,)
