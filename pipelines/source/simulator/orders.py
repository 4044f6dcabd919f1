"""Order flow: new orders, and cancels and replaces of orders that are still live."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from pipelines.source.simulator.book import LOWEST_TICK, SHARE, SIZES, TICK, Ints, Touch
from pipelines.source.simulator.columns import Choices, Message, identities, message_columns, texts
from pipelines.source.simulator.config import MarketConfig
from pipelines.wire import batch_of
from schemas.proto import market_pb2 as pb
from schemas.topics import ORDERS

ACTIONS = np.array([pb.ORDER_ACTION_NEW, pb.ORDER_ACTION_CANCEL, pb.ORDER_ACTION_REPLACE], np.int32)
NEW, CANCEL, REPLACE = range(3)
ACTION_WEIGHTS = np.array([0.50, 0.40, 0.10])  # as many resting orders are sent (0.8 of new) as cancelled

LIMIT, MARKET = pb.ORDER_TYPE_LIMIT, pb.ORDER_TYPE_MARKET
DAY, GTC, IOC = pb.TIME_IN_FORCE_DAY, pb.TIME_IN_FORCE_GTC, pb.TIME_IN_FORCE_IOC
KINDS = np.array([(LIMIT, DAY), (LIMIT, GTC), (LIMIT, IOC), (MARKET, IOC)], np.int32)
KIND_WEIGHTS = np.array([0.6, 0.2, 0.1, 0.1])
RESTING_KINDS = 2  # the first two stay in the book

ACCOUNTS = [f"A{number:04}" for number in range(1, 201)]
TICKS_BEHIND = 0.3  # chance that an order goes no further behind the touch, a tick each
FIELDS = np.dtype(
    [(name, np.int64) for name in ("id", "original", "pair", "side", "kind", "account", "tick", "shares")]
)

Orders = NDArray[np.void]  # of FIELDS


@dataclass(frozen=True)
class OrderRows:
    """What participants ask, in order: action codes (n,) and the orders (n,) they speak of."""

    actions: Ints
    orders: Orders


class OrderFlow:
    """The orders that are live, and the messages that make them so. An order is known by the seq of its message."""

    def __init__(self, config: MarketConfig, pairs: Choices, sizes: Ints) -> None:
        """No order is live; `pairs` draws where new ones go, `sizes` are shares (pairs, 256)."""
        self._config, self._pairs, self._sizes = config, pairs, sizes
        self._actions, self._kinds = Choices(ACTION_WEIGHTS), Choices(KIND_WEIGHTS)
        self._live: Orders = np.empty(0, FIELDS)

    def draw(self, ids: Ints, rng: np.random.Generator) -> OrderRows:
        """New, cancelled and replaced orders, yet without prices. Only what was live before this call is named."""
        actions = self._actions.draw(rng, len(ids))
        naming = np.flatnonzero(actions != NEW)
        actions[naming[len(self._live) :]] = NEW
        naming = naming[: len(self._live)]
        named = rng.permutation(len(self._live))[: len(naming)]
        orders = self._fresh(ids, rng)
        shares = orders["shares"].copy()
        orders[naming] = self._live[named]
        orders["original"][naming] = self._live["id"][named]
        orders["id"] = ids
        orders["shares"] = np.where(actions == REPLACE, shares, orders["shares"])
        self._live = np.delete(self._live, named)
        return OrderRows(actions, orders)

    def _fresh(self, ids: Ints, rng: np.random.Generator) -> Orders:
        orders = np.zeros(len(ids), FIELDS)
        orders["pair"] = self._pairs.draw(rng, len(ids))
        orders["side"] = rng.integers(pb.SIDE_BUY, pb.SIDE_SELL + 1, len(ids))
        orders["kind"] = self._kinds.draw(rng, len(ids))
        orders["account"] = rng.integers(0, len(ACCOUNTS), len(ids))
        orders["shares"] = self._sizes[orders["pair"], rng.integers(0, SIZES, len(ids))]
        return orders

    def build(self, rows: OrderRows, message: Message, touch: Touch, rng: np.random.Generator) -> pa.RecordBatch:
        """A row of `wire_schema(ORDERS)` for each of the rows, priced from the touch of its pair at its time.

        Every message has an order_id of its own; a cancel or replace names the order it ends as original_order_id.
        """
        orders = rows.orders
        orders["tick"] = np.where(rows.actions == CANCEL, orders["tick"], _limit_ticks(orders, touch, rng))
        is_live = (rows.actions != CANCEL) & (orders["kind"] < RESTING_KINDS)
        self._live = np.concatenate((self._live, orders[is_live]))
        kinds = KINDS[orders["kind"]]
        return batch_of(
            ORDERS,
            message_columns(self._config, message, rng)
            | {
                "action": pa.array(ACTIONS[rows.actions]),
                "order_id": identities(self._config.producer_id, orders["id"]),
                "original_order_id": identities(self._config.producer_id, orders["original"]),
                "account_id": texts(ACCOUNTS, orders["account"]),
                "side": pa.array(orders["side"].astype(np.int32)),
                "type": pa.array(kinds[:, 0]),
                "time_in_force": pa.array(kinds[:, 1]),
                "price": pa.array(np.where(kinds[:, 0] == MARKET, 0, orders["tick"] * TICK)),
                "quantity": pa.array(orders["shares"] * SHARE),
            },
        )


def _limit_ticks(orders: Orders, touch: Touch, rng: np.random.Generator) -> Ints:
    """Limit prices (n,): resting orders at or behind their own side's touch, others at the opposite touch."""
    behind = rng.geometric(TICKS_BEHIND, len(orders)) - 1
    is_buy, rests = orders["side"] == pb.SIDE_BUY, orders["kind"] < RESTING_KINDS
    resting = np.where(is_buy, np.maximum(touch.bid - behind, LOWEST_TICK // 2), touch.ask + behind)
    taking = np.where(is_buy, touch.ask, touch.bid)
    return np.where(rests, resting, taking)
