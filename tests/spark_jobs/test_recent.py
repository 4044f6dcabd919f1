"""Views that are held in memory while somebody asks for them, and are as ever when nobody does."""

import random
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pyarrow as pa
import pytest
from pyspark.sql import DataFrame, Row, SparkSession

from pipelines.gold.held import RecentView
from pipelines.gold.market_prices import MARKET_PRICES
from pipelines.gold.portfolios import PORTFOLIOS
from pipelines.gold.recent import RECENT
from pipelines.gold.venues import VENUES_VIEW
from schemas import bronze, daily, gold, silver, venue_reports
from schemas.recent import KEPT_M, LEAD_M, SCHEMA
from schemas.registry import Table
from spark_jobs import recent
from spark_jobs.io import Lake
from spark_jobs.lakehouse import view_statement
from spark_jobs.recent import Recent
from spark_jobs.settings import Settings
from tests.waiting import wait_for

pytestmark = pytest.mark.spark

QUERY = "SELECT max(number) AS number FROM watched.numbers"
VIEW = RecentView("numbers_now", QUERY, QUERY)
BY_MINUTE = (
    "gold.trades_1m_partials",
    "gold.book_integrity_1m",
    "gold.venue_quotes_1m",
    "gold.portfolios_1m_partials",
)
READ = (
    *bronze.TABLES,
    *silver.TABLES,
    silver.BOOKS,
    *silver.REJECTED_TABLES,
    *gold.TABLES,
    daily.BOOK_INTEGRITY,
    venue_reports.VENUE_QUOTES,
)
# Not so near to the ends of what is kept, 15 minutes of micro-batches, that the test would take a row over one of them.
AGES_M = (*range(1, 8), *range(16, KEPT_M - 5), *range(KEPT_M + 5, KEPT_M + LEAD_M - 5), KEPT_M + LEAD_M + 5)
# Nanoseconds of rows count from here: sums of those since 1970 would overflow.
BEGIN = datetime.now(UTC) - timedelta(days=1)


@dataclass
class Asked:
    """What the check of the Thrift door notes."""

    at: dict[str, float] = field(default_factory=dict)

    def askedAt(self, name: str) -> int:  # the name it has in Java
        """Milliseconds since 1970."""
        return int(self.at.get(name, 0) * 1e3)


@pytest.fixture
def watched(spark: SparkSession, instance_settings: Settings) -> Iterator[Lake]:
    """A table with the number 1."""
    spark.sql("CREATE SCHEMA watched")
    spark.sql("CREATE TABLE watched.numbers USING delta AS SELECT 1 AS number")
    yield Lake(spark, instance_settings)
    spark.sql("DROP SCHEMA watched CASCADE")


def rows_since(rows: DataFrame, since: datetime) -> list[Row]:
    """Those that are not of a window before some time, in some order that depends on the rows only."""
    kept = [row for row in rows.collect() if "window_start" not in row or row.window_start >= since]
    return sorted(kept, key=repr)


def seen(lake: Lake) -> int:
    """The greatest number by the view."""
    return int(lake.spark.table(f"{SCHEMA}.numbers_now").collect()[0].number)


