"""silver.books in the depth stream: whatever happens, its rows are those of one rebuild over silver.depth."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from pyspark.errors import StreamingQueryException

from pipelines.source.simulator.config import MarketConfig
from pipelines.source.simulator.market import Market
from pipelines.wire import encode
from schemas.silver import BOOKS, SILVER_DEPTH
from schemas.topics import DEPTH
from spark_jobs.books import rebuild
from spark_jobs.io import Lake
from spark_jobs.jobs import job_of
from tests.conftest import Broker
from tests.spark_jobs.streams import (
    Crash,
    Delivery,
    FragileLake,
    FromEarliest,
    Stand,
    assert_books_whole,
    hashed,
    renew,
)

pytestmark = [pytest.mark.spark, pytest.mark.kafka]

START_NS = 1_723_075_200 * 10**9
Make = Callable[..., Stand]


def deliveries(count: int) -> list[Delivery]:
    """Depth of some symbols, one partition each; some messages come twice or late, some are lost."""
    market = Market(MarketConfig(5, START_NS, mix={DEPTH: 1.0}))
    batch = market.step(START_NS, 10**10, count)[DEPTH]
    symbols = batch.column("symbol").to_pylist()
    payloads = encode(DEPTH, batch).to_pylist()
    sent = [
        (sorted(set(symbols)).index(symbol) % 2, payload) for symbol, payload in zip(symbols, payloads, strict=True)
    ]
    lost = {at for at in range(len(sent)) if at % 97 == 50}
    sent = [each for at, each in enumerate(sent) if at not in lost]
    for at in range(40, len(sent) - 20, 160):
        sent[at : at + 12] = sent[at : at + 12][::-1]
        sent[at + 15 : at + 15] = sent[at : at + 3]
    return sent


@pytest.fixture
def make(lake: Lake, broker: Broker) -> Make:
    """A stand over the depth topic, made anew, whose lake dies before a commit to the tables that are named."""
    renew(broker.settings, DEPTH)
    settings = replace(lake.settings, kafka_port=broker.settings.kafka_port)
    return lambda *breaks: Stand(FragileLake(lake.spark, settings, list(breaks)), job_of(DEPTH.name)).create()


def test_books_of_a_stream_are_those_of_one_rebuild(make: Make) -> None:
    stand = make()
    stand.send(deliveries(1_500))
    stand.run(rows=437)
    assert_books_whole(stand)
    assert stand.count(BOOKS, "is_gap") > 5
    assert stand.count(BOOKS, "is_valid") > 200


def test_books_of_a_topic_that_is_read_again_stay_as_they_are(make: Make) -> None:
    stand = make()
    stand.send(deliveries(800))
    stand.run(rows=300)
    before = [hashed(stand.lake.read(table)) for table in (SILVER_DEPTH, BOOKS)]
    stand.lose_checkpoint()
    stand.run(FromEarliest, 250)
    assert [hashed(stand.lake.read(table)) for table in (SILVER_DEPTH, BOOKS)] == before
    stand.send(deliveries(1_200)[len(deliveries(800)) :])
    stand.run(rows=300)
    assert_books_whole(stand)


@pytest.mark.parametrize(("table", "rows"), [("silver.books", 170), ("bronze.depth", 300)])
def test_books_after_a_crash_are_those_of_one_rebuild(make: Make, table: str, rows: int) -> None:
    stand = make((table, ""))
    stand.send(deliveries(900))
    with pytest.raises(StreamingQueryException, match=Crash.__name__):
        stand.run(rows=300)
    if rows != 300:  # cut otherwise
        stand.lose_checkpoint()
    stand.run(rows=rows)
    assert_books_whole(stand)


def test_rebuild_books_in_spark_is_the_same_rebuild(make: Make) -> None:
    stand = make()
    stand.send(deliveries(900))
    stand.run()
    assert hashed(rebuild(stand.lake.read(SILVER_DEPTH))) == hashed(stand.lake.read(BOOKS))
