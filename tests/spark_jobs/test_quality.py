"""Suites on real Delta tables: a clean table passes, a row that is spoiled is shown, and results are kept."""

import json
import re
from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from pyspark.sql import SparkSession
from pyspark.sql.types import Row

from expectations.checks import Suite, never
from schemas.errors import QualityError
from schemas.quality import DATA_QUALITY
from schemas.silver import SILVER_TRADES
from spark_jobs.data_docs import make_offline, write_docs
from spark_jobs.io import Lake
from spark_jobs.quality import QualityResult, append_results, check, require_passed, run_suite

DAY, NEXT = date(2024, 8, 8), date(2024, 8, 9)
NOON = datetime(2024, 8, 8, 12, tzinfo=UTC)
NS = 1_723_118_400 * 10**9
TRADE = {
    "producer_id": "p",
    "symbol": "S",
    "venue": "XNAS",
    "event_ts": NOON,
    "event_ns": NS,
    "receive_ns": NS,
    "has_venue_ts": True,
    "trade_id": "t",
    "price": Decimal(5),
    "quantity": Decimal(2),
    "aggressor_side": "BUY",
    "kafka_topic": "market.trades.v1",
    "kafka_partition": 0,
    "kafka_offset": 1,
    "kafka_ts": NOON,
    "ingest_ts": NOON,
    "event_date": DAY,
}
SCRATCH = Suite("rows", ("id",), "", (never("missing > 0", "missing is at most 0", "missing"),))


@pytest.fixture
def trades(lake: Lake) -> Lake:
    """Five trades of a day, as silver has them."""
    lake.create(SILVER_TRADES)
    rows = [tuple({**TRADE, "seq": seq}.get(name) for name in SILVER_TRADES.column_names) for seq in range(5)]
    lake.spark.createDataFrame(rows, SILVER_TRADES.schema).write.format("delta").mode("append").saveAsTable(
        SILVER_TRADES.name
    )
    return lake


def failures(result: QualityResult) -> dict[str, int | None]:
    """What does not hold, and of how many rows."""
    return {outcome.check.sentence: outcome.unexpected_count for outcome in result.failures}


def outward(page: str) -> list[str]:
    """What a page would fetch from elsewhere, or leads to."""
    return re.findall(r"""(?:src|href)\s*=\s*["']?(?:https?:)?//[^"'\s>]+|url\([^)]*//[^)]*\)|@import[^;]*""", page)


@pytest.mark.spark
def test_check_of_a_clean_table_passes(trades: Lake, capsys: pytest.CaptureFixture[str]) -> None:
    result = check(trades.spark, "silver.trades", DAY)
    assert failures(result) == {}
    assert not result.is_blocked
    assert len(result.outcomes) > 20
    require_passed([result])
    assert capsys.readouterr() == ("", "")
    assert trades.spark._jsparkSession.sharedState().cacheManager().isEmpty()


@pytest.mark.spark
@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ("price = -1", "price is above 0"),
        ("symbol = null", "symbol is present"),
        ("aggressor_side = '3'", "aggressor_side is one of BUY, SELL"),
        ("kafka_ts = kafka_ts - INTERVAL 1 HOUR", "event_ts is at most 300 seconds ahead of kafka_ts"),
        ("event_ns = event_ns + 1000", "event_ts is event_ns"),
        ("quantity = 999999999.999999999", "quantity is within ±999999999.999999998"),
    ],
)
def test_check_of_a_spoiled_row_shows_it(trades: Lake, change: str, sentence: str) -> None:
    trades.spark.sql(f"update silver.trades set {change} where seq = 3")
    result = check(trades.spark, "silver.trades", DAY)
    (outcome,) = result.failures
    assert (outcome.check.sentence, outcome.unexpected_count) == (sentence, 1)
    assert outcome.is_blocking
    assert result.is_blocked
    (row,) = map(json.loads, outcome.sample)
    assert (row["producer_id"], row["seq"]) == ("p", 3)
    assert set(outcome.check.columns) <= set(row)


@pytest.mark.spark
def test_check_of_a_day_leaves_other_days_alone(trades: Lake) -> None:
    trades.spark.sql(f"update silver.trades set event_date = DATE'{NEXT}', price = 0 where seq = 3")
    assert failures(check(trades.spark, "silver.trades", DAY)) == {}
    wrong = {"price is above 0": 1, "event_date is the date of event_ts": 1}
    assert failures(check(trades.spark, "silver.trades", NEXT)) == wrong
    assert failures(check(trades.spark, "silver.trades")) == wrong


@pytest.mark.spark
def test_check_of_a_key_that_stands_twice_shows_it(trades: Lake) -> None:
    trades.spark.sql("update silver.trades set seq = 1 where seq = 3")
    (outcome,) = check(trades.spark, "silver.trades", DAY).failures
    assert (outcome.check.sentence, outcome.observed_value) == ("no two rows have the same producer_id, seq", "1")
    assert list(map(json.loads, outcome.sample)) == [{"producer_id": "p", "seq": 1, "count": 2}]


