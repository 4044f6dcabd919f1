"""Alpaca, US stocks: trades and quotes of the market data stream v2, of IEX or of the consolidated tape (SIP)."""

import asyncio
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from pipelines.source.feeds.events import Builder, Columns, Event, Incoming, Line, Link, Received, parse, unusable
from pipelines.source.feeds.journal import Journal
from pipelines.source.importers.binance import touch
from schemas.errors import FeedLost, FeedRefused
from schemas.registry import Topic
from schemas.topics import QUOTES, TRADES

VENUE_OF_SOURCE = {"iex": "IEXG", "sip": "SIP"}
# Alpaca's exchange codes; a code that is none of them is its own venue.
VENUE_OF_EXCHANGE = {
    "A": "XASE",
    "B": "XBOS",
    "C": "XCIS",
    "D": "FINR",
    "H": "EPRL",
    "J": "EDGA",
    "K": "EDGX",
    "L": "LTSE",
    "M": "XCHI",
    "N": "XNYS",
    "P": "ARCX",
    "Q": "XNAS",
    "U": "MEMX",
    "V": "IEXG",
    "X": "XPHL",
    "Y": "BATY",
    "Z": "BATS",
}
TOPIC_OF_TYPE = {"t": TRADES, "q": QUOTES}
KEY_CODES = ("401", "402")
# Bad message, too many symbols, a source that is not subscribed, bad subscription.
REFUSAL_CODES = ("400", "405", "409", "410")

# Numbers keep their digits: prices are never floating point.
_decode = json.JSONDecoder(parse_float=str, parse_int=str).decode


@dataclass(frozen=True)
class Keys:
    """What Alpaca knows its customer by; neither is ever shown."""

    key: str = field(repr=False)
    secret: str = field(repr=False)


class AlpacaFeed:
    """The trades and quotes of some symbols."""

    name = "alpaca"

    def __init__(self, url: str, source: str, symbols: Sequence[str], keys: Keys, journal: Journal) -> None:
        """`source` is iex or sip, `url` the stream's without it."""
        self.link = Link(f"{url}/v2/{source}")
        self.journal, self._keys, self._symbols = journal, keys, list(symbols)
        self._venue = VENUE_OF_SOURCE[source]
        self.builders: dict[Topic, Builder] = {TRADES: build_trades, QUOTES: self._build_quotes}
        self.begin()

    def begin(self) -> None:
        """Nothing has been said yet."""
        self._outbox: asyncio.Queue[dict[str, Any]] = asyncio.Queue()

    def read(self, incoming: Incoming) -> Iterator[Event]:
        """The trades and quotes of a message, a list; what else the venue says is answered.

        Raises FeedRefused when keys or subscription are refused, FeedLost on another error of the venue.
        """
        messages = parse(incoming.text, "alpaca", self.journal, _decode)
        if messages is None:
            return
        for message in messages if isinstance(messages, list) else [messages]:
            if not isinstance(message, dict) or not isinstance(kind := message.get("T"), str):
                self.journal.malformed("alpaca", unusable("alpaca", "field T is missing or no text"))
            elif topic := TOPIC_OF_TYPE.get(kind):
                yield from self._event(topic, message)
            else:
                self._answer(kind, message)

    def _event(self, topic: Topic, message: dict[str, Any]) -> Iterator[Event]:
        symbol = message.get("S")
        stream = f"alpaca {symbol}@{topic.noun}"
        if not isinstance(symbol, str) or not symbol:
            self.journal.malformed(stream, unusable(stream, "field S, the symbol, is missing or no text"))
            return
        # A trade's id is unique within symbol, exchange and day.
        names = [str(message.get(name)) for name in ("S", "x", "z", "i")] + [str(message.get("t"))[:10]]
        yield Event(topic, symbol, stream, message, tuple(names) if topic is TRADES else None)

    def _answer(self, kind: str, message: dict[str, Any]) -> None:
        said = message.get("msg")
        if kind == "success" and said == "connected":
            self._outbox.put_nowait({"action": "auth", "key": self._keys.key, "secret": self._keys.secret})
        elif kind == "success" and said == "authenticated":
            self._outbox.put_nowait({"action": "subscribe", "trades": self._symbols, "quotes": self._symbols})
        elif kind == "subscription":
            self._check(message)
        elif kind == "error":
            raise _judge_error(str(message.get("code")), str(said))

    def _check(self, subscribed: dict[str, Any]) -> None:
        given = [subscribed.get(name) or () for name in ("trades", "quotes")]
        missing = [symbol for symbol in self._symbols if not all(symbol in names for names in given)]
        if missing:
            raise FeedRefused(f"Alpaca does not give {', '.join(missing)}: change --symbols or --source.")

    def missed(self, event: Event) -> None:
        """Nothing follows from a missed trade or quote."""

    async def attend(self, line: Line) -> None:
        """Send the answers."""
        while True:
            await line.send(json.dumps(await self._outbox.get()))

    def _build_quotes(self, received: Received) -> Columns:
        """Best bid and ask of the source, sizes as they are sent; a side without quantity has no level."""
        bids, asks = touch(received, "bp", "bs"), touch(received, "ap", "as")
        return {
            "venue": pa.repeat(self._venue, len(received)),
            "venue_ts_ns": received.moments("t"),
            "bid_prices": bids.prices,
            "bid_quantities": bids.quantities,
            "ask_prices": asks.prices,
            "ask_quantities": asks.quantities,
        }


def build_trades(received: Received) -> Columns:
    """Trades at the exchange that reports them; Alpaca gives neither aggressor nor sequence."""
    exchanges = received.texts("x").to_pylist()
    return {
        "venue": pa.array([VENUE_OF_EXCHANGE.get(code, code) for code in exchanges], pa.string()),
        "venue_ts_ns": received.moments("t"),
        "trade_id": received.texts("i"),
        "price": received.units("p"),
        "quantity": received.units("s"),
    }


def _judge_error(code: str, said: str) -> FeedRefused | FeedLost:
    if code in KEY_CODES:
        return FeedRefused(
            f"Alpaca refuses the keys in APCA_API_KEY_ID and APCA_API_SECRET_KEY ({said}): check both, and start again."
        )
    if code in REFUSAL_CODES:
        return FeedRefused(f"Alpaca refuses the subscription ({code}: {said}): change --symbols or --source.")
    return FeedLost(f"Alpaca says {code}: {said}")
