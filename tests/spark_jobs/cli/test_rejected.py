"""A refused row as JSON that a person edits."""

from dataclasses import replace
from datetime import UTC, datetime

from schemas.topics import TRADES
from spark_jobs.cli.rejected import as_entry
from spark_jobs.rejected import Refused
from tests.pipelines.silver.deliveries import ONE, payloads_of

TIME = datetime(2024, 8, 8, 12, 0, 0, 1000, tzinfo=UTC)
ROW = Refused(
    kafka_topic=TRADES.name,
    kafka_partition=1,
    kafka_offset=17,
    kafka_ts=TIME,
    ingest_ts=TIME,
    producer_id="p",
    seq=1,
    symbol="S",
    violations=["quantity -1.000000000 is not positive"],
    is_decodable=True,
    raw_value=payloads_of(TRADES, {"quantity": -ONE})[0],
    new_producer_id="p/replayed",
    new_seq=1,
    is_replayed=False,
)


def test_as_entry_of_a_message() -> None:
    entry = as_entry(ROW)
    assert entry.pop("message")["quantity"] == -ONE
    assert entry == {
        "topic": "market.trades.v1",
        "partition": 1,
        "offset": 17,
        "kafka_ts": "2024-08-08T12:00:00.001000Z",
        "violations": ["quantity -1.000000000 is not positive"],
    }


def test_as_entry_of_bytes_that_are_no_message() -> None:
    bytes_ = as_entry(replace(ROW, is_decodable=False, raw_value=b"\xff\x00"))
    assert (bytes_["message"], bytes_["raw_value"]) == (None, "0xff00")
    nothing = as_entry(replace(ROW, is_decodable=False, raw_value=None))
    assert (nothing["message"], nothing["raw_value"]) == (None, None)
