"""Tables by the day in Spark: what a day had is replaced, other days stay, and the rows are those of the builder."""

from datetime import date

import pyarrow as pa
import pytest
from pyspark.sql import functions as F

from pipelines.gold.daily.declare import Daily
from pipelines.gold.daily.tables import DAILY
from pipelines.gold.obi_100ms import READS, build_obi_partials
from pipelines.gold.views import VIEWS
from schemas.gold import OBI_PARTIALS
from spark_jobs.io import Lake
from spark_jobs.lakehouse import view_statement
from spark_jobs.refresh import Days, between, daily_named, days_of, refresh
from tests.conftest import save
from tests.pipelines.gold.daily.conftest import Day, read_day
from tests.spark_jobs.streams import hashed

pytestmark = pytest.mark.spark

DAY = date(2024, 8, 8)
DAYS = Days(DAY, DAY)
NAMES = ("spot_btcusdt", "spot_ethusdt")


@pytest.fixture
def days(lake: Lake) -> list[Day]:
    """The lake has the tables of two captures in silver, and tables by the day without rows."""
    found = [read_day(name) for name in NAMES]
    for day in found:
        save(lake, day.tables)
    for daily in DAILY:
        lake.create(daily.table)
    return found


def test_refresh_gives_the_rows_of_the_builder(lake: Lake, days: list[Day]) -> None:
    for daily in DAILY:
        expected = pa.concat_tables([day.build_on(daily, DAY) for day in days])
        assert refresh(lake.spark, daily, DAYS) == len(expected)
        wanted = lake.spark.createDataFrame(expected, daily.table.schema)
        assert hashed(lake.read(daily.table)) == hashed(wanted), daily.table.name


def test_minutes_not_to_be_trusted_are_left_out_of_views(lake: Lake, days: list[Day]) -> None:
    lake.create(OBI_PARTIALS)
    for noun in ("obi_100ms", "effective_spread_1m"):
        lake.spark.sql(view_statement(next(view for view in VIEWS if view.name == f"gold.{noun}")))
    quotes = build_obi_partials(days[0].on(DAY).tables["silver.quotes"].select(READS))
    written = lake.spark.createDataFrame(quotes.combine_chunks()).write.format("delta").mode("append")
    written.saveAsTable(OBI_PARTIALS.name)
    for name in ("gold.book_integrity_1m", "gold.trade_costs"):
        refresh(lake.spark, daily_named(name), DAYS)
    minutes = "select count(distinct date_trunc('minute', window_start)) from gold.obi_100ms where symbol = 'BTCUSDT'"
    assert lake.spark.sql(minutes).first() == (6,)
    lake.spark.sql("update gold.book_integrity_1m set is_trusted = false where minute(window_start) in (55, 57)")
    assert lake.spark.sql(minutes).first() == (4,)
    refresh(lake.spark, daily_named("gold.trade_costs"), DAYS)
    kept = (
        "select sum(trade_count), count(*), max(effective_bps) from gold.effective_spread_1m where symbol = 'BTCUSDT'"
    )
    trades, count, largest = lake.spark.sql(kept).first() or ()
    assert 0 < trades < len(days[0].on(DAY).tables["silver.trades"])
    assert count == 4
    assert largest is not None


def test_refresh_again_replaces_a_day_and_leaves_the_others(lake: Lake, days: list[Day]) -> None:
    integrity = daily_named("gold.book_integrity_1m")
    count = refresh(lake.spark, integrity, DAYS)
    other = lake.read(integrity.table).withColumn("event_date", F.lit(date(2024, 8, 7)))
    other.write.format("delta").mode("append").saveAsTable(integrity.table.name)
    before = hashed(lake.read(integrity.table))
    assert refresh(lake.spark, integrity, DAYS) == count
    assert hashed(lake.read(integrity.table)) == before
    assert refresh(lake.spark, integrity, Days(date(2024, 8, 7), date(2024, 8, 7))) == 0
    assert lake.read(integrity.table).count() == count


def test_days_of_the_inputs(lake: Lake, days: list[Day]) -> None:
    assert days_of(lake.spark, DAILY) == [DAY, date(2024, 8, 9)]  # some of what was received before midnight is later


@pytest.mark.parametrize(
    ("begin", "end", "expected"), [(None, None, [7, 8, 9]), (8, None, [8, 9]), (None, 8, [7, 8]), (8, 8, [8])]
)
def test_between(begin: int | None, end: int | None, expected: list[int]) -> None:
    limits = [date(2024, 8, number) if number else None for number in (begin, end)]
    assert [day.day for day in between((date(2024, 8, n) for n in (7, 8, 9)), *limits)] == expected


def test_every_table_by_the_day_reads_what_stands_before_it() -> None:
    seen: set[str] = set()
    for daily in DAILY:
        assert {name for each in daily.inputs if not (name := each.name).startswith("silver.")} <= seen
        assert set(daily.keys) <= {name for each in daily.inputs for name in each.reads}
        assert _columns(daily) <= set(daily.table.column_names)
        seen.add(daily.table.name)


def _columns(daily: Daily) -> set[str]:
    return {daily.known_at, *daily.lags_ns}
