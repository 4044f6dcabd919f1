"""Interactive Brokers by the Client Portal Gateway: best quotes and last trades of contracts.

The gateway sends what has changed since its last message, some times a second: quotes are its samples of the market,
and of trades it gives the last one of each sample. What it shows first of a contract is how things stood before.
"""

import asyncio
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

import pyarrow as pa

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
from pipelines.source.importers.binance import touch
from schemas.errors import FeedLost, FeedRefused
from schemas.registry import Topic
from schemas.topics import QUOTES, TRADES

VENUE = "IBKR"
LAST, LAST_SIZE = "31", "7059"
BID, BID_SIZE, ASK, ASK_SIZE = "84", "88", "86", "85"
QUOTE_FIELDS = {BID, BID_SIZE, ASK, ASK_SIZE}
FIELDS = (LAST, BID, ASK, BID_SIZE, ASK_SIZE, LAST_SIZE)
GONE = ("", "-1", "None")
HEARTBEAT_S = 60.0
# A last price may be marked as the close of the day before (C) or of a halt (H).
AMOUNT = re.compile(r"([CH]?)(\d+(?:\.\d+)?)")

_decode = json.JSONDecoder(parse_float=str).decode


class IbkrFeed:
    """The quotes and last trades of some contracts, by conid."""

    name = "ibkr"

    def __init__(
        self,
        gateway: Link,
        contracts: Mapping[str, str],
        journal: Journal,
        clock: Clock,
        heartbeat_s: float = HEARTBEAT_S,
    ) -> None:
        """`gateway` is the https:// or http:// URL of the gateway, `contracts` the symbol of each conid."""
        self._gateway, self._contracts = gateway, contracts
        self.link = Link(f"ws{gateway.url.removeprefix('http')}/v1/api/ws", gateway.tls)
        self.journal, self._clock, self._heartbeat_s = journal, clock, heartbeat_s
        self.builders: dict[Topic, Builder] = {TRADES: build_trades, QUOTES: build_quotes}
        self.begin()

    def begin(self) -> None:
        """Nothing has been shown yet."""
        self._outbox: asyncio.Queue[str] = asyncio.Queue()
        self._shown: dict[str, dict[str, str]] = {}
        self._is_subscribed = False

    def read(self, incoming: Incoming) -> Iterator[Event]:
        """The quote and the trade of a message. Raises FeedRefused when the gateway is not logged in."""
        message = parse(incoming.text, "ibkr", self.journal, _decode)
        if message is None:
            return
        topic = message.get("topic") if isinstance(message, dict) else None
        if isinstance(topic, str) and topic.startswith("smd+"):
            yield from self._market_data(topic.removeprefix("smd+"), message, incoming.receive_ns)
        elif isinstance(message, dict):
            self._answer(message)
        else:
            self.journal.malformed("ibkr", unusable("ibkr", "a message is no object"))

    def _answer(self, message: dict[str, Any]) -> None:
        state = message.get("args")
        is_authenticated = state.get("authenticated") if isinstance(state, dict) else None
        if message.get("topic") == "sts" and is_authenticated is False:
            raise self._logged_out()
        is_open = message.get("topic") == "sts" and is_authenticated
        if (is_open or (message.get("topic") == "system" and "success" in message)) and not self._is_subscribed:
            self._is_subscribed = True
            for conid in self._contracts:
                self._outbox.put_nowait(f"smd+{conid}+{json.dumps({'fields': FIELDS})}")

    def _market_data(self, conid: str, message: dict[str, Any], receive_ns: int) -> Iterator[Event]:
        symbol = self._contracts.get(conid)
        stream = f"ibkr {symbol or conid}@smd"
        updated = message.get("_updated", receive_ns // 10**6)
        if symbol is None or type(updated) is not int:
            what = "field _updated is no whole number" if symbol else f"contract {conid} was not asked for"
            self.journal.malformed(stream, unusable(stream, what))
            return
        marks = self._clean(stream, message)
        is_first = conid not in self._shown
        shown = self._shown.setdefault(conid, {})
        shown |= {name: amount for name, (_, amount) in marks.items()}
        if marks.keys() & QUOTE_FIELDS:
            yield Event(QUOTES, symbol, stream, shown | {"_updated": updated})
        is_marked = any(mark for mark, _ in marks.values())
        if marks.keys() & {LAST, LAST_SIZE} and {LAST, LAST_SIZE} <= shown.keys() and not (is_first or is_marked):
            fields = shown | {"_updated": updated, "trade_id": f"{conid}-{updated}"}
            yield Event(TRADES, symbol, stream, fields, (conid, updated, shown[LAST], shown[LAST_SIZE]))

    def _clean(self, stream: str, message: dict[str, Any]) -> dict[str, tuple[str, str]]:
        """The mark and the amount of each field that has one; an empty field has gone, a bad one stays as it was."""
        marks: dict[str, tuple[str, str]] = {}
        for name in FIELDS:
            text = str(message.get(name, "")).replace(",", "")
            if match := AMOUNT.fullmatch(text):
                marks[name] = (match[1], match[2])
            elif name in QUOTE_FIELDS and name in message and text in GONE:
                marks[name] = ("", "0")
            elif name in message and text not in GONE:
                self.journal.malformed(stream, unusable(stream, f"field {name} is {message[name]!r} and no amount"))
        return marks

    def missed(self, event: Event) -> None:
        """Nothing follows from a missed trade or quote."""

    async def attend(self, line: Line) -> None:
        """Open the session, subscribe, and keep it alive. Raises FeedRefused when the gateway is not logged in."""
        await line.send(json.dumps({"session": await self._session()}))
        while True:
            try:
                async with asyncio.timeout(self._heartbeat_s):
                    text = await self._outbox.get()
            except TimeoutError:
                text = "tic"
            await line.send(text)

    async def _session(self) -> str:
        """The session that the gateway is logged in with."""
        api = f"{self._gateway.url}/v1/api"
        try:
            body = await fetch(f"{api}/tickle", "POST", self._gateway.tls)
        except FeedRefused as error:
            raise self._logged_out() from error
        answer = parse(body, "ibkr tickle", self.journal)
        session = answer.get("session") if isinstance(answer, dict) else None
        if not isinstance(session, str):
            raise FeedLost(f"{api}/tickle gives no session")
        status = (answer.get("iserver") or {}).get("authStatus") or {}
        if status.get("authenticated") is False:
            raise self._logged_out()
        await fetch(f"{api}/iserver/accounts", "GET", self._gateway.tls)  # without it there are no market data
        await self._check_contracts(f"{api}/trsrv/secdef?conids={','.join(self._contracts)}")
        return session

    async def _check_contracts(self, url: str) -> None:
        """Raises FeedRefused, naming them, when the gateway's list of contracts lacks some."""
        try:
            answer = parse(await fetch(url, "GET", self._gateway.tls), "ibkr secdef", self.journal)
        except FeedRefused:
            answer = {"secdef": []}
        given = answer.get("secdef") if isinstance(answer, dict) else None
        if not isinstance(given, list):
            return
        known = {str(contract.get("conid")) for contract in given if isinstance(contract, dict)}
        missing = [f"{symbol}={conid}" for conid, symbol in self._contracts.items() if conid not in known]
        if missing:
            raise FeedRefused(f"The gateway has no contract {', '.join(missing)}: change --symbols.")

    def _logged_out(self) -> FeedRefused:
        return FeedRefused(f"The gateway is not logged in: open {self._gateway.url} in a browser, then start again.")


def build_quotes(received: Received) -> Columns:
    """Best bid and ask as the gateway shows them; a side without quantity has no level. `_updated` is in ms."""
    events = [{name: event.fields.get(name, "0") for name in QUOTE_FIELDS} for event in received.events]
    whole = Received(received.path, received.numbers, received.receive_ns, events, received.events)
    bids, asks = touch(whole, BID, BID_SIZE), touch(whole, ASK, ASK_SIZE)
    return {
        "venue": pa.repeat(VENUE, len(received)),
        "venue_ts_ns": received.times("_updated"),
        "bid_prices": bids.prices,
        "bid_quantities": bids.quantities,
        "ask_prices": asks.prices,
        "ask_quantities": asks.quantities,
    }


def build_trades(received: Received) -> Columns:
    """Last trades; the gateway names neither their place, nor the aggressor, nor an id: it is conid and time."""
    return {
        "venue": pa.repeat(VENUE, len(received)),
        "venue_ts_ns": received.times("_updated"),
        "trade_id": received.texts("trade_id"),
        "price": received.units(LAST),
        "quantity": received.units(LAST_SIZE),
    }
