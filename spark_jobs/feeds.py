"""The live feeds of an instance: a venue's stream to the topics, until SIGTERM, SIGHUP or Ctrl-C."""

import asyncio
import signal
import time
from collections.abc import Callable
from random import Random

from pipelines.source.feeds.backoff import Backoff
from pipelines.source.feeds.engine import Engine, Limits, follow
from pipelines.source.feeds.events import Clock, Feed
from pipelines.source.feeds.journal import Journal
from pipelines.source.publish import Publisher, ensure_topics
from schemas.topics import TOPICS
from spark_jobs.settings import Settings

CLOCK = Clock(time.time_ns)
MakeFeed = Callable[[Journal, Clock, Backoff], Feed]


def run_feed(
    settings: Settings, make: MakeFeed, limits: Limits, advance: Callable[[int], object], say: Callable[[str], object]
) -> None:
    """Publish until a signal, and say how many messages it was, whatever ended it.

    `make` is given the journal, the clock, and how requests are tried again. Raises InstanceError when the broker
    fails, FeedRefused when the venue refuses the feed.
    """
    journal, random = Journal(say), Random(time.time_ns())
    feed = make(journal, CLOCK, Backoff(random))
    ensure_topics(settings.bootstrap, TOPICS, settings.partitions)
    try:
        with Publisher(settings.bootstrap) as publisher:
            engine = Engine(publisher.publish, advance, CLOCK, Backoff(random), limits)
            asyncio.run(_follow_until_signal(feed, engine))
    finally:
        say(journal.tally.sentence())


async def _follow_until_signal(feed: Feed, engine: Engine) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await follow(feed, engine, stop)
