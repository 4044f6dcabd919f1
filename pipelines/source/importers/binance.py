"""Binance captures, spot and USD-M perpetual: combined streams and a REST depth snapshot to messages of the wire.

One file holds one instrument, because a REST snapshot does not say whose it is. Its first stream message decides which:
the symbol stands in `s`, and what has a transaction time `T` is USD-M, but for the spot trade, which has `T` and `M`.
Diffs that were received before the snapshot are published before it: a book applies those with u > lastUpdateId.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipelines.source.importers.batches import Say, silent
from pipelines.source.importers.captures import Line, line_error, name_producer, read_lines
from pipelines.source.importers.columns import Levels, Messages, to_lists, unit_of
from pipelines.wire import batch_of
from schemas.errors import SourceError
from schemas.proto import market_pb2 as pb
from schemas.registry import Topic
from schemas.topics import DEPTH, QUOTES, TRADES

# Small chunks keep the walks of the garbage collector over parsed JSON short.
CHUNK_LINES = 4_000
TOPIC_OF_STREAM = {"depth": DEPTH, "trade": TRADES, "bookTicker": QUOTES}
SPOT = "BINANCE"
USDM = "BINANCE_USDM"
Columns = dict[str, pa.Array]


@dataclass(frozen=True)
class Instrument:
    """What a capture is of: a venue code of schemas/venues.py and the symbol as the venue writes it."""

    venue: str
    symbol: str


def read_captures(
    path: Path, chunk_lines: int = CHUNK_LINES, *, say: Say = silent
) -> Iterator[tuple[Topic, pa.RecordBatch]]:
    """Batches of at most `chunk_lines` messages (`wire_schema` of their topic), each topic in the order of the file.

    seq counts from 1 within each topic, so that a file gives the same (producer_id, seq) at each reading.
    Raises SourceError, naming file, line and field, when it comes to a line that cannot be used.
    """
    instrument = _find_instrument(path)
    producer_id = name_producer("binance", path)
    published = dict.fromkeys(BUILDERS, 0)
    lines = read_lines(path)
    while chunk := list(islice(lines, chunk_lines)):
        for topic, messages in _sort_lines(path, chunk, instrument).items():
            columns = BUILDERS[topic](messages, instrument) | _identify(messages, instrument)
            columns["producer_id"] = pa.repeat(producer_id, len(messages))
            columns["seq"] = pa.array(np.arange(len(messages)) + published[topic] + 1)
            published[topic] += len(messages)
            yield topic, batch_of(topic, columns)
    say(f"received in nanoseconds, venue's times in {_time_unit(path)}; decimals")


def _time_unit(path: Path) -> str:
    """The unit of the first time of the venue in a file that could be read."""
    times = (time for line in read_lines(path) if isinstance(time := line.message.get("data", {}).get("E"), int))
    return unit_of(next(times, None))


def _find_instrument(path: Path) -> Instrument:
    """The instrument of the first message of a stream. Raises SourceError when there is none, or it has no symbol."""
    for number, _, message in read_lines(path):
        if isinstance(data := message.get("data"), dict) and topic_of(message):
            if isinstance(symbol := data.get("s"), str):
                return Instrument(_venue_of(data), symbol)
            raise line_error(path, number, "field s, the symbol, is missing or no text")
    raise SourceError(f"{path} holds no message of the streams {', '.join(TOPIC_OF_STREAM)}; give a Binance capture.")


def _venue_of(data: dict[str, Any]) -> str:
    return USDM if "T" in data and "M" not in data else SPOT


def topic_of(message: dict[str, Any]) -> Topic | None:
    """The topic of a message, by its stream (`btcusdt@depth@100ms` is depth); None where it is unknown."""
    if "lastUpdateId" in message:
        return DEPTH
    return TOPIC_OF_STREAM.get(str(message.get("stream")).partition("@")[2].partition("@")[0])


def _sort_lines(path: Path, lines: list[Line], instrument: Instrument) -> dict[Topic, Messages]:
    """The messages of each topic that occurs. Raises SourceError on an unknown stream or another instrument."""
    sorted_lines: dict[Topic, Messages] = {}
    for number, receive_ns, message in lines:
        topic = topic_of(message)
        data = as_diff(message, instrument) if "lastUpdateId" in message else message.get("data")
        if topic is None or not isinstance(data, dict):
            known = ", ".join(TOPIC_OF_STREAM)
            raise line_error(path, number, f"it is neither a depth snapshot nor of the streams {known}")
        if data.get("s") != instrument.symbol or _venue_of(data) != instrument.venue:
            raise line_error(path, number, f"it is not of {instrument.symbol} at {instrument.venue} as the file began")
        messages = sorted_lines.setdefault(topic, Messages(path, [], [], []))
        messages.numbers.append(number)
        messages.receive_ns.append(receive_ns)
        messages.fields.append(data)
    return sorted_lines


def as_diff(snapshot: dict[str, Any], instrument: Instrument) -> dict[str, Any]:
    """A REST snapshot under the names of a depth diff. Spot gives it no time (E = 0), none is before it (pu = 0)."""
    names = {"lastUpdateId": "u", "bids": "b", "asks": "a"}
    renamed = {names.get(name, name): value for name, value in snapshot.items()}
    return {"s": instrument.symbol, "E": 0, "pu": 0, "U": snapshot["lastUpdateId"], "is_snapshot": True} | renamed


def _identify(messages: Messages, instrument: Instrument) -> Columns:
    return {
        "symbol": pa.repeat(instrument.symbol, len(messages)),
        "venue": pa.repeat(instrument.venue, len(messages)),
        "receive_ts_ns": pa.array(messages.receive_ns, pa.int64()),
    }


def build_trades(messages: Messages, instrument: Instrument) -> Columns:
    """Trades: `m`, the buyer is the maker, makes the seller the aggressor; the venue's time is the trade's, `T`.

    USD-M prints what happens beside the book too (`X` other than MARKET: insurance fund, auto-deleveraging): such a
    trade keeps its place in the ids and has no aggressor.
    """
    is_in_book = pa.array([fields.get("X", "MARKET") == "MARKET" for fields in messages.fields])
    aggressor = pc.if_else(messages.flags("m"), pb.SIDE_SELL, pb.SIDE_BUY)
    ids = messages.integers("t")
    return {
        "venue_ts_ns": messages.times("T"),
        "venue_seq": ids,
        "trade_id": ids.cast(pa.string()),
        "aggressor_side": pc.if_else(is_in_book, aggressor, pb.SIDE_UNSPECIFIED).cast(pa.int32()),
        "price": messages.units("p"),
        "quantity": messages.units("q"),
    }


def build_quotes(messages: Messages, instrument: Instrument) -> Columns:
    """Best bid and ask: one level a side, none where its quantity is 0; spot gives no time, USD-M the transaction's."""
    bids, asks = touch(messages, "b", "B"), touch(messages, "a", "A")
    return {
        "venue_ts_ns": messages.times("T") if instrument.venue == USDM else pa.repeat(0, len(messages)),
        "venue_seq": messages.integers("u"),
        "bid_prices": bids.prices,
        "bid_quantities": bids.quantities,
        "ask_prices": asks.prices,
        "ask_quantities": asks.quantities,
    }