def test_recent_is_in_memory_while_somebody_asks(watched: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = Asked()
    held = Recent(watched, [VIEW], asked)
    assert (held.look(), seen(watched)) == ([], 1)
    watched.spark.sql("INSERT INTO watched.numbers VALUES (2)")
    assert seen(watched) == 2
    asked.at["numbers_now"] = time.time()
    assert held.look() == ["numbers_now"]
    watched.spark.sql("INSERT INTO watched.numbers VALUES (3)")
    assert (held.look(), seen(watched)) == ([], 2)
    later = time.monotonic() + 600
    monkeypatch.setattr(time, "monotonic", lambda: later)
    assert (held.look(), seen(watched)) == (["numbers_now"], 3)
    asked.at["numbers_now"] = time.time() - recent.WATCHED_S
    watched.spark.sql("INSERT INTO watched.numbers VALUES (4)")
    assert (held.look(), seen(watched)) == ([], 4)


def test_recent_goes_on_after_a_view_that_cannot_be_computed(
    watched: Lake, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(recent, "LOOK_S", 0.05)
    asked = Asked({"numbers_now": time.time() + 600})
    with Recent(watched, [VIEW], asked).kept():
        watched.spark.sql("ALTER TABLE watched.numbers RENAME TO watched.others")
        wait_for(lambda: "Rows of schema recent stay as they are" in caplog.text)
        watched.spark.sql("ALTER TABLE watched.others RENAME TO watched.numbers")
        monkeypatch.setattr(recent, "EVERY_S", 0.0)
        watched.spark.sql("INSERT INTO watched.numbers VALUES (5)")
        wait_for(lambda: seen(watched) == 5)


def random_value(chance: random.Random, kind: pa.DataType) -> object:
    if pa.types.is_decimal(kind):
        return Decimal(chance.randrange(1, 10**6)).scaleb(-min(kind.scale, 3))
    if pa.types.is_list(kind) and pa.types.is_string(kind.value_type):
        return [f"price {chance.uniform(-1, 0):f} is not positive", "symbol is missing"][: chance.randrange(1, 3)]
    if pa.types.is_list(kind):
        return [random_value(chance, kind.value_type) for _ in range(2)]
    if pa.types.is_floating(kind):
        return chance.uniform(-1, 1)
    if pa.types.is_integer(kind):
        return chance.randrange(1, 10**6)
    return chance.random() < 0.7 if pa.types.is_boolean(kind) else None


def random_rows(chance: random.Random, table: Table, count: int) -> pa.Table:
    """Rows with few symbols and venues, and times as AGES_M; an order in time is never in doubt."""
    now = datetime.now(UTC).replace(second=0, microsecond=0)
    rows = []
    for number in range(count):
        at = now - timedelta(minutes=chance.choice(AGES_M))
        if table.name not in BY_MINUTE:
            at += timedelta(seconds=chance.randrange(60))
        row = {f.name: random_value(chance, f.type) for f in table.arrow_schema}
        ns = (at - BEGIN) // timedelta(seconds=1) * 10**9 + chance.randrange(10**9)
        row |= {name: ns for name in row if name.endswith("_ns")}
        row |= {f.name: at for f in table.arrow_schema if pa.types.is_timestamp(f.type)}
        row |= {"symbol": chance.choice("AB"), "venue": chance.choice(["XNAS", "IEXG"]), "event_date": at.date()}
        row |= {"account_id": chance.choice("MN"), "producer_id": "exchange"}
        row[table.partition_by] = at.date()
        row |= {name: [] for name in row if name in ("ask_prices", "ask_quantities") and number % 5 == 0}
        rows.append({name: row[name] for name in table.column_names})
    return pa.Table.from_pylist(rows, table.arrow_schema)


def add_random_rows(lake: Lake, chance: random.Random) -> None:
    for table in READ:
        rows = lake.spark.createDataFrame(random_rows(chance, table, 150), table.schema)
        rows.write.format("delta").mode("append").partitionBy(table.partition_by).saveAsTable(table.name)


@pytest.fixture
def filled(lake: Lake) -> Lake:
    """Tables that a second commit adds to, and the views over them."""
    for table in READ:
        lake.create(table)
    for view in (VENUES_VIEW, PORTFOLIOS, MARKET_PRICES):
        lake.spark.sql(view_statement(view))
    add_random_rows(lake, random.Random(1))
    return lake


def test_recent_is_what_the_tables_have(filled: Lake) -> None:
    views = {each.noun: each for each in RECENT}
    since = datetime.now() - timedelta(minutes=KEPT_M - 5)  # minutes before are about to go
    asked = Asked(dict.fromkeys(views, time.time() + 600))
    held = Recent(filled, RECENT, asked)
    for _ in views:
        assert held.look()
    add_random_rows(filled, random.Random(2))
    for noun in views:
        held._hold(noun)
    found = {noun: rows_since(filled.spark.table(f"{SCHEMA}.{noun}"), since) for noun in views}
    assert [noun for noun, rows in found.items() if not rows] == []
    assert found == {noun: rows_since(filled.spark.sql(view.query), since) for noun, view in views.items()}
    asked.at.clear()
    held.look()
    assert found == {noun: rows_since(filled.spark.table(f"{SCHEMA}.{noun}"), since) for noun in views}


def test_recent_follows_tables_that_nobody_asks_for(filled: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recent, "FOLLOW_S", 0.0)
    view = next(each for each in RECENT if each.noun == "trades")
    held = Recent(filled, [view], Asked())
    before = filled.spark.table("recent.trades").count()
    held.follow()
    filled.spark.sql("INSERT INTO silver.trades SELECT * FROM silver.trades")
    assert filled.spark.table("recent.trades").count() == before
    held.follow()
    assert filled.spark.table("recent.trades").count() == 2 * before
