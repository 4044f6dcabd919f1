"""The weekly and the monthly report, from partials and days by hand to the CSV that the command writes."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from pyspark.sql import DataFrame

from pipelines.gold.ats_weekly import ATS_WEEKLY
from pipelines.gold.daily.execution_quality_1d import DAILY
from pipelines.gold.execution_quality_1mo import EXECUTION_QUALITY_1MO
from schemas.venue_reports import EXECUTION_QUALITY
from spark_jobs.cli.render import as_csv
from spark_jobs.cli.report import ATS_FIELDS, query_ats, query_execution_quality
from spark_jobs.io import Lake
from spark_jobs.lakehouse import view_statement
from spark_jobs.refresh import build
from tests.pipelines.gold.conftest import Fold
from tests.pipelines.gold.daily.exchange_rows import accepted, filled, inputs_of, quoted
from tests.pipelines.gold.partials import trades

pytestmark = pytest.mark.spark

MONDAY = datetime(2024, 8, 5, tzinfo=UTC)
DAY = timedelta(days=1)


def csv_of(lake: Lake, query: str) -> list[str]:
    """The lines of a report."""
    rows = lake.spark.sql(query)
    return as_csv(rows.columns, [tuple(row) for row in rows.collect()]).splitlines()


def dark(symbol: str, start: datetime, venue: str = "UBSA", **columns: object) -> tuple:
    return trades(symbol, start, **{"venue": venue, "count": 2, "quantity": 5, "value": 500} | columns)  # type: ignore[arg-type]  # numbers and texts


@pytest.fixture
def weeks(fold: Fold) -> DataFrame:
    last = MONDAY + 7 * DAY - timedelta(minutes=1)
    partials = [
        dark("AAPL", MONDAY),
        dark("AAPL", last, block_count=1),
        dark("AAPL", last + timedelta(minutes=1)),
        dark("AAPL", MONDAY, "SGMT"),
        dark("AAPL", MONDAY, "XNAS"),
        dark("AAPL", MONDAY, "NOWHERE"),
        dark("AAPL", MONDAY, "FINR"),
        dark("SMALL", MONDAY, late=40 * DAY),
        dark("SMALL", MONDAY, "SGMT", quantity="0.5"),
    ]
    return fold(ATS_WEEKLY, trades=partials)


def test_ats_weekly_sums_dark_pools_from_monday_to_sunday(weeks: DataFrame) -> None:
    assert weeks.columns == [name for name, _ in ATS_WEEKLY.columns]
    found = weeks.select("week_start", "tier", "symbol", "venue", "share_quantity", "trade_count", "block_count")
    week, next_week = MONDAY.date(), (MONDAY + 7 * DAY).date()
    assert sorted(tuple(row) for row in found.collect()) == [
        (week, "T1", "AAPL", "SGMT", 5, 2, 0),
        (week, "T1", "AAPL", "UBSA", 10, 4, 1),
        (week, "T2", "SMALL", "SGMT", Decimal("0.5"), 2, 0),
        (week, "T2", "SMALL", "UBSA", 5, 2, 0),
        (next_week, "T1", "AAPL", "UBSA", 5, 2, 0),
    ]


def test_ats_weekly_is_known_when_it_is_published_or_received(weeks: DataFrame) -> None:
    rows = weeks.where("week_start = DATE'2024-08-05'").collect()
    found = {(row.symbol, row.venue): (row.publication_date, row.known_from.astimezone(UTC)) for row in rows}
    tier_1, tier_2 = MONDAY + 21 * DAY, MONDAY + 35 * DAY
    assert found == {
        ("AAPL", "SGMT"): (tier_1.date(), tier_1),
        ("AAPL", "UBSA"): (tier_1.date(), tier_1),
        ("SMALL", "SGMT"): (tier_2.date(), tier_2),
        ("SMALL", "UBSA"): (tier_2.date(), MONDAY + 40 * DAY),
    }


def test_csv_of_a_week_has_the_fields_of_finra(lake: Lake, weeks: DataFrame) -> None:
    assert csv_of(lake, query_ats("2024-08-05")) == [
        ",".join(ATS_FIELDS),
        "2024-08-05,T1,AAPL,SGMT,Sigma X2,5,2,2024-08-26",
        "2024-08-05,T1,AAPL,UBSA,UBS ATS,10,4,2024-08-26",
        "2024-08-05,T2,SMALL,SGMT,Sigma X2,0.5,2,2024-09-09",
        "2024-08-05,T2,SMALL,UBSA,UBS ATS,5,2,2024-09-09",
    ]


@pytest.fixture
def months(lake: Lake) -> DataFrame:
    """An order on the 8th by the builder, the same again on the 9th, and one of September; another venue's."""
    events = [accepted(1, "a", 101, 4), filled(251, "a", 100.5, 3, 1)]
    quotes = [quoted(0, 99, 101), quoted(1_000, 99, 102), quoted(2_000, 99, 102)]
    inputs = {
        name: lake.spark.createDataFrame(rows).selectExpr("*", "DATE'2024-08-08' AS day")
        for name, rows in inputs_of(DAILY, events=events, quotes=quotes).items()
    }
    lake.create(EXECUTION_QUALITY)
    once = build(DAILY, inputs).collect()
    rows = [row.asDict() for row in once] * 4
    changes = [{}, {"event_date": date(2024, 8, 9)}, {"event_date": date(2024, 9, 1)}, {"venue": "DLXB"}]
    rows = [
        tuple((row | change)[name] for name in EXECUTION_QUALITY.column_names)
        for row, change in zip(rows, changes, strict=True)
    ]
    written = lake.spark.createDataFrame(rows, EXECUTION_QUALITY.schema).write.format("delta").mode("append")
    written.saveAsTable(EXECUTION_QUALITY.name)
    lake.spark.sql(view_statement(EXECUTION_QUALITY_1MO))
    return lake.spark.table(EXECUTION_QUALITY_1MO.name)


