"""A topic's stream over a real broker and real Delta tables: what is sent is counted once, whatever happens."""

import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from pyspark.errors import StreamingQueryException
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from pipelines.silver.repeats import SeenSequences, filter_first
from pipelines.source.simulator.config import MarketConfig
from pipelines.source.simulator.market import Market
from pipelines.wire import encode
from schemas.registry import Topic
from schemas.topics import QUOTES, TRADES
from spark_jobs.io import Lake
from spark_jobs.offsets import BatchOffsets
from spark_jobs.states import States
from spark_jobs.worker import Plan, Target, build_rows, judge_records
from tests.conftest import LAYERS, Broker, settings_in
from tests.pipelines.silver.deliveries import ONE, job_of, payloads_of
from tests.spark_jobs.streams import (
    Crash,
    Delivery,
    FragileLake,
    FromEarliest,
    Stand,
    folded,
    hashed,
    on_broker,
    renew,
    send,
    stand_on,
    to,
)

pytestmark = [pytest.mark.spark, pytest.mark.kafka]

DELIVERY = ("kafka_partition", "kafka_offset", "kafka_ts")
HOUR_NS = 3600 * 10**9
MakeStand = Callable[[Topic], Stand]


@pytest.fixture
def stand_for(lake: Lake, broker: Broker) -> MakeStand:
    return partial(stand_on, lake, broker)


def trades(count: int, seed: int) -> list[bytes]:
    start = time.time_ns() - HOUR_NS
    batch = Market(MarketConfig(seed, start, mix={TRADES: 1.0})).step(start, 10**10, count)[TRADES]
    return encode(TRADES, batch).to_pylist()


def corrupt(count: int, rng: np.random.Generator) -> list[bytes | None]:
    """Noise, messages cut within their first field, nothing, and no payload."""
    whole = trades(count, 8)
    kinds = (
        lambda _: b"\xff" + rng.bytes(int(rng.integers(1, 80))),
        lambda message: message[: rng.integers(1, 20)],
        lambda _: b"",
        lambda _: None,
    )
    return [kinds[i % len(kinds)](message) for i, message in enumerate(whole)]