@pytest.mark.spark
def test_check_of_a_warning_does_not_block(trades: Lake) -> None:
    trades.spark.sql("update silver.trades set venue = 'NOWHERE' where seq > 1")
    result = check(trades.spark, "silver.trades")
    (outcome,) = result.failures
    assert (outcome.check.severity, outcome.unexpected_count, len(outcome.sample)) == ("warning", 3, 3)
    assert "NOWHERE" in (outcome.observed_value or "")
    assert not result.is_blocked


@pytest.mark.spark
def test_check_shows_ten_rows_at_most(spark: SparkSession) -> None:
    (outcome,) = run_suite(spark.range(25).selectExpr("id", "id + 1 AS missing"), SCRATCH).failures
    assert (outcome.unexpected_count, len(outcome.sample)) == (25, 10)


@pytest.mark.spark
def test_run_suite_that_cannot_be_asked(spark: SparkSession) -> None:
    with pytest.raises(QualityError, match=r"^rows cannot be checked: .*missing"):
        run_suite(spark.range(2), SCRATCH)


@pytest.mark.spark
def test_run_suite_on_a_column_of_nulls_asks_all_the_same(spark: SparkSession) -> None:
    suite = Suite("rows", ("id",), "", (never("x IS NULL AND id > 0", "x is present where id is above 0", "x"),))
    rows = spark.range(3).selectExpr("id", "CAST(NULL AS STRING) AS x")
    assert failures(run_suite(rows, suite)) == {"x is present where id is above 0": 2}


@pytest.mark.spark
def test_check_of_a_day_of_what_has_none(spark: SparkSession) -> None:
    with pytest.raises(QualityError, match=r"^gold.venues has no days: check all of it, without a day.$"):
        check(spark, "gold.venues", DAY)


@pytest.mark.spark
def test_append_results_keeps_what_was_found(trades: Lake) -> None:
    trades.create(DATA_QUALITY)
    trades.spark.sql("update silver.trades set price = -1 where seq = 3")
    result = check(trades.spark, "silver.trades", DAY)
    assert append_results(trades.spark, [result], "run", NOON) == len(result.outcomes)
    assert kept(trades.spark, "count(*), count_if(is_success), count_if(is_blocking)") == [
        (len(result.outcomes), len(result.outcomes) - 1, 1)
    ]
    columns = "run_id, check_date, table_name, event_date, expectation, kind, column_name, severity, unexpected_count"
    (row,) = kept(trades.spark, f"{columns}, observed_value, sample", "NOT is_success")
    assert row[:7] == ("run", DAY, "silver.trades", DAY, "price is above 0", "ExpectColumnValuesToBeBetween", "price")
    assert row[7:9] == ("critical", 1)
    assert Decimal(row.observed_value) == -1
    assert [json.loads(record)["seq"] for record in row.sample] == [3]


def kept(spark: SparkSession, columns: str, condition: str = "true") -> Sequence[Row]:
    """Rows of gold.data_quality."""
    return spark.sql(f"select {columns} from gold.data_quality where {condition}").collect()


@pytest.mark.spark
def test_require_passed_names_the_table(trades: Lake) -> None:
    trades.spark.sql("update silver.trades set price = -1, symbol = null where seq = 3")
    with pytest.raises(
        QualityError, match=r"^Critical expectations do not hold, of silver.trades: see gold.data_quality"
    ):
        require_passed([check(trades.spark, "silver.trades", DAY)])


@pytest.mark.spark
def test_write_docs_are_read_without_network(trades: Lake, tmp_path: Path) -> None:
    trades.spark.sql("update silver.trades set price = -1 where seq = 3")
    results = [check(trades.spark, "silver.trades", day) for day in (DAY, None)]
    index = write_docs(tmp_path / "docs", results, "run", NOON)
    pages = {path.relative_to(tmp_path / "docs").as_posix(): path.read_text() for path in index.parent.rglob("*.html")}
    run = "20240808T120000Z-run"
    assert set(pages) == {
        *("index.html", f"{run}/index.html", f"{run}/silver.trades.2024-08-08.html", f"{run}/silver.trades.html")
    }
    assert {name: outward(page) for name, page in pages.items()} == {name: [] for name in pages}
    assert "price is above 0" in pages[f"{run}/silver.trades.html"]
    assert '"seq":3' in pages[f"{run}/index.html"].replace("&quot;", '"')
    links = re.findall(r'href="([^"#]+)"', pages[f"{run}/index.html"])
    assert sorted(links) == ["silver.trades.2024-08-08.html", "silver.trades.html"]
    assert f'href="{run}/index.html"' in pages["index.html"]


def test_make_offline_leaves_out_what_would_be_fetched() -> None:
    page = '<head><link rel="stylesheet" href="https://x.org/a.css"><script src="https://x.org/a.js"></script></head>'
    assert outward(page)
    assert outward(make_offline(page)) == []
