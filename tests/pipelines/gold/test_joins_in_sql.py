"""The view and the functions that join in time, over rows of silver at the boundaries."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from pyspark.errors import PySparkException
from pyspark.sql import SparkSession

from pipelines.gold.functions import FUNCTIONS
from pipelines.gold.trades_with_quotes import TRADES_WITH_QUOTES
from schemas.registry import Table
from schemas.silver import SILVER_QUOTES, SILVER_TRADES
from spark_jobs.io import Lake
from spark_jobs.lakehouse import function_statement, view_statement
from tests.house_rules import ROOT
from tests.test_docs import fences

pytestmark = pytest.mark.spark

NOON = datetime(2024, 8, 8, 12, tzinfo=UTC)
MIDNIGHT = NOON + timedelta(hours=12)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
RANGE = "'S', 'X', timestamp'2024-08-08 12:00:00', timestamp'2024-08-08 13:00:00'"
STRICT = "event_ns < event_ns, any age, last venue_seq"

Ask = Callable[..., list[tuple]]


def row(table: Table, at: datetime, **columns: object) -> tuple:
    """A row of silver, of symbol S on X; it is received a second later."""
    ns = (at - EPOCH) // timedelta(microseconds=1) * 1000
    known = {"symbol": "S", "venue": "X", "event_ts": at, "event_ns": ns, "receive_ns": ns + 10**9}
    known |= {"has_venue_ts": True, "event_date": at.date()} | columns
    return tuple(known.get(name) for name in table.column_names)


def trade(at: datetime, number: int, **columns: object) -> tuple:
    return row(SILVER_TRADES, at, trade_id=str(number), price=Decimal(100), quantity=Decimal(1), **columns)


def quote(at: datetime, bid: int | None, seq: int = 1, **columns: object) -> tuple:
    touch = {"bid_price": None if bid is None else Decimal(bid), "ask_price": Decimal(bid or 0) + 1}
    return row(SILVER_QUOTES, at, venue_seq=seq, **touch, **columns)


def after(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


@pytest.fixture
def ask(lake: Lake) -> Ask:
    """`ask(query, trades=..., quotes=...)` gives the rows of a query over rows of silver."""

    def rows_of(query: str, trades: Sequence[tuple] = (), quotes: Sequence[tuple] = ()) -> list[tuple]:
        for table, rows in ((SILVER_TRADES, trades), (SILVER_QUOTES, quotes)):
            lake.create(table)
            lake.spark.createDataFrame(rows, table.schema).write.format("delta").mode("append").saveAsTable(table.name)
        create(lake.spark)
        return [tuple(found) for found in lake.spark.sql(query).collect()]

    return rows_of


def create(spark: SparkSession) -> None:
    of_silver = [function for function in FUNCTIONS if "gold." not in function.query]
    for statement in (view_statement(TRADES_WITH_QUOTES), *map(function_statement, of_silver)):
        spark.sql(statement)


QUOTES = [
    *(quote(after(0), 10), quote(after(10), 20), quote(after(10), 30, seq=2), quote(after(60), None)),
    quote(after(5), 99, venue="Y"),
]
TRADES = [trade(after(at), n) for n, at in enumerate((0, 10, 10.5, 60.5))]


def test_trades_with_quotes_takes_the_whole_quote_strictly_before(ask: Ask) -> None:
    columns = "trade_id, bid_price, ask_price, mid, quote_age_ns, asof_policy"
    found = ask(f"SELECT {columns} FROM gold.trades_with_quotes", TRADES, QUOTES)
    second = 10**9
    assert sorted(found) == [
        ("0", None, None, None, None, STRICT),
        ("1", 10, 11, Decimal("10.5"), 10 * second, STRICT),
        ("2", 30, 31, Decimal("30.5"), second // 2, STRICT),
        ("3", None, 1, None, second // 2, STRICT),
    ]


def test_trades_with_quotes_carries_a_quote_over_one_midnight(ask: Ask) -> None:
    trades = [trade(MIDNIGHT + timedelta(days=days, seconds=1), days) for days in (0, 1)]
    quotes = [quote(MIDNIGHT - timedelta(seconds=1), 10), quote(MIDNIGHT - timedelta(seconds=2), 9)]
    query = "SELECT trade_id, bid_price, quote_age_ns FROM gold.trades_with_quotes WHERE event_date >= '2024-08-09'"
    assert sorted(ask(query, trades, quotes)) == [("0", 10, 2 * 10**9), ("1", None, None)]


def test_trades_with_quotes_uses_one_clock_for_both_sides(ask: Ask) -> None:
    ns = (after(9) - EPOCH) // timedelta(microseconds=1) * 1000
    quotes = [quote(after(9), 10, has_venue_ts=False, receive_ns=ns), quote(after(8), 5)]
    trades = [trade(after(7.5), 1, receive_ns=ns + 1), trade(after(7.5), 2, receive_ns=ns), trade(after(99), 3)]
    found = ask("SELECT trade_id, bid_price, asof_policy FROM gold.trades_with_quotes", trades, quotes)
    said = "receive_ns < receive_ns, any age, last venue_seq"
    assert sorted(found) == [("1", 10, said), ("2", None, said), ("3", 10, said)]


def test_trades_with_quotes_reads_only_the_dates_and_symbols_that_count(ask: Ask) -> None:
    where = "WHERE event_date = '2024-08-08' AND symbol = 'S'"
    ((plan,),) = ask(f"EXPLAIN SELECT * FROM gold.trades_with_quotes {where}", TRADES, QUOTES)
    scans = [line for line in plan.splitlines() if "FileScan" in line]
    assert len(scans) == 5
    assert all("= 2024-08-08)" in line and "EqualTo(symbol,S)" in line for line in scans)


@pytest.mark.parametrize(
    ("options", "bids", "policy"),
    [
        ("", [None, 10, 30, None], STRICT),
        (", false", [10, 30, 30, None], "event_ns <= event_ns, any age, last venue_seq"),
        (", true, 500", [None, None, 30, None], "event_ns < event_ns, at most 500000000 ns old, last venue_seq"),
        (", true, 499", [None, None, None, None], "event_ns < event_ns, at most 499000000 ns old, last venue_seq"),
    ],
)
def test_asof_quotes_keeps_the_policy_of_its_arguments(
    ask: Ask, options: str, bids: list[int | None], policy: str
) -> None:
    query = f"SELECT bid_price, asof_policy FROM gold.asof_quotes({RANGE}{options}) ORDER BY trade_id"
    assert ask(query, TRADES, QUOTES) == [(bid, policy) for bid in bids]


def test_asof_quotes_ends_before_to_ts(ask: Ask) -> None:
    query = "SELECT trade_id FROM gold.asof_quotes('S', 'X', '2024-08-08 12:00:10', '2024-08-08 12:01:00.5')"
    assert sorted(ask(query, TRADES, QUOTES)) == [("1",), ("2",)]


def test_markouts_are_null_past_the_last_quote(ask: Ask) -> None:
    query = f"SELECT trade_id, horizon_ms, mid FROM gold.markouts({RANGE}, array(0, 10000, 49500, 49501))"
    half = Decimal("0.5")
    assert sorted(ask(query, TRADES[:3], QUOTES), key=lambda found: found[:2]) == [
        *[("0", 0, 10 + half), ("0", 10_000, 30 + half), ("0", 49_500, 30 + half), ("0", 49_501, 30 + half)],
        *[("1", 0, 30 + half), ("1", 10_000, 30 + half), ("1", 49_500, 30 + half), ("1", 49_501, 30 + half)],
        *[("2", 0, 30 + half), ("2", 10_000, 30 + half), ("2", 49_500, None), ("2", 49_501, None)],
    ]


def test_latest_quotes_are_those_at_or_before_the_instant(ask: Ask) -> None:
    query = "SELECT venue, bid_price, venue_seq FROM gold.latest_quotes('2024-08-08 12:00:10') ORDER BY venue"
    assert ask(query, [], QUOTES) == [("X", 30, 2), ("Y", 99, 1)]


@pytest.mark.parametrize(
    ("fill", "silent"),
    [("", [(15, 30), (30, 30), (45, 30)]), (", 'null'", [(15, None), (30, None), (45, None)]), (", 'none'", [])],
)
def test_sample_quotes_fills_silence(ask: Ask, fill: str, silent: list[tuple]) -> None:
    query = f"SELECT unix_seconds(step_ts) % 3600, bid_price FROM gold.sample_quotes({RANGE}, 15000{fill}) ORDER BY 1"
    assert ask(query, [], QUOTES) == [(0, 30), *silent, (60, None)]


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (
            f"asof_quotes({RANGE}, true, -5)",
            "gold.asof_quotes: tolerance_ms is -5; use 0 or more, or NULL for any age.",
        ),
        (f"sample_quotes({RANGE}, 0)", "gold.sample_quotes: every_ms is 0; use 1 or more."),
        (f"sample_quotes({RANGE}, 9, 'next')", "gold.sample_quotes: fill is next; use none, null or previous."),
    ],
)
def test_functions_say_which_argument_is_wrong(ask: Ask, call: str, sentence: str) -> None:
    with pytest.raises(PySparkException) as refused:
        ask(f"SELECT * FROM gold.{call}", TRADES, QUOTES)
    assert sentence in str(refused.value).splitlines()[0]


@pytest.mark.parametrize("statement", fences((ROOT / "docs" / "joins.md").read_text(), "sql"))
def test_examples_of_the_page_run(ask: Ask, statement: str) -> None:
    trades = [trade(after(1), 1, symbol="BTCUSDT", venue="XBIN"), trade(after(2), 2, symbol="BTCUSDT", venue="XBIN")]
    quotes = [quote(after(at), 10, symbol="BTCUSDT", venue="XBIN") for at in (0, 120)]
    assert ask(statement, trades, quotes)
