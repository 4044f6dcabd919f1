"""The Binance feed against a venue on loopback that replays a real market, and misbehaves on demand."""

import json
import time
from random import Random

import pytest

from pipelines.source.feeds.binance import MARKETS, SNAPSHOT_PAUSE_S
from pipelines.source.feeds.engine import Limits
from schemas.proto import market_pb2 as pb
from schemas.topics import DEPTH, QUOTES, TRADES
from tests.pipelines.source.feeds.binance_replay import (
    SPOT_CAPTURE,
    TOPICS,
    USDM_CAPTURE,
    assert_book_is_true,
    assert_nothing_is_missing,
    bare,
    making,
    recording,
    replay_disturbed,
    snapshots,
)
from tests.pipelines.source.feeds.following import Followed, run_until
from tests.pipelines.source.feeds.market import is_depth
from tests.pipelines.source.feeds.venue import Script, cut_off, hold, replaying, running_venue


@pytest.mark.parametrize("name", [SPOT_CAPTURE, USDM_CAPTURE])
def test_undisturbed_replay_is_what_the_importer_makes_of_it(name: str) -> None:
    whole, followed, before_ns = recording(name), Followed(), time.time_ns()
    market, symbol = whole.market, whole.symbol
    body = json.dumps(whole.snapshot).encode()
    total = sum(map(len, whole.imported.values()))
    with running_venue([replaying(whole.messages)], lambda _: (200, body)) as venue:
        run_until(followed, making(venue, market, symbol), lambda: followed.journal.tally.total >= total)
    for topic in TOPICS:
        assert bare(followed.of(topic), topic) == bare(whole.imported[topic], topic)
        assert [row["seq"] for row in followed.of(topic)] == list(range(1, len(followed.of(topic)) + 1))
        assert all(before_ns < row["receive_ts_ns"] < time.time_ns() for row in followed.of(topic))
    (producer_id,) = {row["producer_id"] for topic in TOPICS for row in followed.of(topic)}
    assert producer_id.startswith("binance-")
    path = MARKETS[market].depth_path
    assert venue.requests == [f"GET {path}?symbol={symbol}&limit=1000"]
    lower = symbol.lower()
    assert venue.streams == [f"/stream?streams={lower}@trade/{lower}@bookTicker/{lower}@depth@100ms"]
    assert followed.said == [f"Connected to {venue.stream_url}{venue.streams[0]}."]
    tally = followed.journal.tally
    assert (tally.connections, tally.gaps, tally.malformed, tally.repeats) == (1, 0, 0, 0)


@pytest.mark.parametrize("name", [SPOT_CAPTURE, USDM_CAPTURE])
def test_lost_difference_brings_a_new_snapshot(name: str) -> None:
    whole = recording(name)
    messages = list(whole.messages)
    lost = [at for at, message in enumerate(messages) if is_depth(message)][60]
    message = json.loads(messages.pop(lost))
    data = message["data"]
    followed = replay_disturbed(whole, messages, 2)
    assert followed.journal.tally.gaps == 1
    assert followed.said[1:] == [
        f"binance {message['stream']}: update {data['u']} should follow {data.get('pu', data['U'] - 1)}, a gap; "
        "a new snapshot is fetched."
    ]
    assert len(snapshots(followed)) == 2
    assert_book_is_true(followed, whole)
    assert_nothing_is_missing(followed, whole)


def test_gaps_while_a_snapshot_is_on_its_way_ask_for_one_more() -> None:
    whole = recording()
    messages = list(whole.messages)
    diffs = [at for at, message in enumerate(messages) if is_depth(message)]
    for at in reversed(diffs[40:60:2]):
        del messages[at]
    followed = replay_disturbed(whole, messages, 2)
    assert followed.journal.tally.gaps == 10
    assert len(snapshots(followed)) <= 4
    assert_book_is_true(followed, whole)


def test_repeated_messages_are_left_out() -> None:
    whole = recording()
    twice = [message for message in whole.messages for _ in range(2)]
    followed = replay_disturbed(whole, twice, 1)
    tally = followed.journal.tally
    assert (tally.repeats, tally.gaps) == (len(whole.messages), 0)
    assert_book_is_true(followed, whole)
    assert_nothing_is_missing(followed, whole)


