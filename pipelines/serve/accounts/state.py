"""The rows that events touch, by key; which of them must be known before the events are folded into them."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from pipelines.serve.accounts.events import ACCEPTED, CANCELLED, FILLED, FUNDED, REFUSED, REPLACED, Event, shard_of
from pipelines.serve.accounts.models import Balance, Base, Order, Position, Profile, Trade, TradingDay

Row = dict[str, Any]
Key = tuple[Any, ...]  # values of the primary key, in order
Rows = dict[Key, Row]

OF_ORDERS = {ACCEPTED, FILLED, CANCELLED, REPLACED, REFUSED}  # after these an order is not what it was
OF_ACCOUNTS = {FILLED, FUNDED}
NS_PER_DAY = 86_400 * 10**9
EPOCH = date(1970, 1, 1).toordinal()


@dataclass
class State:
    """Rows of the tables that events change. A key that is absent has no row yet."""

    orders: Rows = field(default_factory=dict)
    trades: Rows = field(default_factory=dict)
    balances: Rows = field(default_factory=dict)
    positions: Rows = field(default_factory=dict)
    days: Rows = field(default_factory=dict)
    profiles: Rows = field(default_factory=dict)  # to be added where there is none


MODELS: dict[str, type[Base]] = {
    "orders": Order,
    "trades": Trade,
    "balances": Balance,
    "positions": Position,
    "days": TradingDay,
    "profiles": Profile,
}


def order_key(event: Event) -> Key:
    """Key of the event's order."""
    return event.venue, event.symbol, event.order_id


def trade_key(event: Event) -> Key:
    """Key of a fill's trade."""
    return event.venue, event.symbol, event.trade_id


def balance_key(event: Event) -> Key:
    """Key of the balance of the event's account on its shard."""
    return event.account_id, shard_of(event.producer_id)


def position_key(event: Event) -> Key:
    """Key of the position of the event's account in its symbol."""
    return event.account_id, event.symbol


def day_key(event: Event) -> Key:
    """Key of what the event's account trades of its symbol on the event's day (UTC)."""
    return event.account_id, event.symbol, date.fromordinal(EPOCH + event.event_ns // NS_PER_DAY)


def needed_keys(events: Sequence[Event]) -> dict[str, set[Key]]:
    """Of each table the keys of rows that decide, with the events, what the rows are after them.

    Left out are orders that are accepted among the events, for nothing before counts, trades with both their fills,
    and profiles, which are only added.
    """
    fills = [event for event in events if event.kind == FILLED]
    moves = [event for event in events if event.kind in OF_ACCOUNTS and event.account_id]
    changed = {order_key(event) for event in events if event.kind in OF_ORDERS}
    sides = Counter(map(trade_key, fills))
    return {
        "orders": changed - {order_key(event) for event in events if event.kind == ACCEPTED},
        "trades": {key for key, count in sides.items() if count == 1},
        "balances": set(map(balance_key, moves)),
        "positions": set(map(position_key, moves)),
        "days": {day_key(event) for event in fills if event.account_id},
    }
