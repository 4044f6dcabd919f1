"""Binance, spot and USD-M perpetuals: trades, best quotes and books by the combined stream and REST snapshots.

The stream is opened first. The first difference of a book asks for its snapshot; differences that came before it are
published too, because a book applies those with u > lastUpdateId. A snapshot that the differences do not reach back to
is fetched again.
"""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import pyarrow as pa

from pipelines.source.feeds.backoff import Backoff
from pipelines.source.feeds.chain import Chain
from pipelines.source.feeds.events import (
    Builder,
    Clock,
    Columns,
    Event,
    Incoming,
    Line,
    Link,
    Received,
    parse,
    unusable,
)
from pipelines.source.feeds.journal import Journal
from pipelines.source.feeds.rest import fetch
from pipelines.source.importers.binance import BUILDERS, SPOT, USDM, Instrument, as_diff, topic_of
from schemas.errors import FeedLost, FeedRefused, SettingsError, SourceError
from schemas.registry import Topic
from schemas.topics import DEPTH, QUOTES, TRADES

STREAMS = ("trade", "bookTicker", "depth@100ms")
MOST_SYMBOLS = 1024 // len(STREAMS)  # a connection takes 1,024 streams
SNAPSHOT_LEVELS = 1000
SNAPSHOT_PAUSE_S = 0.5
FIRST_DIFF_S = 2.0  # a book without differences for so long gets its snapshot all the same
UNKNOWN_SYMBOL = '"code":-1121'
ID_FIELDS = {TRADES: "t", QUOTES: "u", DEPTH: "u"}


@dataclass(frozen=True)
class Market:
    """One of Binance's markets: venue code, base URLs without a slash at their end, path of the depth snapshot."""

    venue: str
    stream_url: str
    rest_url: str
    depth_path: str


MARKETS = {
    "spot": Market(SPOT, "wss://stream.binance.com:9443", "https://api.binance.com", "/api/v3/depth"),
    "usdm": Market(USDM, "wss://fstream.binance.com", "https://fapi.binance.com", "/fapi/v1/depth"),
}