def test_execution_quality_1mo_averages_sums_over_days(months: DataFrame) -> None:
    assert months.columns == [name for name, _ in EXECUTION_QUALITY_1MO.columns]
    found = [(str(row.month_start), row.venue, row.order_count) for row in months.collect()]
    assert sorted(found) == [("2024-08-01", "DLXA", 2), ("2024-08-01", "DLXB", 1), ("2024-09-01", "DLXA", 1)]
    (row,) = months.where("venue = 'DLXA' AND order_count = 2").collect()
    assert (row.order_type, row.order_size, row.lot_status) == ("MARKETABLE_LIMIT", "250-1000", "ODD_LOT")
    assert (row.quantity, row.executed_quantity, row.executed_away_quantity, row.filled_order_count) == (8, 6, 0, 2)
    assert (row.executed_under_1s_quantity, row.time_avg_ms) == (6, 250)
    assert (row.quoted_spread_avg, row.effective_spread_avg, row.effective_over_quoted_pct) == (2, 1, 50)
    assert (row.realised_spread_50ms_avg, row.realised_spread_1s_avg, row.realised_spread_5m_avg) == (1, 0, None)
    assert (row.improved_quantity, row.improved_avg, row.improved_time_avg_ms) == (6, 0.5, 250)
    assert (row.at_quote_quantity, row.at_quote_time_avg_ms, row.outside_avg) == (0, None, None)


def test_csv_of_a_month_has_the_columns_of_the_view(lake: Lake, months: DataFrame) -> None:
    lines = csv_of(lake, query_execution_quality("2024-08", None))
    assert lines[0].split(",") == [name for name, _ in EXECUTION_QUALITY_1MO.columns if name != "known_from"]
    assert [line.split(",")[:8] for line in lines[1:]] == [
        ["2024-08-01", "DLXA", "S", "MARKETABLE_LIMIT", "250-1000", "ODD_LOT", "2", "2"],
        ["2024-08-01", "DLXB", "S", "MARKETABLE_LIMIT", "250-1000", "ODD_LOT", "1", "1"],
    ]
    assert len(csv_of(lake, query_execution_quality("2024-08", "DLXB"))) == 2
    assert len(csv_of(lake, query_execution_quality("2024-07", None))) == 1
