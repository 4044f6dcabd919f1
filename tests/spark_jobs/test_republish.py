"""Refused messages judged again, without Spark: what passes goes out under a new name, what does not is named."""

from datetime import UTC, datetime

import pytest

from pipelines.source.edited import Edit
from schemas.errors import SourceError
from schemas.registry import Topic
from schemas.topics import ORDER_EVENTS, TRADES
from spark_jobs.rejected import Refused
from spark_jobs.republish import Replay, judge_again, prepare_again, prepare_edits, publish_replay
from tests.pipelines.silver.deliveries import KAFKA_TS, ONE, payloads_of

GOOD, BAD = payloads_of(TRADES, {}, {"quantity": -ONE})


def refused(offset: int, payload: bytes | None, *, is_replayed: bool = False, topic: Topic = TRADES) -> Refused:
    """A row as the lakehouse gives it; its producer is called p, its seq is the offset."""
    return Refused(
        kafka_topic=topic.name,
        kafka_partition=0,
        kafka_offset=offset,
        kafka_ts=KAFKA_TS,
        ingest_ts=KAFKA_TS,
        producer_id="p",
        seq=offset,
        symbol="S",
        violations=["was bad"],
        is_decodable=True,
        raw_value=payload,
        new_producer_id="p/replayed",
        new_seq=offset,
        is_replayed=is_replayed,
    )


def edit_of(offset: int, payload: bytes, moment: datetime = KAFKA_TS) -> Edit:
    return Edit(f"fixed.json, entry {offset}", TRADES, (0, offset, moment), payload)


def prepare(edits: list[Edit], *rows: Refused) -> Replay:
    return prepare_edits(edits, lambda topic, places: list(rows), KAFKA_TS)


def names_in(replay: Replay) -> list[tuple[str, int]]:
    return [(row["producer_id"], row["seq"]) for each in replay.passing for row in each.passing.to_pylist()]


def test_judge_again_keeps_what_passes_under_new_names() -> None:
    judged = judge_again(TRADES, [refused(3, GOOD), refused(4, BAD), refused(5, b"\xff"), refused(6, None)], KAFKA_TS)
    (row,) = judged.passing.to_pylist()
    assert (row["producer_id"], row["seq"], row["symbol"]) == ("p/replayed", 3, "S")
    assert judged.violations[1] == ["quantity -1.000000000 is not positive"]
    assert [judged.violations[at][0].split(":")[0] for at in (2, 3)] == ["payload cannot be decoded"] * 2
    assert [len(each) for each in judged.violations.values()] == [1, 1, 1]


def test_judge_again_goes_by_the_time_of_publishing() -> None:
    early = datetime(2024, 8, 8, 11, tzinfo=UTC)
    assert "ahead of kafka_ts" in judge_again(TRADES, [refused(3, GOOD)], early).violations[0][0]


def test_prepare_again_of_some_that_pass_counts_the_others() -> None:
    rows = [refused(9, GOOD), refused(4, BAD), refused(5, BAD), refused(3, GOOD), refused(6, GOOD, is_replayed=True)]
    replay = prepare_again(rows, KAFKA_TS)
    assert names_in(replay) == [("p/replayed", 3), ("p/replayed", 9)]
    assert (replay.rows, replay.replayed, replay.failing) == (2, 1, 2)
    assert replay.example == "market.trades.v1[0] offset 4: quantity -1.000000000 is not positive"


def test_prepare_again_of_nothing() -> None:
    assert prepare_again([], KAFKA_TS) == Replay([], 0)


def test_prepare_edits_sends_the_edited_message_in_the_place_of_the_row() -> None:
    replay = prepare([edit_of(3, GOOD), edit_of(4, GOOD)], refused(3, BAD), refused(4, BAD, is_replayed=True))
    assert names_in(replay) == [("p/replayed", 3)]
    assert (replay.rows, replay.replayed, replay.failing) == (1, 1, 0)


def test_prepare_edits_with_one_that_does_not_pass_sends_none() -> None:
    sentence = r"^fixed.json, entry 4: quantity -1.000000000 is not positive. Nothing was published.$"
    with pytest.raises(SourceError, match=sentence):
        prepare([edit_of(3, GOOD), edit_of(4, BAD)], refused(3, BAD), refused(4, BAD))


@pytest.mark.parametrize("edit", [edit_of(4, GOOD), edit_of(3, GOOD, datetime(2023, 8, 8, tzinfo=UTC))])
def test_prepare_edits_of_what_was_not_refused(edit: Edit) -> None:
    with pytest.raises(SourceError, match=r"market.trades.v1\[0\] offset . of .*Z was not refused: leave topic"):
        prepare([edit], refused(3, BAD))


def test_prepare_of_the_exchange_s_own_topic_is_refused() -> None:
    with pytest.raises(SourceError, match=r"market.order_events.v1 is the exchange's own .* replay the order instead"):
        prepare_again([refused(3, GOOD, topic=ORDER_EVENTS)], KAFKA_TS)


def test_publish_replay_of_nothing_needs_no_broker() -> None:
    publish_replay("127.0.0.1:1", prepare_again([], KAFKA_TS))
