"""The exchange as a user runs it, killed and started again while participants trade; then lake and database agree."""

import csv
import json
import time
from contextlib import AbstractContextManager
from pathlib import Path
from subprocess import DEVNULL, Popen

import pytest

from schemas.topics import TRADES
from spark_jobs.instance.child import child, depthlake
from spark_jobs.progress import end_offsets
from tests.e2e.commands import Instance, wait_for_all

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(600)]

LIT = "venue in ('DLXA', 'DLXB', 'DLXD')"


def background(instance: Instance, *arguments: str) -> AbstractContextManager[Popen[bytes]]:
    """A command of the exchange that works while a block does."""
    return child(instance.settings, depthlake("exchange", *arguments), stdout=DEVNULL, stderr=DEVNULL)


def wait_for_trades(instance: Instance, more: int) -> None:
    """Until the exchange has published some more."""
    first, deadline = sum(end_offsets(instance.settings, TRADES).values()), time.monotonic() + 120
    while sum(end_offsets(instance.settings, TRADES).values()) < first + more:
        assert time.monotonic() < deadline
        time.sleep(0.1)


@pytest.fixture(scope="module", autouse=True)
def traded(instance: Instance) -> None:
    """Participants trade; the exchange is killed in the midst of it, and goes on."""
    with background(instance, "run") as exchange:
        instance.run("exchange", "fund", "ALICE", "--cash", "1000.50", "--shares", "AAPL=10@230")
        with background(instance, "trade", "--rate", "1000", "--duration", "60"):
            wait_for_trades(instance, 300)
            exchange.kill()
            exchange.wait()
            with background(instance, "run"):
                wait_for_trades(instance, 300)
        with background(instance, "run"):
            time.sleep(3)  # the orders that the participants sent last
    wait_for_all(instance)
    assert "events." in instance.run("exchange", "project", "--once")


def accounts(instance: Instance) -> dict[str, dict[str, str]]:
    """What the database says, by account."""
    text = instance.call("exchange", "accounts", "--format", "csv").stdout
    return {row["account"]: row for row in csv.DictReader(text.splitlines())}


def test_every_trade_is_in_silver_once_with_two_fills(instance: Instance) -> None:
    query = f"""
        select count(*), count(distinct venue, symbol, trade_id),
               (select count(*) / 2 from silver.order_events where kind = 'FILLED'),
               (select count(distinct venue, symbol, trade_id) from silver.order_events where kind = 'FILLED')
        from silver.trades where {LIT}"""
    ((trades, *others),) = instance.sql(query)
    assert int(trades) >= 300
    assert [float(other) for other in others] == [float(trades)] * 3


def test_no_event_of_a_shard_is_missing(instance: Instance) -> None:
    query = "select min(seq), max(seq) - count(distinct seq) from silver.order_events group by producer_id"
    assert instance.sql(query) == [["1", "0"], ["1", "0"]]


def test_cash_is_what_was_funded_less_fees(instance: Instance) -> None:
    ((funded,),) = instance.sql("select sum(cash) from silver.orders where action = 'FUND'")
    rows = accounts(instance).values()
    assert sum(units(row["cash"]) + units(row["fees"]) for row in rows) == units(funded)


def test_gold_says_of_each_account_what_the_database_says(instance: Instance) -> None:
    query = """
        select account_id, max_by(cash, window_start), max_by(fees, window_start)
        from gold.portfolios group by account_id"""
    gold = {account: (units(cash), units(fees)) for account, cash, fees in instance.sql(query)}
    database = {name: (units(row["cash"]), units(row["fees"])) for name, row in accounts(instance).items()}
    assert gold == database
    assert database["ALICE"] == (1_000_500_000_000, 0)


def test_book_of_the_last_moment_is_not_crossed(instance: Instance) -> None:
    levels = json.loads(instance.call("book", "AAPL", "--at", str(time.time_ns()), "--format", "json").stdout)
    bids, asks = ([row["price"] for row in levels if row["side"] == side] for side in ("BID", "ASK"))
    assert not (bids and asks) or max(bids) < min(asks)


def test_rebuilt_books_equal_the_quotes_of_the_exchange(instance: Instance) -> None:
    assert "gold.book_integrity_1m" in instance.run("refresh", "gold.book_integrity_1m")
    query = """
        select sum(gap_count), sum(crossed_count), sum(compared_count) > 10, sum(compared_count) - sum(equal_count)
        from gold.book_integrity_1m"""
    assert instance.sql(query) == [["0", "0", "true", "0"]]


def test_reports_on_the_exchange_are_what_silver_says(instance: Instance, tmp_path: Path) -> None:
    days = instance.run("refresh", "gold.venue_quotes_1m", "gold.execution_quality_1d")
    assert "gold.execution_quality_1d" in days
    last = "max(event_date)"
    query = f"select date_format({last}, 'yyyy-MM'), to_date(date_trunc('week', {last})) from silver.trades"
    ((month, week),) = instance.sql(query)
    instance.run("report", "execution-quality", "--month", month, "--out", str(tmp_path / "month.csv"))
    rows = list(csv.DictReader((tmp_path / "month.csv").read_text().splitlines()))
    assert {row["venue"] for row in rows} == {"DLXA", "DLXB", "DLXD"}
    ((traded, accepted),) = instance.sql("""
        select sum(quantity) filter (where kind = 'FILLED'), count(*) filter (where kind in ('ACCEPTED', 'REPLACED'))
        from silver.order_events""")
    executed = sum(units(row["executed_quantity"]) for row in rows)
    assert units(traded) * 0.8 < executed <= units(traded)
    assert 0 < sum(int(row["order_count"]) for row in rows) <= int(accepted)
    instance.run("report", "ats", "--week", week, "--out", str(tmp_path / "week.csv"))
    weekly = list(csv.DictReader((tmp_path / "week.csv").read_text().splitlines()))
    ((dark,),) = instance.sql("select count(*) from silver.trades where venue = 'DLXD'")
    assert sum(int(row["totalWeeklyTradeCount"]) for row in weekly) == int(dark)
    at_best = (
        "select count(time_at_best) > 0, min(time_at_best) >= 0, max(time_at_best) <= 1 from gold.venue_liquidity_5m"
    )
    assert instance.sql(at_best) == [["true", "true", "true"]]


def units(amount: str) -> int:
    """A decimal number in units of 1e-9."""
    whole, _, digits = amount.lstrip("-").partition(".")
    value = int(whole) * 10**9 + int(digits.ljust(9, "0"))
    return -value if amount.startswith("-") else value
