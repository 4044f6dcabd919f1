"""A venue that replays a real market of Binance, and what must hold of what is published."""

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow as pa

from pipelines.silver.books import build_books
from pipelines.source.feeds.binance import MARKETS, BinanceFeed
from pipelines.source.feeds.engine import Limits
from pipelines.source.feeds.events import Clock
from pipelines.source.feeds.journal import Journal
from pipelines.wire import wire_schema
from schemas.proto import market_pb2 as pb
from schemas.registry import Topic
from schemas.silver import SILVER_DEPTH
from schemas.topics import DEPTH, QUOTES, TRADES
from tests.pipelines.silver.deliveries import ONE, typed
from tests.pipelines.source.feeds.following import Followed, Row, backoff, run_until, wait_until
from tests.pipelines.source.feeds.market import Recording, TrueBook, is_depth, is_whole, rebuild, record
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
    whole: Recording,
    messages: list[str],
    snapshot_count: int,
    first: Script | None = None,
    limits: Limits | None = None,
) -> Followed:
    """Follow a venue that sends these messages (after a first connection by `first`), until all is published.

    That is, the last quote, as many snapshots of its connection, and a book without a gap after the last one. With its
    second difference the venue waits until a snapshot is published; what it gives is the true book, as far as it has
    sent.
    """
    followed, sent, truth = Followed(), [0], TrueBook(whole.snapshot)

    def send(connection: ServerConnection) -> None:
        before = len(snapshots(followed))
        first = next(at for at, message in enumerate(messages) if is_depth(message))
        for at, message in enumerate(messages):
            connection.send(message)
            sent[0] += 1
            if at == first:
                wait_until(lambda: len(snapshots(followed)) > before)
        hold(connection)

    def answer(_: str) -> tuple[int, bytes]:
        truth.apply(whole.messages[: max(0, len(whole.messages) - len(messages)) + sent[0]])
        return 200, truth.answer()

    last = max(row["venue_seq"] for row in whole.imported[QUOTES])

    def is_done() -> bool:
        newest = followed.of(QUOTES)[-1:]
        mine = [row for row in followed.of(DEPTH) if newest and row["producer_id"] == newest[0]["producer_id"]]
        count = sum(row["kind"] == pb.DEPTH_KIND_SNAPSHOT for row in mine)
        return count >= snapshot_count and newest[0]["venue_seq"] == last and is_whole(mine)

    with running_venue([first, send] if first else [send], answer) as venue:
        run_until(followed, making(venue, whole.market, whole.symbol), is_done, limits or Limits())
    return followed


def assert_book_is_true(followed: Followed, whole: Recording) -> None:
    """The last connection's book is the venue's, by hand and as the lake rebuilds it from the messages in order."""
    truth = TrueBook(whole.snapshot)
    truth.apply(whole.messages)
    producer_id = followed.of(DEPTH)[-1]["producer_id"]
    rows = [row for row in followed.of(DEPTH) if row["producer_id"] == producer_id]
    assert rebuild(rows) == truth.book()
    *_, last = [row for row in build_books(silver_depth(rows)).to_pylist() if row["state"] != "COVERED"]
    assert (last["state"], last["book_seq"]) == ("VALID", truth.last)
    for side, best in (("bid", max), ("ask", min)):
        book = truth.book()[f"{side}s"]
        price = best(book)
        assert (last[f"{side}_price"] * ONE, last[f"{side}_quantity"] * ONE) == (price, book[price])


def silver_depth(rows: list[Row]) -> pa.Table:
    """What was published as rows of silver.depth."""
    return typed(DEPTH, [pa.RecordBatch.from_pylist(rows, wire_schema(DEPTH))], SILVER_DEPTH)


def assert_nothing_is_missing(followed: Followed, whole: Recording) -> None:
    """Each trade and each quote of the recording is out once, in order."""
    for topic in (TRADES, QUOTES):
        published = [row["venue_seq"] for row in followed.of(topic)]
        assert published == [row["venue_seq"] for row in whole.imported[topic]]