class BinanceFeed:
    """The trades, quotes and books of some symbols of a market."""

    name = "binance"

    def __init__(
        self, market: Market, symbols: Sequence[str], journal: Journal, clock: Clock, backoff: Backoff
    ) -> None:
        """`backoff` is how snapshots are tried again. Raises SettingsError on more symbols than a connection takes."""
        if not 0 < len(symbols) <= MOST_SYMBOLS:
            raise SettingsError(f"--symbols names {len(symbols)} symbols: give 1 to {MOST_SYMBOLS}.")
        self.journal, self._market, self._clock, self._backoff = journal, market, clock, backoff
        streams = "/".join(f"{symbol.lower()}@{stream}" for symbol in symbols for stream in STREAMS)
        self.link = Link(f"{market.stream_url}/stream?streams={streams}")
        self.builders: dict[Topic, Builder] = {topic: self._builder(topic) for topic in BUILDERS}
        self._symbols = symbols
        self.begin()

    def _builder(self, topic: Topic) -> Builder:
        venue = self._market.venue

        def build(received: Received) -> Columns:
            columns = BUILDERS[topic](received, Instrument(venue, ""))
            return columns | {"venue": pa.repeat(venue, len(received))}

        return build

    def begin(self) -> None:
        """New books."""
        self._chains = {symbol: Chain() for symbol in self._symbols}
        self._wanted: asyncio.Queue[str] = asyncio.Queue()
        self._waiting: set[str] = set()

    def read(self, incoming: Incoming) -> Iterator[Event]:
        """The event of a message of the stream, or of a snapshot; none for a snapshot that is too old for its book."""
        stream = f"binance {incoming.symbol}@snapshot" if incoming.symbol else "binance"
        message = parse(incoming.text, stream, self.journal)
        if message is None:
            return
        event = self._snapshot(message, incoming.symbol) if incoming.symbol else self._message(message)
        if event:
            yield event

    def _snapshot(self, message: dict[str, Any], symbol: str) -> Event | None:
        """`attend` has seen that the message is a snapshot."""
        if not self._chains[symbol].accept(message["lastUpdateId"]):
            self._want(symbol)
            return None
        return Event(DEPTH, symbol, f"binance {symbol}@snapshot", as_diff(message, Instrument("", symbol)))

    def _message(self, message: Any) -> Event | None:
        topic = topic_of(message) if isinstance(message, dict) and "stream" in message else None
        data = message.get("data") if topic else None
        if topic is None or not isinstance(data, dict):
            what = f"a message is of none of the streams {', '.join(STREAMS)}"
            self.journal.malformed("binance", unusable("binance", what))
            return None
        stream, symbol, number = f"binance {message['stream']}", data.get("s"), data.get(ID_FIELDS[topic])
        if not isinstance(symbol, str) or symbol not in self._chains:
            what = f"field s is {symbol!r} and none of the symbols asked for"
            self.journal.malformed(stream, unusable(stream, what))
            return None
        event = Event(topic, symbol, stream, data, (symbol, number) if isinstance(number, int) else None)
        if topic is DEPTH:
            self._follow(event)
        return event

    def _follow(self, event: Event) -> None:
        """Keep the book's chain; one whose ids cannot be read does not join it, so that the next one shows a gap."""
        chain, last, first = self._chains[event.symbol], event.fields.get("u"), event.fields.get("U")
        before = event.fields.get("pu") if self._market.venue == USDM else first - 1 if type(first) is int else None
        if type(before) is not int or type(last) is not int:
            return
        known = chain.last
        if chain.add(before, last):
            self.journal.gap(event.stream, known or 0, before)
            self._want(event.symbol)
        elif not chain.is_asked:
            self._want(event.symbol)

    def missed(self, event: Event) -> None:
        """A difference that is left out leaves a hole in its book."""
        if event.topic is DEPTH:
            self._want(event.symbol)

    def _want(self, symbol: str) -> None:
        """Have a snapshot fetched, once for all who want it before it is asked for."""
        self._chains[symbol].is_asked = True
        if symbol not in self._waiting:
            self._waiting.add(symbol)
            self._wanted.put_nowait(symbol)

    async def attend(self, line: Line) -> None:
        """Fetch the snapshots that are wanted, one at a time. Raises FeedRefused when the venue refuses one."""
        while True:
            symbol = await self._next_wanted()
            self._waiting.discard(symbol)
            try:
                text = await self._fetch(symbol)
            except FeedLost as error:
                delay_s = self._backoff.next_s()
                self.journal.say(f"The snapshot of {symbol} is missing ({error}); asking again in {delay_s:.1f} s.")
                await self._clock.sleep(delay_s)
                self._want(symbol)
                continue
            self._backoff.reset()
            await line.put(Incoming(self._clock.now_ns(), text, symbol))
            await self._clock.sleep(SNAPSHOT_PAUSE_S)

    async def _next_wanted(self) -> str:
        while True:
            try:
                async with asyncio.timeout(FIRST_DIFF_S):
                    return await self._wanted.get()
            except TimeoutError:
                for symbol in [symbol for symbol, chain in self._chains.items() if not chain.is_asked]:
                    self._want(symbol)

    async def _fetch(self, symbol: str) -> bytes:
        """A snapshot that can be used. Raises FeedRefused when the venue refuses it, FeedLost on anything else."""
        query = urlencode({"symbol": symbol, "limit": SNAPSHOT_LEVELS})
        try:
            text = await fetch(f"{self._market.rest_url}{self._market.depth_path}?{query}")
        except FeedRefused as error:
            if UNKNOWN_SYMBOL not in str(error):
                raise
            what = f"Binance has no symbol {symbol} in this market"
            raise FeedRefused(f"{what}: change --symbols or --market.") from error
        stream = f"binance {symbol}@snapshot"
        message = parse(text, stream, self.journal)
        if not isinstance(message, dict) or type(message.get("lastUpdateId")) is not int:
            raise FeedLost(f"{stream}: field lastUpdateId is missing or no whole number")
        event = Event(DEPTH, symbol, stream, as_diff(message, Instrument("", symbol)))
        try:
            self.builders[DEPTH](Received.of([(0, event)]))
        except SourceError as error:
            raise FeedLost(str(error).partition(";")[0]) from error
        return text