def disturbed() -> list[Delivery]:
    """Two symbols, one a partition: repeats, overtaken rows, and rows of every way to be refused."""
    rng = np.random.default_rng(5)
    rows: list[Delivery] = []
    for partition, symbol in enumerate(("A", "B")):
        changes = [{"seq": 2 * s + partition, "symbol": symbol} for s in range(1, 601)]
        for at in rng.integers(0, 600, 30):
            changes[at] |= {"quantity": -int(at) - 1}
        for at in rng.integers(0, 600, 10):
            changes[at] |= {"producer_id": ""}
        payloads: list[bytes | None] = list(payloads_of(TRADES, *changes))
        for at in rng.integers(0, 580, 40).tolist():
            payloads[at], payloads[at + 15] = payloads[at + 15], payloads[at]
        payloads[300:300] = [*payloads[100:140], None, b"", b"\xff", b"\xff", b""]
        rows += to(partition, payloads)
    return [row for pair in zip(rows[: len(rows) // 2], rows[len(rows) // 2 :], strict=True) for row in pair]


def test_stream_with_corrupt_payloads_keeps_the_good_and_refuses_the_others(stand_for: MakeStand) -> None:
    stand, rng = stand_for(TRADES), np.random.default_rng(1)
    bad = corrupt(1_000, rng)
    sent: list[bytes | None] = list(trades(100_000, 7))
    for at, payload in zip(sorted(rng.integers(0, 100_000, 1_000).tolist(), reverse=True), bad, strict=True):
        sent.insert(at, payload)
    stand.send((int(at >= len(sent) // 2), payload) for at, payload in enumerate(sent))
    stand.run()
    job = stand.job
    assert stand.count(job.silver) == 100_000
    refused = stand.lake.read(job.rejected)
    assert Counter(row[0] and bytes(row[0]) for row in refused.select("raw_value").collect()) == Counter(bad)
    assert stand.count(job.rejected, "size(violations) = 0 or violations is null") == 0
    assert stand.count(job.bronze) + stand.count(job.rejected, "not is_decodable") == 101_000


def test_stream_over_the_same_topic_again_changes_nothing(stand_for: MakeStand) -> None:
    """Cut otherwise than before."""
    stand = stand_for(TRADES)
    stand.send(disturbed())
    stand.run()
    before = stand.facts()
    stand.lose_checkpoint()
    stand.run(rows=700)
    assert stand.facts() == before
    stand.lose_checkpoint()
    stand.run(FromEarliest, rows=700)
    assert stand.facts() == before


def test_stream_with_messages_sent_twice_doubles_bronze_alone(stand_for: MakeStand) -> None:
    stand = stand_for(TRADES)
    good = to(0, trades(2_000, 7))
    stand.send(good)
    stand.run()
    before = stand.facts()
    stand.send(good)
    stand.run()
    after = stand.facts()
    assert after.pop("bronze.trades")[0] == 2 * before.pop("bronze.trades")[0] == 4_000
    assert after == before


REFUSED = [
    (TRADES, {}, "payload cannot be decoded: "),
    (TRADES, {"aggressor_side": 7}, "aggressor_side 7 is not one of BUY, SELL"),
    (TRADES, {"quantity": -ONE}, "quantity -1.000000000 is not positive"),
    (TRADES, {"venue_ts_ns": time.time_ns() + 24 * HOUR_NS}, "is more than 300 seconds ahead of kafka_ts"),
    (
        QUOTES,
        {"bid_prices": [102 * ONE]},
        "crossed quote: bid 102.000000000 is above ask 101.000000000",
    ),
]


@pytest.mark.parametrize("topic", [TRADES, QUOTES], ids=lambda topic: topic.noun)
def test_stream_refuses_bad_messages_with_a_sentence_and_goes_on(stand_for: MakeStand, topic: Topic) -> None:
    stand = stand_for(topic)
    wanted = [(change, sentence) for of, change, sentence in REFUSED if of == topic]
    for number, (change, _) in enumerate(wanted):
        good, bad, after = payloads_of(
            topic, *({"seq": 3 * number + i} | (change if i == 2 else {}) for i in (1, 2, 3))
        )
        stand.send(to(0, [good, bad if change else b"\xff\xff", after]))
    stand.run(rows=3)
    found = stand.lake.read(stand.job.rejected).orderBy("kafka_offset").select("violations").collect()
    assert [len(row[0]) for row in found] == [1] * len(wanted)
    assert [sentence for _, sentence in wanted if not any(sentence in row[0][0] for row in found)] == []
    assert stand.count(stand.job.silver) == 2 * len(wanted)


@pytest.fixture(scope="module")
def undisturbed(spark: SparkSession, broker: Broker, tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    """What the tables hold of `disturbed()`, which stays in the topic, after a run in which nothing happened."""
    renew(broker.settings, TRADES)
    send(broker.settings, TRADES, disturbed())
    for layer in LAYERS:
        spark.sql(f"CREATE SCHEMA {layer}")
    lake = on_broker(Lake(spark, settings_in(tmp_path_factory.mktemp("undisturbed"))), broker)
    stand = Stand(lake, job_of(TRADES.name)).create()
    stand.run(rows=500)
    for layer in LAYERS:
        spark.sql(f"DROP SCHEMA {layer} CASCADE")
    return stand.facts()


@pytest.mark.parametrize(
    "crash",
    [
        ("silver.trades", "/overtaken", 500),
        ("silver.trades_rejected", "/overtaken", 300),
        ("silver.trades_rejected", "", 500),
        ("bronze.trades", "", 4_000),
        ("gold.trades_1m_partials", "", 300),
    ],
)
def test_stream_after_a_crash_has_what_an_undisturbed_run_has(
    undisturbed: dict[str, object], lake: Lake, broker: Broker, crash: tuple[str, str, int]
) -> None:
    table, stream, rows = crash
    settings = on_broker(lake, broker).settings
    stand = Stand(FragileLake(lake.spark, settings, [(table, stream)]), job_of(TRADES.name)).create()
    with pytest.raises(StreamingQueryException, match=Crash.__name__):
        stand.run(rows=500)
    if rows != 500:  # cut otherwise
        stand.lose_checkpoint()
    stand.run(rows=rows)
    assert stand.facts() == undisturbed


def test_stream_after_a_crash_and_more_in_another_partition_loses_nothing(stand_for: MakeStand, tmp_path: Path) -> None:
    """The new first batch is as long as the old one, and cut otherwise."""
    stand = stand_for(TRADES)
    bad = [b"\xff"] * 100
    stand.send(to(0, bad))
    broken = Stand(FragileLake(stand.lake.spark, stand.lake.settings, [("bronze.trades", "")]), stand.job)
    with pytest.raises(StreamingQueryException, match=Crash.__name__):
        broken.run(rows=100)
    stand.send(to(1, bad))
    stand.lose_checkpoint()
    stand.run(rows=100)
    refused = stand.lake.read(stand.job.rejected).select("kafka_partition", "kafka_offset")
    assert (refused.count(), refused.distinct().count()) == (200, 200)


def test_stream_of_a_topic_made_anew_adds_to_what_is_there(stand_for: MakeStand) -> None:
    stand = stand_for(TRADES)
    first = payloads_of(TRADES, *({"seq": seq} for seq in range(1, 9)))
    stand.send(to(0, [b"\xff", *first]))
    stand.run()
    renew(stand.lake.settings, TRADES)
    second = payloads_of(TRADES, *({"seq": seq} for seq in range(101, 109)))
    stand.send(to(0, [second[0], b"\xff", *second[1:]]))
    stand.run()
    counts = [stand.count(table) for table in (stand.job.bronze, stand.job.silver, stand.job.rejected)]
    assert counts == [16, 16, 2]
    assert stand.lake.read(stand.job.steps[0].table).agg(F.sum("trade_count")).first() == (16,)


def test_builders_over_bronze_in_batch_give_what_the_stream_gave(stand_for: MakeStand) -> None:
    stand = stand_for(TRADES)
    stand.send(disturbed())
    stand.run(rows=700)
    job, target = stand.job, Target("", BatchOffsets({}, {}), States(""))
    bronze = stand.lake.read(job.bronze).orderBy("kafka_partition", "kafka_offset").coalesce(1)
    names = zip(("raw_key", "raw_value", *DELIVERY), ("key", "value", "partition", "offset", "timestamp"), strict=True)
    records = bronze.select(*(F.col(name).alias(source) for name, source in names))
    judged = judge_records(records, Plan(TRADES.name, datetime.now(UTC), SeenSequences()))
    accepted = judged.where("size(violations) = 0")
    silver = filter_first(accepted, accepted.where("false")).select(*job.silver.column_names)
    assert hashed(silver) == hashed(stand.lake.read(job.silver))
    for step in job.steps:
        assert hashed(folded(build_rows(silver, step, target))) == hashed(folded(stand.lake.read(step.table)))
