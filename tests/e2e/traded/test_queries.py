"""The queries and programs of docs/queries.md, on the lake of the exchange and a recording."""

import json
import time
from collections.abc import Iterator

import pytest
from pyspark.sql import Row
from pyspark.sql.connect.session import SparkSession

from pipelines.source.publish import Publisher
from pipelines.wire import batch_of
from schemas.topics import TRADES
from spark_jobs.demo import market
from spark_jobs.session import connect
from tests.e2e.commands import CAPTURE, Instance, wait_for_all
from tests.e2e.queries import PROGRAMS, QUERIES, at_the_doors_of, beeline, rows_of_frame

pytestmark = pytest.mark.e2e

TRADING_S = 15


@pytest.fixture(scope="module")
def furnished(instance: Instance) -> Instance:
    """The lake of an exchange with a recording, gold by the day, and what commands keep of their work."""
    with market(instance.settings, rate=200, seconds=TRADING_S):
        time.sleep(TRADING_S)
    instance.run("replay", "--source", "binance", str(CAPTURE))
    with Publisher(instance.settings.bootstrap) as publisher:
        publisher.publish(TRADES, batch_of(TRADES, {"symbol": ["AAPL"], "price": [-1]}))
    wait_for_all(instance)
    instance.run("refresh")
    instance.run("backfill", "silver.trades", "--from", "2024-08-08")
    instance.run("quality", "silver.trades", "--day", "2024-08-08")
    return instance


@pytest.fixture(scope="module")
def session(furnished: Instance) -> Iterator[SparkSession]:
    """Spark Connect to that lake."""
    with connect(furnished.settings) as session:
        yield session


@pytest.mark.parametrize("heading", QUERIES)
def test_query_of_the_page_has_an_answer(session: SparkSession, heading: str) -> None:
    assert session.sql(QUERIES[heading]).toArrow().num_rows > 0


def test_queries_of_the_page_say_what_is_known_of_the_recording(session: SparkSession) -> None:
    def bitcoin(heading: str) -> list[Row]:
        return [row for row in session.sql(QUERIES[heading]).collect() if row["symbol"] == "BTCUSDT"]

    days = bitcoin("Bars of any length")  # some trades of the recording are after midnight
    quantity = sum(float(day["quantity"]) for day in days)
    vwap = sum(float(day["quantity"]) * float(day["vwap"]) for day in days) / quantity
    assert (round(quantity, 5), round(vwap, 4)) == (212.03315, 61707.6816)
    integrity = bitcoin("Gaps and integrity")
    assert [sum(row[name] for row in integrity) for name in ("gap_count", "equal_count", "compared_count")] == [
        *(0, 2894, 2894)
    ]
    (lake,) = bitcoin("The lake as it was")
    assert (lake["row_count"], lake["row_count_before"]) == (9757, 0)
    assert sum(row["value"] for row in bitcoin("Venue share by hour")) == sum(
        row["value"]
        for row in session.sql("select value from gold.trades_1m_partials where symbol = 'BTCUSDT'").collect()
    )


def test_optimize_answers_with_what_it_did(instance: Instance) -> None:
    ((path, metrics),) = instance.sql("OPTIMIZE gold.trades_1m_partials")
    assert path.endswith("/gold/trades_1m_partials")
    assert json.loads(metrics)["numBatches"] >= 0


def test_there_are_twenty_queries() -> None:
    assert len(QUERIES) == 20


@pytest.mark.parametrize("program", PROGRAMS)
def test_program_of_the_page_gives_a_frame(furnished: Instance, program: str) -> None:
    assert rows_of_frame(at_the_doors_of(furnished.settings, program)) > 0


def test_jdbc_driver_connects_at_the_url_of_the_page(furnished: Instance) -> None:
    lines = beeline(
        furnished.settings, "select symbol, count(*) as n from silver.trades where symbol = 'BTCUSDT' group by symbol"
    )
    assert lines[-2:] == ["symbol,n", "BTCUSDT,9757"]
