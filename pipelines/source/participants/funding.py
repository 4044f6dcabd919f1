"""What the operator sends before trading: reference prices, collars, and what each account owns and may do."""

from collections.abc import Mapping
from itertools import product

import numpy as np
import pyarrow as pa

from pipelines.source.participants.config import VENUES, Kind, TradingConfig
from pipelines.source.simulator.book import SHARE, TICK, TICKS_PER_UNIT
from pipelines.wire import batch_of
from schemas.proto import market_pb2 as pb
from schemas.topics import ORDERS

COLLAR_BPS = 500
MONEY = 1_000_000_000  # one of the currency in units of 1e-9
LARGEST_ORDER = 100  # in level_shares

Row = Mapping[str, object]


def opening(config: TradingConfig) -> pa.RecordBatch:
    """Rows of `wire_schema(ORDERS)`: a reference price and a collar of each book, then the funds of each account.

    An account gets the shares, limits and the cash of each symbol in a message of its own, so that the cash lies on the
    shard where the symbol is traded.
    """
    rows = [*_books(config), *(row for kind in config.kinds for row in _funds(config, kind))]
    names = sorted({name for row in rows for name in row})
    columns = {
        name: [row.get(name, "" if name == "venue" or name == "account_id" else 0) for row in rows] for name in names
    }
    count = len(rows)
    sender = {
        "producer_id": pa.repeat(config.producer_id("operator"), count),
        "seq": pa.array(np.arange(1, count + 1)),
        "receive_ts_ns": pa.repeat(config.market.start_ns, count),
    }
    return batch_of(ORDERS, sender | columns)


def _books(config: TradingConfig) -> list[Row]:
    rows: list[Row] = []
    for instrument, venue in product(config.instruments, VENUES):
        book = {"symbol": instrument.symbol, "venue": venue}
        rows.append({**book, "action": pb.ORDER_ACTION_REFERENCE, "price": _price(instrument.price)})
        rows.append({**book, "action": pb.ORDER_ACTION_COLLAR, "collar_bps": COLLAR_BPS})
    return rows


def _funds(config: TradingConfig, kind: Kind) -> list[Row]:
    """A row for each account and instrument; limits hold for all instruments, so they are those of the deepest."""
    deepest = max(instrument.level_shares for instrument in config.instruments)
    return [
        {
            "action": pb.ORDER_ACTION_FUND,
            "account_id": account,
            "symbol": instrument.symbol,
            "cash": int(kind.cash) * MONEY,
            "quantity": kind.owned * instrument.level_shares * SHARE,
            "price": _price(instrument.price),
            "max_order_quantity": LARGEST_ORDER * deepest * SHARE,
            "max_short_quantity": kind.short * deepest * SHARE,
        }
        for account, instrument in product(kind.accounts, config.instruments)
    ]


def _price(price: float) -> int:
    return round(price * TICKS_PER_UNIT) * TICK
