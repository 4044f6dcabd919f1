"""A venue that replays a real market of Binance, and what must hold of what is published."""

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event

from pipelines.source.feeds.binance import MARKETS, BinanceFeed
from pipelines.source.feeds.engine import Limits
from pipelines.source.feeds.events import Clock
from pipelines.source.feeds.journal import Journal
from schemas.proto import market_pb2 as pb
from schemas.registry import Topic
from schemas.topics import DEPTH, QUOTES, TRADES
from tests.pipelines.source.feeds.following import Followed, Row, backoff, run_until
from tests.pipelines.source.feeds.market import Recording, TrueBook, is_depth, rebuild, record
from tests.pipelines.source.feeds.venue import Script, ServerConnection, Venue, hold, running_venue

SPOT_CAPTURE, USDM_CAPTURE = "spot_btcusdt_20240808", "usdm_ethusdt_20240808"
TOPICS = (TRADES, QUOTES, DEPTH)


@cache
def recording(name: str = SPOT_CAPTURE, count: int = 2_000) -> Recording:
    with TemporaryDirectory() as folder:
        return record(name, count, Path(folder))


def making(venue: Venue, market: str = "spot", symbol: str = "BTCUSDT") -> Callable[[Journal, Clock], BinanceFeed]:
    there = replace(MARKETS[market], stream_url=venue.stream_url, rest_url=venue.rest_url)
    return lambda journal, clock: BinanceFeed(there, [symbol], journal, clock, backoff())


def bare(rows: list[Row], topic: Topic) -> list[Row]:
    """Rows without what a reception gives them; of depth without the place of the snapshot among them."""
    left_out = {"producer_id", "receive_ts_ns"} | ({"seq"} if topic is DEPTH else set())
    kept = [{name: value for name, value in row.items() if name not in left_out} for row in rows]
    return sorted(kept, key=lambda row: (row["kind"], row["venue_seq"])) if topic is DEPTH else kept


def snapshots(followed: Followed) -> list[Row]:
    return [row for row in followed.of(DEPTH) if row["kind"] == pb.DEPTH_KIND_SNAPSHOT]


def replay_disturbed(
    messages: list[str], snapshot_count: int, first: Script | None = None, limits: Limits | None = None
) -> tuple[Followed, Recording]:
    """Follow a venue that sends these messages (after a first connection by `first`), until all is published.

    That is, the last quote, and as many snapshots of its connection.

    The venue waits with its second difference until a snapshot is asked for; what it gives is the true book, as far as
    it has sent.
    """
    whole, followed, sent, asked = recording(), Followed(), [0], Event()
    truth = TrueBook(whole.snapshot)

    def send(connection: ServerConnection) -> None:
        asked.clear()
        first = next(at for at, message in enumerate(messages) if is_depth(message))
        for at, message in enumerate(messages):
            connection.send(message)
            sent[0] += 1
            if at == first:
                asked.wait(10)
        hold(connection)

    def answer(_: str) -> tuple[int, bytes]:
        asked.set()
        truth.apply(whole.messages[: max(0, len(whole.messages) - len(messages)) + sent[0]])
        return 200, truth.answer()

    last = max(row["venue_seq"] for row in whole.imported[QUOTES])

    def is_done() -> bool:
        newest = followed.of(QUOTES)[-1:]
        mine = [row for row in snapshots(followed) if newest and row["producer_id"] == newest[0]["producer_id"]]
        return len(mine) >= snapshot_count and newest[0]["venue_seq"] == last

    with running_venue([first, send] if first else [send], answer) as venue:
        run_until(followed, making(venue), is_done, limits or Limits())
    return followed, whole


def assert_book_is_true(followed: Followed, whole: Recording) -> None:
    truth = TrueBook(whole.snapshot)
    truth.apply(whole.messages)
    producer_id = followed.of(DEPTH)[-1]["producer_id"]
    assert rebuild([row for row in followed.of(DEPTH) if row["producer_id"] == producer_id]) == truth.book()


def assert_nothing_is_missing(followed: Followed, whole: Recording) -> None:
    """Each trade and each quote of the recording is out once, in order."""
    for topic in (TRADES, QUOTES):
        published = [row["venue_seq"] for row in followed.of(topic)]
        assert published == [row["venue_seq"] for row in whole.imported[topic]]
