"""Binance's bulk downloads (data.binance.vision): trades, aggTrades and bookTicker of spot and USD-M futures.

The file's name says symbol, kind and day or month, `BTCUSDT-trades-2024-08-08.zip`; the number of columns says spot or
USD-M. Spot has no header, USD-M has one since 2022. Nobody noted when a row was received: the venue's time stands in.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from pipelines.source.importers.batches import Batch, Columns, Say, constants, number_batches, silent
from pipelines.source.importers.captures import name_producer
from pipelines.source.importers.columns import FIRST_MICROSECONDS, scale_times, unit_of
from pipelines.source.importers.files import Span, read_bytes, span_of_name
from pipelines.source.importers.records import Records, first_cells, parse_csv
from schemas.errors import SourceError
from schemas.proto import market_pb2 as pb
from schemas.registry import Topic
from schemas.topics import QUOTES, TRADES

NAME = re.compile(r"([A-Z0-9_]+)-(trades|aggTrades|bookTicker)-\d{4}-\d{2}(-\d{2})?\.(csv|zip|csv\.gz)")
# COIN-M counts contracts of 10 or 100 USD.
COINM_SYMBOL = re.compile(r"\w+USD_(PERP|\d{6})")
FOLDERS = {"/spot/": "BINANCE", "/futures/um/": "BINANCE_USDM", "/futures/cm/": "COIN-M"}
TIMES = {"time", "transact_time", "transaction_time", "event_time"}
TIME = "a time in milliseconds or microseconds since 1970"
# Turnover is rounded to 8 decimals or fewer.
TURNOVER_ERROR = 0.01


@dataclass(frozen=True)
class Layout:
    """The columns of a kind of file at a venue, and how they become those of a topic."""

    venue: str
    names: tuple[str, ...]
    topic: Topic
    build: Callable[[Records, Span], Columns]


def read_bulk_csv(path: Path, *, say: Say = silent) -> Iterator[Batch]:
    """The trades or quotes of a file, in its order; seq counts from 1.

    Raises SourceError, naming file, line and field, where the file is not what its name and columns say.
    """
    symbol, kind = _name_parts(path)
    content = read_bytes(path)
    cells = first_cells(path, content)
    layout = _find_layout(path, kind, cells)
    has_header = not cells[0].isdigit()
    if has_header and tuple(cells) != layout.names:
        raise SourceError(f"{path}, line 1: the columns are not {', '.join(layout.names)}; fetch the file again.")
    records = parse_csv(path, content, layout.names, has_header)
    columns = layout.build(records, span_of_name(path))
    say(f"times in {_time_unit(records)}; decimals")
    identity = constants(len(records), symbol=symbol, venue=layout.venue)
    yield from number_batches(layout.topic, name_producer("binance-csv", path), {**columns, **identity})


def _time_unit(records: Records) -> str:
    """The unit of all times. Raises SourceError where a line has another than the first."""
    times = {name: records.columns[name].cast(pa.int64()).to_numpy() for name in records.columns if name in TIMES}
    for name, numbers in times.items() if len(records) else ():
        is_micro = numbers >= FIRST_MICROSECONDS
        if len(other := np.flatnonzero(is_micro != is_micro[0])):
            index = int(other[0])
            raise records.error(index, f"field {name} is {numbers[index]} and not in {unit_of(int(numbers[0]))}")
    return unit_of(next((int(numbers[0]) for numbers in times.values() if len(numbers)), None))


def _name_parts(path: Path) -> tuple[str, str]:
    found = NAME.fullmatch(path.name)
    if found is None:
        raise SourceError(f"{path} is not named like BTCUSDT-trades-2024-08-08.zip; name it as it was downloaded.")
    if COINM_SYMBOL.fullmatch(found[1]):
        raise SourceError(f"{path} is of COIN-M, which counts contracts; give a file of spot or USD-M.")
    return found[1], found[2]


def _find_layout(path: Path, kind: str, cells: list[str]) -> Layout:
    """The layout with that many columns. Raises SourceError where there is none, or folders name another market."""
    layout = LAYOUTS.get((kind, len(cells)))
    if layout is None:
        counts = " or ".join(str(count) for name, count in LAYOUTS if name == kind)
        raise SourceError(f"{path}, line 1: it has {len(cells)} fields, {kind} has {counts}; fetch the file again.")
    said = [venue for folder, venue in FOLDERS.items() if folder in path.resolve().as_posix()]
    if said and said != [layout.venue]:
        markets = " and ".join(said)
        raise SourceError(f"{path} has the columns of {layout.venue}, its folders say {markets}; move it to its own.")
    return layout


def build_trades(records: Records, span: Span) -> Columns:
    """Trades; turnover must be price × quantity."""
    trade_id, price, quantity, turnover, time, is_maker, *_ = records.columns
    trades = _trades(records, (trade_id, price, quantity, is_maker)) | _times(records, span, time, time)
    _check_turnover(records, turnover, trades["price"], trades["quantity"])
    return trades


def build_aggregates(records: Records, span: Span) -> Columns:
    """Fills of one taker order at one price and instant, a trade each, named by the aggregate's id."""
    trade_id, price, quantity, _, _, time, is_maker, *_ = records.columns
    return _trades(records, (trade_id, price, quantity, is_maker)) | _times(records, span, time, time)


