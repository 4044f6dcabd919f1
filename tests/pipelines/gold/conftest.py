"""The gold views over partial tables that a test gives."""

from collections.abc import Callable

import pytest
from pyspark.sql import DataFrame

from pipelines.gold.venues import VENUES_VIEW
from schemas.daily import BOOK_INTEGRITY
from schemas.gold import ACCOUNT_PARTIALS, OBI_PARTIALS, PRICE_PARTIALS, SNAPSHOT_PARTIALS, TRADE_PARTIALS
from schemas.registry import View
from schemas.venue_reports import VENUE_QUOTES
from spark_jobs.io import Lake
from spark_jobs.lakehouse import view_statement

Load = Callable[..., None]
Fold = Callable[..., DataFrame]

PARTIALS = {
    "quotes": OBI_PARTIALS,
    "trades": TRADE_PARTIALS,
    "prices": PRICE_PARTIALS,
    "accounts": ACCOUNT_PARTIALS,
    "snapshots": SNAPSHOT_PARTIALS,
}


@pytest.fixture
def load(lake: Lake) -> Load:
    """`load(quotes=..., trades=...)` fills the partial tables of those that are given."""

    def fill(**partials: DataFrame) -> None:
        for noun, rows in partials.items():
            table = PARTIALS[noun]
            writer = rows.coalesce(1).write.format("delta").mode("overwrite").option("path", lake.path(table))
            writer.saveAsTable(table.name)

    return fill


@pytest.fixture
def fold(lake: Lake, load: Load) -> Fold:
    """`fold(view, quotes=..., trades=...)` gives the rows of a view over rows of the partial tables."""

    def fold_rows(view: View, **partials: object) -> DataFrame:
        load(**{noun: lake.spark.createDataFrame(rows, PARTIALS[noun].schema) for noun, rows in partials.items()})
        for table in (BOOK_INTEGRITY, VENUE_QUOTES):
            lake.create(table)
        for each in (VENUES_VIEW, view):
            lake.spark.sql(view_statement(each))
        return lake.spark.table(view.name)

    return fold_rows
