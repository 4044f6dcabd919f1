"""The look-ahead detector over a lake: no view and no table by the day looks ahead; a view that does is caught."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from pyspark.sql import SparkSession

from pipelines.exchange.rules import Rules
from pipelines.exchange.shard import Shard
from pipelines.gold.daily import book_measures_1s, trade_costs
from pipelines.gold.daily.columns import MINUTE_NS
from pipelines.gold.daily.declare import Daily
from pipelines.gold.daily.tables import DAILY
from pipelines.gold.effective_spread_1m import EFFECTIVE_SPREAD_1M
from pipelines.gold.market_prices import MARKET_PRICES
from pipelines.gold.spread_1m import SPREAD_1M
from pipelines.gold.venue_liquidity_5m import VENUE_LIQUIDITY_5M
from pipelines.gold.views import VIEWS
from schemas.registry import View
from schemas.silver import SILVER_TRADES
from spark_jobs.io import Lake
from spark_jobs.jobs import job_of
from spark_jobs.lookahead import KNOWN, Draw, Past, leaks_at, leaks_by_the_day, leaks_of_view, references
from tests.conftest import lake_in
from tests.pipelines.exchange.flows import START_NS, whole
from tests.pipelines.gold.daily.conftest import read_day
from tests.pipelines.gold.test_exchange_views import silver_of

pytestmark = pytest.mark.spark

DAY = date(2024, 8, 8)
FEW = Draw(3, 1)
SILENCE_NS = START_NS + 12 * MINUTE_NS  # eight minutes after the start trading ends, for six
LATE_NS = 1_723_161_420 * 10**9 + 1  # just after 23:57, in the capture


def market() -> dict[str, pa.Table]:
    """Half an hour of an exchange; for some minutes nothing trades."""
    said = Shard(0, Rules()).apply(whole(12, 1_500, 1_200_000_000))
    rows = {job_of(topic.name).silver.name: silver_of(topic, batch) for topic, batch in said.items()}
    trades = rows[SILVER_TRADES.name]
    time = trades.column("event_ts")
    start = pc.min(time).as_py()
    silence = pc.and_(
        pc.greater(time, pa.scalar(start + timedelta(minutes=8), time.type)),
        pc.less(time, pa.scalar(start + timedelta(minutes=14), time.type)),
    )
    return rows | {SILVER_TRADES.name: trades.filter(pc.invert(silence))}


@pytest.fixture(scope="module")
def lake(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lake]:
    """A capture and a market of the exchange in silver, and the tables by the day that follow from the capture."""
    day = read_day("spot_btcusdt").on(DAY)
    by_the_day = {daily.table.name: day.build(daily) for daily in DAILY}
    with lake_in(spark, tmp_path_factory.mktemp("lookahead")) as lake:
        for tables in (day.tables, market(), by_the_day):
            for name, rows in tables.items():
                written = spark.createDataFrame(rows.combine_chunks()).write.format("delta").mode("append")
                written.option("path", f"{lake.settings.lake}/{name}").saveAsTable(name)
        yield lake


@pytest.mark.parametrize("view", VIEWS, ids=lambda view: view.name)
def test_no_view_looks_ahead(lake: Lake, view: View) -> None:
    assert [str(leak) for leak in leaks_of_view(lake.spark, view, FEW)] == []


@pytest.mark.parametrize("daily", [book_measures_1s.DAILY, trade_costs.DAILY], ids=lambda daily: daily.table.name)
def test_no_table_by_the_day_looks_ahead(lake: Lake, daily: Daily) -> None:
    assert [str(leak) for leak in leaks_by_the_day(lake.spark, daily, DAY, FEW)] == []


@pytest.mark.parametrize("view", VIEWS, ids=lambda view: view.name)
def test_view_says_when_its_rows_are_known(view: View) -> None:
    names = {name for name, _ in view.columns}
    assert bool(view.known) == bool(references(view.query))
    assert {*view.keys, *view.lags_ns, *filter(None, [view.silent])} <= names
    assert bool(view.keys) == bool(view.known)


def changed(view: View, old: str, new: str) -> View:
    """A view whose query says something else."""
    assert old in view.query
    return replace(view, query=view.query.replace(old, new))


def moment(minute: int) -> int:
    """Just after a full minute of the market."""
    return (START_NS // MINUTE_NS + minute) * MINUTE_NS + 1


PLANTED = {
    "a centred mean": (
        changed(SPREAD_1M, "PRECEDING AND CURRENT ROW", "PRECEDING AND INTERVAL 1 MINUTE FOLLOWING"),
        LATE_NS,
        ("spread_rolling_avg_bps", "CHANGED"),
    ),
    "a total of all time": (
        changed(MARKET_PRICES, "CAST(value AS DOUBLE) /", "CAST(sum(value) OVER (PARTITION BY symbol) AS DOUBLE) /"),
        moment(6),
        ("vwap", "CHANGED"),
    ),
    "a window that opens early": (
        changed(VENUE_LIQUIDITY_5M, "sequence(window_start + INTERVAL 1 MINUTE", "sequence(window_start"),
        moment(6),
        ("share", "CHANGED"),
    ),
    "a minute that is known before its end": (
        replace(SPREAD_1M, known="window_start + INTERVAL 30 SECONDS"),
        LATE_NS + 40 * 10**9,
        ("quote_count", "CHANGED"),
    ),
    "a column that is known later than it says": (
        replace(EFFECTIVE_SPREAD_1M, lags_ns={}),
        LATE_NS,
        ("realised_1s_bps", "CHANGED"),
    ),
    "a silence of which nothing is said": (
        replace(MARKET_PRICES, silent=""),
        SILENCE_NS,
        (KNOWN, "ONLY_LATER"),
    ),
}


@pytest.mark.parametrize("name", PLANTED)
def test_view_that_looks_ahead_is_caught(lake: Lake, name: str) -> None:
    view, cut_ns, (column, what) = PLANTED[name]
    found = leaks_at(Past(lake.spark), view, [cut_ns])
    assert (view.name, column, what) in {(leak.table, leak.column, leak.what) for leak in found}


def test_rows_of_a_silence_may_wait(lake: Lake) -> None:
    assert leaks_at(Past(lake.spark), MARKET_PRICES, [SILENCE_NS]) == []
