"""What participants ask, and what they have open: rows of NumPy, and their wire batches."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from pipelines.source.participants.config import VENUES, TradingConfig
from pipelines.source.simulator.book import SHARE, TICK, Ints
from pipelines.source.simulator.columns import identities, texts
from pipelines.wire import batch_of
from schemas.proto import market_pb2 as pb
from schemas.topics import ORDERS

NEW, CANCEL, REPLACE = pb.ORDER_ACTION_NEW, pb.ORDER_ACTION_CANCEL, pb.ORDER_ACTION_REPLACE
BUY, SELL = pb.SIDE_BUY, pb.SIDE_SELL
LIMIT, MARKET = pb.ORDER_TYPE_LIMIT, pb.ORDER_TYPE_MARKET
DAY, IOC = pb.TIME_IN_FORCE_DAY, pb.TIME_IN_FORCE_IOC

_ORDER = ("number", "account", "symbol", "venue", "side", "tick", "shares", "tag")
ORDER = np.dtype([(name, np.int64) for name in (*_ORDER, "sent_ns", "is_open", "is_busy")])
REQUEST = np.dtype([(name, np.int64) for name in (*_ORDER, "action", "type", "tif", "post_only")])

Orders = NDArray[np.void]  # of ORDER: number is that of its NEW message, tag what the strategy knows it by
Requests = NDArray[np.void]  # of REQUEST: number is that of the order a cancel or replace names, 0 in a NEW

NOTHING: Requests = np.empty(0, REQUEST)


def new_requests(columns: Mapping[str, Ints | int], count: int) -> Requests:
    """Limit orders for the day, unless the columns, (count,) each or one value, say otherwise."""
    rows = np.zeros(count, REQUEST)
    for name, values in {"action": NEW, "type": LIMIT, "tif": DAY, **columns}.items():
        rows[name] = values
    return rows


def cancels(orders: Orders) -> Requests:
    """A cancel of each order."""
    return _about(orders, CANCEL)


def replaces(orders: Orders, tick: Ints, shares: Ints) -> Requests:
    """A replace of each order: its new price and what shall be open, (n,) each."""
    rows = _about(orders, REPLACE)
    rows["tick"], rows["shares"] = tick, shares
    return rows


def _about(orders: Orders, action: int) -> Requests:
    return new_requests({"action": action, **{name: orders[name] for name in _ORDER}}, len(orders))


def signs(rows: NDArray[np.void]) -> Ints:
    """1 for a buy, -1 for a sell, (n,)."""
    return np.where(rows["side"] == BUY, 1, -1)


@dataclass(frozen=True)
class Sender:
    """Whose messages these are: the producer's name and its accounts."""

    config: TradingConfig
    producer_id: str
    accounts: tuple[str, ...]

    def batch(self, rows: Requests, seq: Ints, time_ns: Ints) -> pa.RecordBatch:
        """A row of `wire_schema(ORDERS)` for each request, numbered `seq` and taken at `time_ns`, (n,) each.

        Every message has an order_id of its own; a new order is known by it.
        """
        return batch_of(
            ORDERS,
            {
                "producer_id": pa.repeat(self.producer_id, len(rows)),
                "seq": pa.array(seq),
                "symbol": texts(self.config.symbols, rows["symbol"]),
                "venue": texts(list(VENUES), rows["venue"]),
                "receive_ts_ns": pa.array(time_ns),
                "account_id": texts(list(self.accounts), rows["account"]),
                "order_id": identities(self.producer_id, seq),
                "original_order_id": identities(self.producer_id, rows["number"].copy()),
                **_terms(rows),
            },
        )


def _terms(rows: Requests) -> dict[str, pa.Array]:
    return {
        "action": pa.array(rows["action"]),
        "side": pa.array(rows["side"]),
        "type": pa.array(rows["type"]),
        "time_in_force": pa.array(rows["tif"]),
        "price": pa.array(rows["tick"] * TICK),
        "quantity": pa.array(rows["shares"] * SHARE),
        "is_post_only": pa.array(rows["post_only"] == 1),
        "self_trade_prevention": pa.repeat(pb.SELF_TRADE_PREVENTION_OLDEST, len(rows)),
    }
