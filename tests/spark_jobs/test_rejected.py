"""Refused rows over a real broker and real Delta tables: looked at, mended, sent again, and taken once."""

import json
import time
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from confluent_kafka import Producer

from pipelines.source.edited import read_edits
from schemas.topics import TRADES
from spark_jobs.cli.rejected import as_entry
from spark_jobs.io import Lake
from spark_jobs.rejected import Choice, Refused, count_reasons, find_deliveries, find_refused
from spark_jobs.republish import Replay, finder, now, prepare_again, prepare_edits, publish_replay
from tests.conftest import Broker
from tests.pipelines.silver.deliveries import ONE, job_of, payloads_of
from tests.spark_jobs.streams import Stand, renew, to

pytestmark = [pytest.mark.spark, pytest.mark.kafka]

JOB = job_of(TRADES.name)
TABLE = Choice((JOB.rejected,))
REFUSED = ({"quantity": -ONE}, {"quantity": -2 * ONE, "price": -ONE}, {"producer_id": ""})


@pytest.fixture
def stand(lake: Lake, broker: Broker) -> Stand:
    """A lake that has taken one good trade and refused five, at offsets 1 to 5 of partition 0."""
    renew(broker.settings, TRADES)
    settings = replace(lake.settings, kafka_port=broker.settings.kafka_port)
    stand = Stand(replace(lake, settings=settings), JOB).create()
    stand.send(to(0, [*payloads_of(TRADES, {}, *REFUSED), b"\xff", None]))
    stand.run()
    return stand


def refused_at(stand: Stand, *offsets: int) -> list[Refused]:
    return find_deliveries(stand.lake.spark, TRADES, [(0, offset) for offset in offsets])


def replay(stand: Stand, prepared: Replay) -> None:
    """Publish, and let the stream take it."""
    publish_replay(stand.lake.settings.bootstrap, prepared)
    stand.run()


def mend(stand: Stand, folder: Path, rows: list[Refused], **fields: object) -> Replay:
    """The messages of rows with other fields, through a file; of a row without a message, that of a good one."""
    (good,) = payloads_of(TRADES, {"seq": 77})
    whole = as_entry(replace(rows[0], is_decodable=True, raw_value=good))["message"]
    entries = [entry | {"message": (entry["message"] or whole) | fields} for entry in map(as_entry, rows)]
    path = folder / "fixed.json"
    path.write_text(json.dumps(entries))
    return prepare_edits(read_edits(path), finder(stand.lake.spark), now())


def names(stand: Stand) -> list[tuple[str, int]]:
    """What silver holds."""
    rows = stand.lake.read(JOB.silver).select("producer_id", "seq").collect()
    return sorted((row.producer_id, row.seq) for row in rows)


def test_count_reasons_leaves_numbers_out(stand: Stand) -> None:
    found = count_reasons(stand.lake.spark, TABLE)
    assert found[0] == ("silver.trades_rejected", "quantity # is not positive", 2)
    assert ("silver.trades_rejected", "producer_id is missing", 1) in found
    assert sum(count for *_, count in found) == 6
    assert count_reasons(stand.lake.spark, replace(TABLE, reason="it's \\")) == []


def test_find_refused_by_reason_day_and_limit(stand: Stand) -> None:
    session = stand.lake.spark
    assert [row.kafka_offset for row in find_refused(session, TABLE)] == [1, 2, 3, 4, 5]
    assert [row.kafka_offset for row in find_refused(session, TABLE, 2)] == [1, 2]
    assert [row.kafka_offset for row in find_refused(session, replace(TABLE, reason="price -1"))] == [2]
    assert find_refused(session, replace(TABLE, day=date(2024, 8, 8))) == []
    assert len(find_refused(session, replace(TABLE, day=now().date()))) == 5


def test_refused_rows_have_names_of_their_own(stand: Stand) -> None:
    rows = refused_at(stand, 1, 3, 4, 0, 9)
    assert [(row.new_producer_id, row.new_seq) for row in rows[:1]] == [("p/replayed", 2)]
    for row in rows[1:]:
        moment = int(row.kafka_ts.timestamp() * 1000)
        assert row.new_producer_id == f"market.trades.v1[0]@{moment}/replayed"
        assert row.new_seq == row.kafka_offset
    assert [row.kafka_offset for row in rows] == [1, 3, 4]
    assert refused_at(stand) == []


def test_replay_of_mended_messages_is_taken_once(stand: Stand, tmp_path: Path) -> None:
    prepared = mend(stand, tmp_path, refused_at(stand, 1, 2, 4, 5), quantity=ONE, price=ONE)
    assert prepared.rows == 4
    replay(stand, prepared)
    rows = refused_at(stand, 1, 2, 3, 4, 5)
    assert [row.is_replayed for row in rows] == [True, True, False, True, True]
    after = names(stand)
    assert after == sorted([("p", 1), *((row.new_producer_id, row.new_seq) for row in rows if row.is_replayed)])
    replay(stand, prepared)  # as two people would at once
    other = mend(stand, tmp_path, refused_at(stand, 1, 2, 4, 5), quantity=2 * ONE, price=ONE)
    assert (other.rows, other.replayed) == (0, 4)
    replay(stand, other)
    assert names(stand) == after
    assert stand.count(JOB.rejected) == 5
    assert stand.lake.spark.table(JOB.steps[0].table.name).selectExpr("sum(trade_count)").first() == (5,)


def test_replay_as_it_is_takes_rows_that_pass_now(stand: Stand) -> None:
    sent_ms = int(time.time() * 1000) - 3_600_000
    (early,) = payloads_of(TRADES, {"seq": 9, "venue_ts_ns": (sent_ms + 1_800_000) * 10**6})
    producer = Producer({"bootstrap.servers": stand.lake.settings.bootstrap})
    producer.produce(TRADES.name, value=early, key=b"S", partition=0, timestamp=sent_ms)
    assert producer.flush(30) == 0
    stand.run()
    choice = replace(TABLE, reason="ahead of kafka_ts")
    prepared = prepare_again(find_refused(stand.lake.spark, choice), now())
    assert (prepared.rows, prepared.failing) == (1, 0)
    replay(stand, prepared)
    assert names(stand) == [("p", 1), ("p/replayed", 9)]
    replay(stand, prepared)
    again = prepare_again(find_refused(stand.lake.spark, TABLE), now())
    assert (again.rows, again.replayed, again.failing) == (1, 1, 4)  # the one without a producer is named now
    assert "quantity -1.000000000 is not positive" in (again.example or "")
    assert names(stand) == [("p", 1), ("p/replayed", 9)]


def test_replay_of_a_producer_with_quotes_is_known(stand: Stand, tmp_path: Path) -> None:
    stand.send(to(0, payloads_of(TRADES, {"producer_id": "o'neil\\", "quantity": -ONE})))
    stand.run()
    replay(stand, mend(stand, tmp_path, refused_at(stand, 6), quantity=ONE))
    (row,) = refused_at(stand, 6)
    assert (row.new_producer_id, row.is_replayed) == ("o'neil\\/replayed", True)
