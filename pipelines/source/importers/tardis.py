"""Tardis.dev CSV, plain or gzip: trades, quotes, book_snapshot_5 and _25, incremental_book_L2.

The columns tell the kind. Times are microseconds; a file's day is that of its receive time, `local_timestamp`. Tardis
gives no sequence of the venue: in depth, the number of an instrument's message in the file stands in for it.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from pipelines.source.importers.batches import Batch, Columns, Say, number_batches, silent
from pipelines.source.importers.captures import name_producer
from pipelines.source.importers.columns import exact_units
from pipelines.source.importers.files import Span, read_bytes, span_of_name
from pipelines.source.importers.records import Records, first_cells, parse_csv
from pipelines.source.importers.updates import Updates, fold_updates
from schemas.errors import SourceError
from schemas.proto import market_pb2 as pb
from schemas.registry import Topic
from schemas.topics import DEPTH, QUOTES, TRADES

# Tardis's name of an exchange, and its venue code.
EXCHANGES = {
    "binance": "BINANCE",
    "binance-futures": "BINANCE_USDM",
    "bitmex": "BITMEX",
    "bitstamp": "BITSTAMP",
    "bybit": "BYBIT",
    "coinbase": "COINBASE",
    "deribit": "DERIBIT",
    "kraken": "KRAKEN",
    "okex": "OKX",
    "okex-swap": "OKX",
}
SIDES = {"buy": pb.SIDE_BUY, "sell": pb.SIDE_SELL, "unknown": pb.SIDE_UNSPECIFIED}
IDENTITY = ("exchange", "symbol", "timestamp", "local_timestamp")
TRADE = (*IDENTITY, "id", "side", "price", "amount")
QUOTE = (*IDENTITY, "ask_amount", "ask_price", "bid_price", "bid_amount")
UPDATE = (*IDENTITY, "is_snapshot", "side", "price", "amount")
LEVEL = re.compile(r"(asks|bids)\[(\d+)\]\.(price|amount)")
TIME = "a time in microseconds since 1970"


@dataclass(frozen=True)
class Kind:
    """A kind of file: the topic that its rows go to, and how they become its columns."""

    topic: Topic
    build: Callable[[Records, Columns], Columns]


def read_tardis(path: Path, *, say: Say = silent) -> Iterator[Batch]:
    """The messages of a file, in its order; seq counts from 1.

    Raises SourceError, naming file, line and field, where the file is not what its columns say.
    """
    content = read_bytes(path)
    if not content:  # what Tardis gives for a day without data
        return
    cells = first_cells(path, content)
    kind = _find_kind(path, cells)
    records = parse_csv(path, content, cells, True)
    columns = kind.build(records, _identify(records, span_of_name(path)))
    say("times in microseconds; decimals")
    yield from number_batches(kind.topic, name_producer("tardis", path), columns)


def _find_kind(path: Path, cells: list[str]) -> Kind:
    kinds: dict[tuple[str, ...], Kind]
    kinds = {TRADE: Kind(TRADES, build_trades), QUOTE: Kind(QUOTES, build_quotes), UPDATE: Kind(DEPTH, build_depth)}
    if kind := kinds.get(tuple(cells)):
        return kind
    depth, rest = divmod(len(cells) - len(IDENTITY), 4)
    if depth > 0 and not rest and cells == [*IDENTITY, *_level_names(depth)]:
        return Kind(QUOTES, build_quotes)
    known = "trades, quotes, book_snapshot_N or incremental_book_L2"
    raise SourceError(
        f"{path}, line 1: the columns are not those of {known}; give a file of these as it was downloaded."
    )


def _level_names(depth: int) -> list[str]:
    return [f"{side}[{n}].{field}" for n in range(depth) for side in ("asks", "bids") for field in ("price", "amount")]


def _identify(records: Records, span: Span) -> dict[str, pa.Array]:
    """Where both times are equal, Tardis had none of the exchange: the venue's is then 0."""
    venues = pa.array(list(EXCHANGES.values()), pa.string())
    codes = records.choices("exchange", {name: index for index, name in enumerate(EXCHANGES)})
    venue_ns = records.times("timestamp", _to_ns, TIME)
    receive_ns = records.times("local_timestamp", _to_ns, TIME, span)
    return {
        "venue": venues.take(codes),
        "symbol": records.texts("symbol"),
        "venue_ts_ns": pc.if_else(pc.equal(venue_ns, receive_ns), 0, venue_ns),
        "receive_ts_ns": receive_ns,
    }


def _to_ns(texts: pa.Array) -> pa.Array:
    return exact_units(texts, 3)


def build_trades(records: Records, identity: Columns) -> Columns:
    """Trades, the side being the taker's; where the exchange gives no id, the number of the line stands in."""
    ids = records.columns["id"]
    lines = pa.array(range(records.first_line, records.first_line + len(records)), pa.int64()).cast(pa.string())
    return {
        **identity,
        "trade_id": pc.if_else(pc.equal(ids, ""), lines, ids),
        "aggressor_side": records.choices("side", SIDES),
        "price": records.units("price"),
        "quantity": records.amounts("amount"),
    }


def build_quotes(records: Records, identity: Columns) -> Columns:
    """The best levels: one a side of quotes, N of a book_snapshot_N; an empty field is no level."""
    depth = len(records.columns) // 4 - 1
    names = {(side, field): [f"{side}s[{n}].{field}" for n in range(depth)] for side, field in SIDE_FIELDS}
    if "bid_price" in records.columns:
        names = {(side, field): [f"{side}_{field}"] for side, field in SIDE_FIELDS}
    bids = records.levels(names["bid", "price"], names["bid", "amount"])
    asks = records.levels(names["ask", "price"], names["ask", "amount"])
    return {
        **identity,
        "bid_prices": bids.prices,
        "bid_quantities": bids.quantities,
        "ask_prices": asks.prices,
        "ask_quantities": asks.quantities,
    }


SIDE_FIELDS = [(side, field) for side in ("bid", "ask") for field in ("price", "amount")]


def build_depth(records: Records, identity: Columns) -> Columns:
    """Rows of one instrument with the same times, one after the other, are a message.

    The first of one or more messages of a snapshot replaces the book, what follows changes it.
    """
    updates = Updates(
        identity,
        records.flags("is_snapshot").to_numpy(zero_copy_only=False),
        records.choices("side", {"bid": True, "ask": False}, pa.bool_()).to_numpy(zero_copy_only=False),
        records.units("price").to_numpy(),
        records.amounts("amount").to_numpy(),
    )
    return fold_updates(updates)