def test_differences_out_of_order_are_a_gap_and_none_is_lost() -> None:
    whole = recording()
    messages = list(whole.messages)
    first, second = [at for at, message in enumerate(messages) if is_depth(message)][60:62]
    messages[first], messages[second] = messages[second], messages[first]
    followed = replay_disturbed(whole, messages, 2)
    assert followed.journal.tally.gaps == 1
    diffs = {row["venue_seq"] for row in followed.of(DEPTH) if row["kind"] == pb.DEPTH_KIND_DIFF}
    assert diffs == {row["venue_seq"] for row in whole.imported[DEPTH] if row["kind"] == pb.DEPTH_KIND_DIFF}
    assert_book_is_true(followed, whole)
    assert_nothing_is_missing(followed, whole)


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("name", [SPOT_CAPTURE, USDM_CAPTURE])
def test_drops_repeats_and_swaps_at_random_end_in_the_true_book(name: str, seed: int) -> None:
    whole, random = recording(name), Random(seed)
    messages, calm = list(whole.messages), len(whole.messages) - 50
    for at in sorted(random.sample(range(100, calm), 60), reverse=True):
        disturb = random.choice(("drop", "repeat", "swap"))
        if disturb == "drop":
            del messages[at]
        elif disturb == "repeat":
            messages.insert(at + random.randrange(20), messages[at])
        else:
            messages[at - 8], messages[at] = messages[at], messages[at - 8]
    followed = replay_disturbed(whole, messages, 2)
    assert followed.journal.tally.gaps > 0
    assert_book_is_true(followed, whole)


GARBAGE = (
    ("not json", "binance: a message is no JSON ("),
    ("[1]", "binance: a message is of none of the streams trade, bookTicker, depth@100ms; "),
    ('{"stream":"btcusdt@kline_1m","data":{"s":"BTCUSDT"}}', "binance: a message is of none of the streams"),
    (
        '{"stream":"btcusdt@trade","data":{"s":"XYZ"}}',
        "binance btcusdt@trade: field s is 'XYZ' and none of the symbols asked for; ",
    ),
    (
        '{"stream":"btcusdt@trade","data":{"s":"BTCUSDT","t":1,"p":"1","q":"x","T":1723161255342,"m":true}}',
        "binance btcusdt@trade: field q is 'x' and not a decimal string with at most 9 decimals below 9223372036; "
        "such messages are left out.",
    ),
    (
        '{"stream":"btcusdt@bookTicker","data":{"s":"BTCUSDT","u":{},"b":"1","B":"1","a":"2","A":"1"}}',
        "binance btcusdt@bookTicker: field u is {} and not a whole number of 64 bits; ",
    ),
)


@pytest.mark.parametrize(("text", "sentence"), GARBAGE)
def test_bad_message_is_counted_and_said_and_nothing_else_is_lost(text: str, sentence: str) -> None:
    whole = recording()
    messages = list(whole.messages)
    messages[500:500] = [text, text]
    followed = replay_disturbed(whole, messages, 1)
    tally = followed.journal.tally
    assert (tally.malformed > 0, tally.malformed + tally.repeats) == (True, 2)
    (said,) = followed.said[1:]
    assert said.startswith(sentence)
    assert_book_is_true(followed, whole)
    assert_nothing_is_missing(followed, whole)


def test_bad_difference_brings_a_new_snapshot() -> None:
    whole = recording()
    messages = list(whole.messages)
    bad = [at for at, message in enumerate(messages) if is_depth(message)][60]
    changed = json.loads(messages[bad])
    changed["data"]["b"] = "none"
    messages[bad] = json.dumps(changed)
    followed = replay_disturbed(whole, messages, 2)
    tally = followed.journal.tally
    assert (tally.malformed, tally.gaps, len(snapshots(followed))) == (1, 0, 2)
    assert_book_is_true(followed, whole)
    assert_nothing_is_missing(followed, whole)


@pytest.mark.parametrize(
    ("ending", "reason", "silence_s"),
    [(cut_off, "no close frame", 60), (hold, "nothing arrived for 0.5 s", 0.5)],
)
def test_lost_connection_is_made_again_with_a_new_book(ending: Script, reason: str, silence_s: float) -> None:
    whole = recording()
    messages = whole.messages
    first = replaying(messages[:1_000], ending)
    followed = replay_disturbed(whole, messages[900:], 1, first, Limits(silence_s=silence_s))
    trades = [row["venue_seq"] for row in followed.of(TRADES)]
    assert trades == [row["venue_seq"] for row in whole.imported[TRADES]]
    quotes = {row["venue_seq"] for row in followed.of(QUOTES)}
    assert quotes == {row["venue_seq"] for row in whole.imported[QUOTES]}
    producers = list(dict.fromkeys(row["producer_id"] for row in followed.of(DEPTH)))
    assert snapshots(followed)[-1]["producer_id"] == producers[-1]
    assert len(producers) == followed.journal.tally.connections == 2
    assert followed.journal.tally.gaps == 0
    assert_book_is_true(followed, whole)
    (lost,) = [said for said in followed.said if "is lost" in said]
    assert reason in lost
    assert f"connecting again in {next(wait for wait in followed.waits if wait != SNAPSHOT_PAUSE_S):.1f} s" in lost
