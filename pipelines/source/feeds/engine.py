"""Connections to a venue, one after the other: what arrives is published, what is lost is connected again."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from ssl import SSLCertVerificationError
from typing import Any

import pyarrow as pa
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidStatus, WebSocketException

from pipelines.source.feeds.backoff import Backoff
from pipelines.source.feeds.batches import Batches
from pipelines.source.feeds.events import Clock, Feed, Incoming, Line
from pipelines.source.feeds.rest import REFUSALS, is_loopback
from schemas.errors import FeedLost, FeedRefused
from schemas.registry import Topic

MOST_TOGETHER = 5_000
MOST_BYTES = 16 * 2**20  # of a message
PING_S = 20.0  # between pings, and how long a pong may take
CLOSE_S = 2.0
SECOND_NS = 1_000_000_000

SILENT = logging.getLogger("depthlake.feeds")  # the library's own lines hold what was sent, keys too
SILENT.addHandler(logging.NullHandler())
SILENT.setLevel(logging.CRITICAL + 1)
SILENT.propagate = False

Publish = Callable[[Topic, pa.RecordBatch], int]
Waiting = asyncio.Queue[Incoming | None]


@dataclass(frozen=True)
class Limits:
    """How long, in seconds: messages are gathered, a stream may be silent, a connection lasts that counts as stable.

    And how many messages may wait to be published: then reading stops, and the venue waits.
    """

    gather_s: float = 0.05
    silence_s: float = 60.0
    stable_s: float = 60.0
    most_waiting: int = 20_000


@dataclass(frozen=True)
class Engine:
    """What a feed runs on.

    publish: takes rows of `wire_schema`; it may block, and then the venue waits. advance: told the messages published.
    """

    publish: Publish
    advance: Callable[[int], object]
    clock: Clock
    backoff: Backoff
    limits: Limits


async def follow(feed: Feed, engine: Engine, stop: asyncio.Event) -> None:
    """Publish what a feed brings until `stop` is set; what had arrived by then is published.

    Connects again after every loss. Raises FeedRefused when the venue refuses the feed; errors of `publish` pass.
    """
    batches = Batches(feed)
    while not stop.is_set():
        try:
            await race(_connect(feed, engine, batches), stop.wait())
        except (InvalidStatus, SSLCertVerificationError) as error:
            reason = _judge_opening(feed.link.url, error)
        except (FeedLost, OSError, WebSocketException) as error:
            reason = _reason(error)
        if stop.is_set():
            return
        delay_s = engine.backoff.next_s()
        feed.journal.say(f"{feed.link.url} is lost ({reason}); connecting again in {delay_s:.1f} s.")
        await race(engine.clock.sleep(delay_s), stop.wait())


def _judge_opening(url: str, error: InvalidStatus | SSLCertVerificationError) -> str:
    """Why a connection did not come about. Raises FeedRefused where the next one would not either."""
    if isinstance(error, SSLCertVerificationError):
        raise FeedRefused(f"The certificate of {url} is not trusted ({error.verify_message}).") from error
    code = error.response.status_code
    if code in REFUSALS:
        raise FeedRefused(f"{url} is refused (HTTP {code}): check the URL and what you may read.") from error
    return f"HTTP {code}"


def _reason(error: Exception) -> str:
    return str(error) or type(error).__name__


async def _connect(feed: Feed, engine: Engine, batches: Batches) -> None:
    """One connection, from its opening to its end, which is an error; then what had arrived is published."""
    options: dict[str, Any] = {"max_size": MOST_BYTES, "ping_interval": PING_S, "close_timeout": CLOSE_S}
    options |= {"proxy": None} if is_loopback(feed.link.url) else {}
    options |= {"ssl": feed.link.tls} if feed.link.tls else {}
    async with connect(feed.link.url, logger=SILENT, **options) as connection:
        start_ns = engine.clock.now_ns()
        batches.begin(start_ns)
        feed.begin()
        feed.journal.connected(feed.link.url)
        waiting: Waiting = asyncio.Queue(engine.limits.most_waiting)
        publishing = asyncio.create_task(_publish(waiting, feed, engine, batches))
        try:
            receiving = _receive(connection, waiting, engine)
            await race(receiving, feed.attend(Line(connection.send, waiting.put)), asyncio.shield(publishing))
        finally:
            if engine.clock.now_ns() - start_ns >= engine.limits.stable_s * SECOND_NS:
                engine.backoff.reset()
            await _finish(waiting, publishing)
            await connection.close()  # before the exit, which would call it an error


async def _receive(connection: ClientConnection, waiting: Waiting, engine: Engine) -> None:
    silence_s = engine.limits.silence_s
    while True:
        try:
            async with asyncio.timeout(silence_s):
                text = await connection.recv(decode=False)
        except TimeoutError:
            raise FeedLost(f"nothing arrived for {silence_s:g} s") from None
        await waiting.put(Incoming(engine.clock.now_ns(), text))


async def _publish(waiting: Waiting, feed: Feed, engine: Engine, batches: Batches) -> None:
    """Publish what arrives, gathered, until None comes."""
    tally, is_open = feed.journal.tally, True
    while is_open and (first := await waiting.get()):
        if waiting.qsize() < MOST_TOGETHER and not waiting.full():
            await asyncio.sleep(engine.limits.gather_s)
        arrived = [first]
        while len(arrived) < MOST_TOGETHER and not waiting.empty():
            if not (incoming := waiting.get_nowait()):
                is_open = False
                break
            arrived.append(incoming)
        for topic, batch in batches.build(arrived):
            sent = await asyncio.to_thread(engine.publish, topic, batch)
            tally.published[topic] = tally.published.get(topic, 0) + sent
            engine.advance(tally.total)


async def _finish(waiting: Waiting, publishing: asyncio.Task[None]) -> None:
    """Let the publishing end with what has arrived; its error, if it has one, passes."""
    closing = asyncio.create_task(waiting.put(None))
    await asyncio.wait([closing, publishing], return_when=asyncio.FIRST_COMPLETED)
    closing.cancel()
    await publishing


async def race(*runners: Coroutine[Any, Any, object] | Awaitable[object]) -> None:
    """Run all until the first ends, then cancel the others; the first error in the order of the runners passes."""
    tasks = [asyncio.ensure_future(runner) for runner in runners]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    for task in tasks:
        if not task.cancelled():
            task.result()
