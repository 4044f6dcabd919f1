"""Databento: DBN files, plain or zstd, and its CSV; schemas trades, tbbo, mbp-1, mbp-10 and mbo.

The publisher of a record says the venue; a file's metadata, or the file of definitions beside it, say the symbol.
Databento's clock is the receiver's.
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from databento_dbn import UNDEF_PRICE

from pipelines.source.importers.batches import Batch, Columns, Say, number_batches, silent
from pipelines.source.importers.captures import name_producer
from pipelines.source.importers.databento_csv import read_databento_csv
from pipelines.source.importers.dbn import DBN_MAGIC, read_dbn
from pipelines.source.importers.files import read_bytes
from pipelines.source.importers.ladders import Ladder, quote_ladders
from pipelines.source.importers.market_records import MarketRecords
from pipelines.source.importers.orders import fold_orders
from schemas.proto import market_pb2 as pb
from schemas.topics import DEPTH, QUOTES, TRADES

UNIT = 10**9
AGGRESSORS = {b"B": pb.SIDE_BUY, b"A": pb.SIDE_SELL, b"N": pb.SIDE_UNSPECIFIED}


def read_databento(path: Path, *, say: Say = silent) -> Iterator[Batch]:
    """Trades of every schema; quotes of those with levels, a record each; depth of orders (mbo). seq counts from 1.

    Raises SourceError, naming file, record or line, and field, where the file is not what it should be.
    """
    content = read_bytes(path)
    read = read_dbn if content.startswith(DBN_MAGIC) else read_databento_csv
    records, span = read(path, content)
    say(records.units)
    identity = {
        "symbol": records.symbols,
        "venue": records.venues(),
        "venue_ts_ns": records.times("ts_event"),
        "receive_ts_ns": records.times("ts_recv", span),
        "venue_seq": pa.array(records.fields["sequence"].astype(np.int64)),
    }
    producer_id = name_producer("databento", path)
    yield from number_batches(TRADES, producer_id, build_trades(records, identity))
    if records.depth:
        yield from number_batches(QUOTES, producer_id, build_quotes(records, identity))
    if "order_id" in records.fields:
        yield from number_batches(DEPTH, producer_id, fold_orders(records, identity))


def build_trades(records: MarketRecords, identity: Columns) -> Columns:
    """Records of action T: the side is who took. The k-th of one sequence, from 0, is named `<sequence>-<k>`."""
    is_trade = records.fields["action"] == b"T"
    wrong = np.flatnonzero(is_trade & (records.fields["price"] == UNDEF_PRICE))
    if len(wrong):
        raise records.error(int(wrong[0]), "field price is missing in a trade")
    known = pa.array(list(AGGRESSORS), pa.binary())
    sides = pa.array(records.fields["side"][is_trade].tolist(), pa.binary())
    taken = pa.array(list(AGGRESSORS.values()), pa.int32()).take(pc.index_in(sides, value_set=known))
    trades = {name: column.filter(pa.array(is_trade)) for name, column in identity.items()}
    return trades | {
        "trade_id": _name_trades(trades["venue_seq"], records.fields["instrument_id"][is_trade]),
        "aggressor_side": pc.fill_null(taken, pb.SIDE_UNSPECIFIED),
        "price": pa.array(records.fields["price"][is_trade]),
        "quantity": pa.array(records.fields["size"][is_trade].astype(np.int64) * UNIT),
    }


def _name_trades(sequences: pa.Array, instruments: np.ndarray) -> pa.Array:
    numbers, place = sequences.to_numpy(), np.arange(len(sequences))
    is_first = np.ones(len(sequences), bool)
    is_first[1:] = (numbers[1:] != numbers[:-1]) | (instruments[1:] != instruments[:-1])
    count = pa.array(place - np.maximum.accumulate(np.where(is_first, place, 0)))
    return pc.binary_join_element_wise(sequences.cast(pa.string()), count.cast(pa.string()), "-")


def build_quotes(records: MarketRecords, identity: Columns) -> Columns:
    """The levels of every record, as they are after it; in tbbo, as they were before the trade."""
    return {**identity, **quote_ladders(_ladder(records, "bid"), _ladder(records, "ask"))}


def _ladder(records: MarketRecords, side: str) -> Ladder:
    levels = range(records.depth)
    prices = np.stack([records.fields[f"{side}_px_{n:02}"] for n in levels], axis=1)
    sizes = np.stack([records.fields[f"{side}_sz_{n:02}"] for n in levels], axis=1).astype(np.int64)
    return Ladder(prices, sizes * UNIT, prices != UNDEF_PRICE).without_empty()
