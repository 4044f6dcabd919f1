"""A recording to gold with one command, and what is asked of it then."""

import re

import pytest
from pyhive import hive

from expectations.suites import SUITES
from pipelines.gold.daily.tables import DAILY
from tests.e2e.commands import Instance, facts

pytestmark = pytest.mark.e2e

GOLD = ("obi_100ms", "spread_1m", "venue_liquidity_5m")


def test_replay_with_nothing_running_makes_silver_exact(instance: Instance, replayed: str) -> None:
    assert "Started broker and lakehouse." in replayed
    assert "Everything is visible in gold" in replayed
    query = "select count(*), sum(quantity), round(sum(price*quantity)/sum(quantity), 4) from silver.trades"
    ((count, quantity, price),) = instance.sql(query)
    assert (count, float(quantity), float(price)) == ("9757", 212.03315, 61707.6816)
    counts = "select (select count(*) from silver.quotes), (select count(*) from silver.depth)"
    assert instance.sql(counts) == [["28040", "3452"]]


@pytest.mark.parametrize("view", GOLD)
def test_replay_fills_gold(instance: Instance, view: str) -> None:
    assert instance.sql(f"select * from gold.{view} limit 1")


def test_refresh_computes_gold_by_the_day(instance: Instance) -> None:
    said = instance.run("refresh")
    days = "2024-08-08 to 2024-08-09"  # some of what was received before midnight is later
    assert [line.split(":")[0] for line in said.splitlines()] == [f"{each.table.name}, {days}" for each in DAILY]
    integrity = "select sum(equal_count), sum(compared_count), min(integrity_score) from gold.book_integrity_1m"
    before = facts(instance, *(each.table.name for each in DAILY))
    assert instance.sql(integrity) == [["2894", "2894", "1.0"]]
    instance.run("refresh", "--to", "2024-08-08")
    assert facts(instance, *(each.table.name for each in DAILY)) == before
    assert "Silver has no rows of such a day." in instance.run("refresh", "--from", "2024-08-10")
    refused = instance.call("refresh", "gold.nothing")
    assert refused.returncode == 1
    assert "gold.nothing is no table by the day: there are gold.book_integrity_1m" in refused.stderr


def test_lookahead_of_a_recording_finds_nothing(instance: Instance) -> None:
    names = ("gold.trade_costs", "gold.spread_1m", "gold.book_integrity_1m")
    assert "No leak in 3 tables, 2 cuts." in instance.run("lookahead", *names, "--cuts", "2")
    refused = instance.call("lookahead", "gold.venues")
    assert refused.returncode == 1
    assert "gold.venues cannot be cut off: there are gold.book_integrity_1m, " in refused.stderr


def test_quality_of_what_is_there_and_of_a_spoiled_row(instance: Instance) -> None:
    said = instance.run("quality", "--docs")
    assert "critical: " not in said
    assert len(re.findall(r"^\S+: passed \d+ of \d+, ", said, re.MULTILINE)) == len(SUITES)
    assert (instance.settings.home / "expectations" / "docs" / "index.html").is_file()
    query = "select trade_id, price from silver.trades where event_date = date'2024-08-08' order by trade_id limit 1"
    ((trade_id, price),) = instance.sql(query)
    instance.sql(f"update silver.trades set price = -1 where trade_id = '{trade_id}'")
    done = instance.call("quality", "silver.trades", "--day", "2024-08-08")
    instance.sql(f"update silver.trades set price = {price} where trade_id = '{trade_id}'")
    assert done.returncode == 1
    assert re.search(r'critical: price is above 0, but not of 1\n    {"producer_id":.*"price":-1.0', done.stdout)
    assert "Critical expectations do not hold, of silver.trades: see gold.data_quality" in done.stderr
    kept = "select table_name, expectation, size(sample) from gold.data_quality where is_blocking"
    assert instance.sql(kept) == [["silver.trades", "price is above 0", "1"]]


def test_sql_travels_in_time_and_tells_history(instance: Instance) -> None:
    assert instance.sql("select count(*) from silver.trades version as of 0") == [["0"]]
    versions = [row[0] for row in instance.sql("describe history silver.trades")]
    assert versions[-1] == "0"
    assert len(versions) > 1


def test_thrift_answers_what_connect_answers(instance: Instance) -> None:
    settings = instance.settings
    with hive.connect(settings.host, port=settings.thrift_port, auth="NONE") as door, door.cursor() as cursor:
        answers = []
        for version in ("", "version as of 0"):
            cursor.execute(f"select count(*) from silver.trades {version}")
            answers += cursor.fetchall()
        cursor.execute("describe history silver.trades")
        history = cursor.fetchall()
    assert answers == [(9757,), (0,)]
    assert [str(row[0]) for row in history] == [row[0] for row in instance.sql("describe history silver.trades")]


def test_joins_in_time_through_both_doors(instance: Instance) -> None:
    settings = instance.settings
    trades = "select count(*), count(mid), max(asof_policy) from gold.trades_with_quotes where symbol = 'BTCUSDT'"
    steps = "select count(*) from gold.latest_quotes(timestamp'2024-08-08 23:59:59')"
    with hive.connect(settings.host, port=settings.thrift_port, auth="NONE") as door, door.cursor() as cursor:
        for query in (trades, steps):
            cursor.execute(query)
            answer = cursor.fetchall()
            assert [[str(value) for value in row] for row in answer] == instance.sql(query)
            assert int(answer[0][0]) == {trades: 9757, steps: 1}[query]
    ((_, matched, policy),) = instance.sql(trades)
    assert int(matched) > 9_000
    assert policy == "receive_ns < receive_ns, any age, last venue_seq"
