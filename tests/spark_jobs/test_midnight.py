"""Days side by side: what one clock has before midnight and the other after it counts once, in the minute it is of."""

from collections.abc import Callable
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from pipelines.gold.daily.columns import MINUTE_NS, dates, times
from pipelines.gold.daily.tables import DAILY
from pipelines.gold.effective_spread_1m import EFFECTIVE_SPREAD_1M
from schemas.daily import BOOK_INTEGRITY
from schemas.measures import BOOK_MEASURES, TRADE_COSTS
from schemas.registry import Table
from schemas.silver import BOOKS, SILVER_QUOTES
from spark_jobs.io import Lake
from spark_jobs.lakehouse import view_statement
from spark_jobs.refresh import Days, daily_named, refresh
from tests.pipelines.gold.daily.conftest import Day, read_day
from tests.spark_jobs.streams import hashed

pytestmark = pytest.mark.spark

FIRST, SECOND = date(2024, 8, 8), date(2024, 8, 9)
BOTH = Days(FIRST, SECOND)
NEIGHBOURS = (Days(FIRST, FIRST), Days(SECOND, SECOND))
KEY = "symbol, venue, window_start"
LATE_NS = 5 * 10**9  # the venue's clock is a second ahead in the capture

Fill = Callable[[int], Day]


def over_midnight(day: Day, delay_ns: int) -> Day:
    """A capture of six minutes, three of them before midnight, received so much later than it was."""
    return Day({name: _moved(rows, delay_ns) for name, rows in day.tables.items() if len(rows)})


def _moved(rows: pa.Table, delay_ns: int) -> pa.Table:
    receive = rows.column("receive_ns").to_numpy() + 3 * MINUTE_NS + delay_ns
    is_timed = rows.column("has_venue_ts").to_numpy()
    event = np.where(is_timed, rows.column("event_ns").to_numpy() + 3 * MINUTE_NS, receive)
    moved = {"receive_ns": receive, "event_ns": event, "event_ts": times(event), "event_date": dates(event)}
    for name, values in moved.items():
        if name in rows.column_names:
            place = rows.schema.get_field_index(name)
            rows = rows.set_column(place, rows.schema.field(place), pa.array(values))
    return rows


@pytest.fixture
def fill(lake: Lake) -> Fill:
    """Silver has a capture that goes over midnight; tables by the day have no row."""

    def write(delay_ns: int) -> Day:
        day = over_midnight(read_day("spot_btcusdt"), delay_ns)
        for name, rows in day.tables.items():
            written = lake.spark.createDataFrame(rows.combine_chunks()).write.format("delta").mode("append")
            written.partitionBy("event_date").saveAsTable(name)
        for daily in DAILY:
            lake.create(daily.table)
        return day

    return write


def arrivals(books: pa.Table) -> int:
    """Messages of depth from which books were rebuilt."""
    return len(books) - (pc.sum(books.column("is_recovered")).as_py() or 0)


def counted(lake: Lake, table: Table, name: str) -> int:
    """The sum of a column."""
    (total,) = lake.read(table).selectExpr(f"sum({name})").first() or ()
    return int(total)


def twice(lake: Lake, name: str) -> int:
    """Keys of more than one row."""
    return lake.spark.sql(f"SELECT {KEY} FROM {name} GROUP BY {KEY} HAVING count(*) > 1").count()


@pytest.mark.parametrize("delay_ns", [0, LATE_NS], ids=["venue ahead", "receiver ahead"])
def test_refresh_of_days_side_by_side(lake: Lake, fill: Fill, delay_ns: int) -> None:
    day = fill(delay_ns)
    books = day.tables[BOOKS.name]
    received = times(books.column("receive_ns").to_numpy()).cast(pa.date32())
    assert not pc.all(pc.equal(received, books.column("event_date").combine_chunks())).as_py()
    for table in (BOOK_INTEGRITY, BOOK_MEASURES):
        for days in NEIGHBOURS:
            refresh(lake.spark, daily_named(table.name), days)
        alone = hashed(lake.read(table))
        refresh(lake.spark, daily_named(table.name), BOTH)
        assert hashed(lake.read(table)) == alone
        assert twice(lake, table.name) == 0
        assert lake.read(table).where("event_date <> to_date(window_start) OR clock <> 'RECEIVE'").count() == 0
        assert lake.read(table).select("event_date").distinct().count() == 2
    assert counted(lake, BOOK_INTEGRITY, "message_count") == arrivals(books)
    assert counted(lake, BOOK_INTEGRITY, "equal_count") == counted(lake, BOOK_INTEGRITY, "compared_count") == 2894
    assert counted(lake, BOOK_MEASURES, "book_count") == arrivals(books)
    assert counted(lake, BOOK_MEASURES, "quote_count") == len(day.tables[SILVER_QUOTES.name])


@pytest.mark.parametrize("delay_ns", [0, LATE_NS], ids=["venue ahead", "receiver ahead"])
def test_effective_spread_of_days_side_by_side(lake: Lake, fill: Fill, delay_ns: int) -> None:
    day = fill(delay_ns)
    for days in NEIGHBOURS:
        refresh(lake.spark, daily_named(TRADE_COSTS.name), days)
    lake.spark.sql(view_statement(EFFECTIVE_SPREAD_1M))
    assert twice(lake, EFFECTIVE_SPREAD_1M.name) == 0
    trades = lake.spark.table(EFFECTIVE_SPREAD_1M.name).selectExpr("sum(trade_count)").first()
    assert trades == (len(day.tables["silver.trades"]),)
    assert lake.spark.table(EFFECTIVE_SPREAD_1M.name).where("event_date <> to_date(window_start)").count() == 0
