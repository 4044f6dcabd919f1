"""The parts of the engine, each for itself."""

import asyncio
from random import Random

import pytest

from pipelines.source.feeds.backoff import Backoff
from pipelines.source.feeds.batches import Recent
from pipelines.source.feeds.chain import Chain
from pipelines.source.feeds.engine import race
from pipelines.source.feeds.events import Event, Received
from pipelines.source.feeds.journal import Tally
from pipelines.source.feeds.rest import check_url
from schemas.errors import FeedLost, SettingsError
from schemas.topics import QUOTES, TRADES


def test_backoff_doubles_up_to_its_most_and_begins_again() -> None:
    delays = Backoff(Random(7), first_s=1, most_s=8)
    waits = [delays.next_s() for _ in range(60)]
    for wait, longest in zip(waits, [1, 2, 4] + [8] * 57, strict=True):
        assert longest / 2 <= wait <= longest
    assert len(set(waits)) == 60
    delays.reset()
    assert delays.next_s() <= 1


def test_backoff_of_one_seed_is_always_the_same() -> None:
    first, second = Backoff(Random(3)), Backoff(Random(3))
    assert [first.next_s() for _ in range(5)] == [second.next_s() for _ in range(5)]


def test_recent_knows_the_last_keys_only() -> None:
    recent = Recent(2)
    assert [recent.add(key) for key in "aabca"] == [True, False, True, True, True]
    recent.forget("c")
    assert recent.add("c")


@pytest.mark.parametrize(
    ("diffs", "gaps"),
    [
        ([(9, 12), (12, 15)], [False, False]),
        ([(9, 12), (13, 15), (15, 16)], [False, True, False]),
        ([(9, 12), (11, 15)], [False, True]),  # overlaps what it should follow
        ([(9, 12), (9, 12), (12, 13)], [False, False, False]),
        ([(9, 12), (15, 18), (12, 15), (18, 19)], [False, True, False, False]),
    ],
)
def test_chain_finds_gaps(diffs: list[tuple[int, int]], gaps: list[bool]) -> None:
    chain = Chain()
    assert [chain.add(before, last) for before, last in diffs] == gaps


def test_chain_accepts_a_snapshot_that_it_reaches_back_to() -> None:
    chain = Chain()
    chain.add(9, 12)
    assert [chain.accept(number) for number in (8, 9, 30)] == [False, True, True]
    chain.add(20, 25)
    assert [chain.accept(number) for number in (12, 20)] == [False, True]


def test_chain_that_begins_with_a_snapshot_goes_on_over_it() -> None:
    for before, is_gap in ((8, False), (10, False), (11, True)):
        chain = Chain()
        assert chain.accept(10)
        assert chain.add(before, 14) is is_gap


@pytest.mark.parametrize(
    ("url", "wrong"),
    [
        ("wss://venue.example/", None),
        ("ws://127.0.0.1:80", None),
        ("ws://localhost", None),
        ("ws://venue.example", "is not encrypted"),
        ("https://venue.example", "is no URL of a venue"),
        ("venue.example", "is no URL of a venue"),
        ("wss://", "is no URL of a venue"),
    ],
)
def test_check_url(url: str, wrong: str | None) -> None:
    if wrong is None:
        assert check_url("--x", url, ("wss", "ws")) == url.rstrip("/")
    else:
        with pytest.raises(SettingsError, match=f"--x {url} {wrong}"):
            check_url("--x", url, ("wss", "ws"))


def test_tally_says_what_has_happened() -> None:
    assert Tally().sentence() == "Published 0 messages."
    said = Tally({TRADES: 1_200, QUOTES: 3}, connections=2, gaps=1, malformed=0, repeats=5).sentence()
    assert said == (
        "Published 1,203 messages (1,200 to market.trades.v1, 3 to market.quotes.v1); "
        "connections: 2, gaps: 1, repeated: 5."
    )


def test_race_passes_the_first_error_and_waits_for_the_others() -> None:
    ended = []

    async def lose() -> None:
        raise FeedLost("gone")

    async def last() -> None:
        try:
            await asyncio.sleep(60)
        finally:
            ended.append("last")

    with pytest.raises(FeedLost, match="gone"):
        asyncio.run(race(last(), lose()))
    assert ended == ["last"]


def test_received_halves_keep_every_message() -> None:
    items = [(number, Event(TRADES, "X", "echo", {"price": str(number)})) for number in range(5)]
    first, second = Received.of(items).halves()
    assert [*first.receive_ns, *second.receive_ns] == [0, 1, 2, 3, 4]
    assert (len(first), len(second)) == (2, 3)