def _trades(records: Records, names: tuple[str, str, str, str]) -> dict[str, pa.Array]:
    """The buyer being the maker makes the seller the aggressor."""
    trade_id, price, quantity, is_maker = names
    ids = records.integers(trade_id)
    return {
        "venue_seq": ids,
        "trade_id": ids.cast(pa.string()),
        "aggressor_side": pc.if_else(records.flags(is_maker), pb.SIDE_SELL, pb.SIDE_BUY).cast(pa.int32()),
        "price": records.amounts(price),
        "quantity": records.amounts(quantity),
    }


def _times(records: Records, span: Span, venue: str, receive: str) -> dict[str, pa.Array]:
    names = {"venue_ts_ns": venue, "receive_ts_ns": receive}
    return {column: records.times(name, _to_ns, TIME, span) for column, name in names.items()}


def _to_ns(texts: pa.Array) -> pa.Array:
    return scale_times(texts.cast(pa.int64()))


def _check_turnover(records: Records, name: str, price: pa.Array, quantity: pa.Array) -> None:
    """Tells columns that are swapped. Raises SourceError where turnover is not price × quantity, but for rounding."""
    value = price.to_numpy() * 1e-9 * (quantity.to_numpy() * 1e-9)
    turnover = records.convert(name, _to_numbers, "a decimal")
    is_wrong = np.abs(turnover - value) > 1e-6 * value + TURNOVER_ERROR
    if is_wrong.any():
        index = int(np.flatnonzero(is_wrong)[0])
        raise records.error(index, f"field {name} is {records.columns[name][index]} and not price × quantity")


def _to_numbers(texts: pa.Array) -> npt.NDArray[np.float64]:
    numbers: npt.NDArray[np.float64] = texts.cast(pa.decimal128(38, 9)).cast(pa.float64()).to_numpy()
    return numbers


def build_quotes(records: Records, span: Span) -> Columns:
    """Best bid and ask at the transaction's time; the event's, when the venue told of it, is the receiver's."""
    bids = records.levels(["best_bid_price"], ["best_bid_qty"])
    asks = records.levels(["best_ask_price"], ["best_ask_qty"])
    return _times(records, span, "transaction_time", "event_time") | {
        "venue_seq": records.integers("update_id"),
        "bid_prices": bids.prices,
        "bid_quantities": bids.quantities,
        "ask_prices": asks.prices,
        "ask_quantities": asks.quantities,
    }


SPOT_TRADE = ("id", "price", "qty", "quoteQty", "time", "isBuyerMaker", "isBestMatch")
SPOT_AGGREGATE = ("aggTradeId", "price", "qty", "firstId", "lastId", "time", "isBuyerMaker", "isBestMatch")
USDM_TRADE = ("id", "price", "qty", "quote_qty", "time", "is_buyer_maker")
USDM_AGGREGATE = (
    *("agg_trade_id", "price", "quantity", "first_trade_id", "last_trade_id"),
    *("transact_time", "is_buyer_maker"),
)
USDM_QUOTE = (
    *("update_id", "best_bid_price", "best_bid_qty", "best_ask_price", "best_ask_qty"),
    *("transaction_time", "event_time"),
)
LAYOUTS = {
    ("trades", 7): Layout("BINANCE", SPOT_TRADE, TRADES, build_trades),
    ("trades", 6): Layout("BINANCE_USDM", USDM_TRADE, TRADES, build_trades),
    ("aggTrades", 8): Layout("BINANCE", SPOT_AGGREGATE, TRADES, build_aggregates),
    ("aggTrades", 7): Layout("BINANCE_USDM", USDM_AGGREGATE, TRADES, build_aggregates),
    ("bookTicker", 7): Layout("BINANCE_USDM", USDM_QUOTE, QUOTES, build_quotes),
}