def touch(messages: Messages, price: str, quantity: str) -> Levels:
    """One side of n quotes from two fields of decimal strings: one level, none where the quantity is 0."""
    prices, quantities = messages.units(price).to_numpy(), messages.units(quantity).to_numpy()
    is_level = quantities != 0
    return to_lists(prices[is_level], quantities[is_level], is_level.astype(np.int32))


def build_depth(messages: Messages, instrument: Instrument) -> Columns:
    """Snapshots and diffs, levels best first (USD-M sends bids worst first).

    The venue's time is the transaction's, `T`, at USD-M; spot gives a diff the event's, `E`, and a snapshot none.
    Only USD-M names the diff before, `pu`. A snapshot's first and last update id are lastUpdateId.
    """
    is_snapshot = pa.array(["is_snapshot" in fields for fields in messages.fields])
    bids, asks = messages.bids("b"), messages.asks("a")
    is_usdm = instrument.venue == USDM
    return {
        "venue_ts_ns": messages.times("T" if is_usdm else "E"),
        "venue_seq": messages.integers("u"),
        "kind": pc.if_else(is_snapshot, pb.DEPTH_KIND_SNAPSHOT, pb.DEPTH_KIND_DIFF).cast(pa.int32()),
        "first_venue_seq": messages.integers("U"),
        "previous_venue_seq": messages.integers("pu") if is_usdm else pa.repeat(0, len(messages)),
        "bid_prices": bids.prices,
        "bid_quantities": bids.quantities,
        "ask_prices": asks.prices,
        "ask_quantities": asks.quantities,
    }


Builder = Callable[[Messages, Instrument], Columns]
BUILDERS: dict[Topic, Builder] = {TRADES: build_trades, DEPTH: build_depth, QUOTES: build_quotes}
