"""What the Binance feed does about snapshots that are refused, late or of no use."""

import json
import time
from threading import Event

import pytest

from pipelines.source.importers.binance import USDM
from schemas.errors import FeedRefused
from schemas.topics import DEPTH
from tests.pipelines.source.feeds.binance_replay import (
    USDM_CAPTURE,
    making,
    recording,
    snapshots,
)
from tests.pipelines.source.feeds.following import Followed, run_until
from tests.pipelines.source.feeds.venue import Answer, hold, replaying, running_venue


def answering(*answers: tuple[int, bytes]) -> Answer:
    """One answer after the other, the last one again and again."""
    left = list(answers)
    return lambda _: left.pop(0) if len(left) > 1 else left[0]


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        ((503, b"busy"), "(HTTP 503: busy)"),
        ((200, b"<html>"), "is missing or no whole number"),
        ((200, b'{"lastUpdateId":50093239218,"bids":[["1"]],"asks":[]}'), "field b is [['1']] and not a list"),
        ((200, b'{"lastUpdateId":50093239187,"bids":[],"asks":[]}'), None),  # the first difference follows 50093239188
    ],
)
def test_snapshot_that_cannot_be_used_is_asked_for_again(bad: tuple[int, bytes], said: str | None) -> None:
    whole, followed = recording(), Followed()
    good = (200, json.dumps(whole.snapshot).encode())
    with running_venue([replaying(whole.messages)], answering(bad, good)) as venue:
        run_until(followed, making(venue), lambda: len(snapshots(followed)) > 0)
    (row,) = snapshots(followed)
    assert row["venue_seq"] == whole.snapshot["lastUpdateId"]
    assert len(venue.requests) == 2
    if said:
        assert any(said in sentence and "asking again in" in sentence for sentence in followed.said)


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (
            b'{"code":-1121,"msg":"Invalid symbol."}',
            "Binance has no symbol NONE in this market: change --symbols or --market.",
        ),
        (b'{"code":-1100,"msg":"Illegal characters."}', "symbol=NONE&limit=1000 is refused (HTTP 400: {"),
    ],
)
def test_unknown_symbol_ends_the_feed_with_what_the_venue_says(answer: bytes, sentence: str) -> None:
    with running_venue([hold], lambda _: (400, answer)) as venue, pytest.raises(FeedRefused) as caught:
        run_until(Followed(), making(venue, symbol="NONE"), lambda: False)
    assert sentence in str(caught.value)


def test_book_without_differences_gets_its_snapshot() -> None:
    whole, followed = recording(USDM_CAPTURE), Followed()
    body = json.dumps(whole.snapshot).encode()
    with running_venue([hold], lambda _: (200, body)) as venue:
        run_until(followed, making(venue, "usdm", "ETHUSDT"), lambda: len(snapshots(followed)) > 0)
    assert {row["venue"] for row in followed.of(DEPTH)} == {USDM}


def test_feed_stops_while_a_snapshot_does_not_come() -> None:
    whole, asked, go_on = recording(), Event(), Event()

    def answer(_: str) -> tuple[int, bytes]:
        asked.set()
        go_on.wait(20)
        return 503, b""

    with running_venue([replaying(whole.messages[:100])], answer) as venue:
        start = time.monotonic()
        run_until(Followed(), making(venue), asked.is_set)
        assert time.monotonic() - start < 5
        go_on.set()
