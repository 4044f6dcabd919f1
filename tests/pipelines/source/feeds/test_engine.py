"""What a feed does when broker or venue refuse, are slow, or send what cannot be read."""

import asyncio
import time
from collections.abc import Iterator
from contextlib import suppress
from threading import Event as Flag

import pyarrow as pa
import pytest
from websockets.exceptions import ConnectionClosed

from pipelines.source.feeds.engine import Engine, Limits, follow
from pipelines.source.feeds.events import Builder, Clock, Event, Incoming, Line, Link
from pipelines.source.feeds.journal import Journal
from schemas.errors import FeedRefused, InstanceError
from schemas.registry import Topic
from schemas.topics import TRADES
from tests.pipelines.source.feeds.following import Followed, backoff, run_until, wait_until
from tests.pipelines.source.feeds.venue import Script, ServerConnection, hold, replaying, running_venue


class Echo:
    """A feed whose messages are prices of trades."""

    name = "echo"

    def __init__(self, url: str, journal: Journal) -> None:
        self.link, self.journal = Link(url), journal
        self.builders: dict[Topic, Builder] = {TRADES: lambda received: {"price": received.units("price")}}

    def begin(self) -> None:
        """Nothing."""

    def read(self, incoming: Incoming) -> Iterator[Event]:
        """One trade a message."""
        yield Event(TRADES, "X", "echo", {"price": incoming.text.decode().strip()})

    def missed(self, event: Event) -> None:
        """Nothing."""

    async def attend(self, line: Line) -> None:
        """Nothing to do."""
        await asyncio.sleep(3600)


def test_message_among_many_that_cannot_be_read_stands_alone() -> None:
    followed = Followed()
    messages = [str(number) if number % 97 else "x" for number in range(1, 1_000)]
    with running_venue([replaying(messages)]) as venue:
        run_until(followed, lambda journal, _: Echo(venue.stream_url, journal), lambda: len(followed.of(TRADES)) >= 989)
    good = [int(message) * 10**9 for message in messages if message != "x"]
    assert [row["price"] for row in followed.of(TRADES)] == good
    assert [row["seq"] for row in followed.of(TRADES)] == list(range(1, len(good) + 1))
    assert followed.journal.tally.malformed == 10


@pytest.mark.parametrize(("status", "is_final"), [(503, False), (429, False), (403, True), (451, True)])
def test_connection_that_is_refused(status: int, is_final: bool) -> None:
    followed = Followed()
    with running_venue([status, replaying(["1"])]) as venue:

        def make(journal: Journal, _: Clock) -> Echo:
            return Echo(venue.stream_url, journal)

        if is_final:
            with pytest.raises(FeedRefused, match=rf"HTTP {status}"):
                run_until(followed, make, lambda: len(followed.of(TRADES)) > 0)
        else:
            run_until(followed, make, lambda: len(followed.of(TRADES)) > 0)
            assert followed.said[0].startswith(f"{venue.stream_url} is lost (HTTP {status}); connecting again in ")


def test_delay_grows_while_the_venue_is_away_and_is_reset_by_a_stable_connection() -> None:
    followed = Followed()
    script = [503, 503, 503, 503, replaying(["1"], lambda _: time.sleep(0.1)), replaying(["2"])]
    with running_venue(script) as venue:
        limits = Limits(gather_s=0.01, stable_s=0.1)
        make = lambda journal, _: Echo(venue.stream_url, journal)  # noqa: E731 - one line
        run_until(followed, make, lambda: len(followed.of(TRADES)) == 2, limits)
    for wait, longest in zip(followed.waits, (1, 2, 4, 8, 1), strict=True):
        assert longest / 2 <= wait <= longest


def test_feed_stops_while_it_waits_for_a_venue_that_is_away() -> None:
    followed = Followed()
    with running_venue([503]) as venue:
        run_until(followed, lambda journal, _: Echo(venue.stream_url, journal), lambda: len(followed.said) > 3)
    assert not followed.rows


def test_error_of_the_broker_ends_the_feed() -> None:
    def publish(_: Topic, batch: pa.RecordBatch) -> int:
        raise InstanceError(f"The broker did not take {len(batch)} messages.")

    followed = Followed()
    followed.publish = publish  # type: ignore[method-assign]  # the broker that fails
    with running_venue([replaying(["1"] * 100)]) as venue, pytest.raises(InstanceError, match="did not take"):
        run_until(followed, lambda journal, _: Echo(venue.stream_url, journal), lambda: False)


def counting(sent: list[int], messages: list[str]) -> Script:
    """Send messages and count them."""

    def script(connection: ServerConnection) -> None:
        for message in messages:
            connection.send(message)
            sent[0] += 1
        hold(connection)

    return script


def test_venue_waits_while_the_broker_does() -> None:
    """With a broker that takes nothing, no more is read than may wait and than sockets hold."""
    count, sent, go_on, taken = 4_000, [0], Flag(), [0]

    def publish(_: Topic, batch: pa.RecordBatch) -> int:
        go_on.wait(20)
        taken[0] += len(batch)
        return len(batch)

    async def run() -> None:
        stop, before = asyncio.Event(), -1
        engine = Engine(publish, lambda _: None, Clock(time.time_ns), backoff(), Limits(0.01, most_waiting=100))
        following = asyncio.create_task(follow(Echo(venue.stream_url, Journal(lambda _: None)), engine, stop))
        while sent[0] != before or not sent[0]:
            before = sent[0]
            await asyncio.sleep(0.3)
        assert before < count / 2
        go_on.set()
        while taken[0] < count:
            await asyncio.sleep(0.01)
        stop.set()
        await following

    with running_venue([counting(sent, ["1".rjust(10_000)] * count)]) as venue:
        asyncio.run(asyncio.wait_for(run(), 30))
    assert taken == [count]


def test_what_had_arrived_when_the_feed_is_stopped_is_published() -> None:
    taken, sent = [0], [0]

    def publish(_: Topic, batch: pa.RecordBatch) -> int:
        taken[0] += len(batch)
        return len(batch)

    async def run() -> None:
        stop = asyncio.Event()
        engine = Engine(publish, lambda _: None, Clock(time.time_ns), backoff(), Limits(gather_s=1))
        following = asyncio.create_task(follow(Echo(venue.stream_url, Journal(lambda _: None)), engine, stop))
        while sent[0] < 50:
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.3)
        stop.set()
        await following

    with running_venue([counting(sent, ["1"] * 50)]) as venue:
        asyncio.run(run())
    assert taken == [50]


def test_feed_that_is_stopped_says_goodbye_to_the_venue() -> None:
    followed, codes = Followed(), list[int]()

    def listen(connection: ServerConnection) -> None:
        connection.send("1")
        with suppress(ConnectionClosed):
            connection.recv()
        codes.append(connection.close_code or 0)

    with running_venue([listen]) as venue:
        run_until(followed, lambda journal, _: Echo(venue.stream_url, journal), lambda: len(followed.of(TRADES)) == 1)
        wait_until(lambda: bool(codes))
    assert codes == [1000]
