"""Events into the rows they change: what the database shows is this fold over all events."""

from collections.abc import Callable, Iterable

from pipelines.serve.accounts.amounts import UNITS
from pipelines.serve.accounts.codes import OrderStatus
from pipelines.serve.accounts.events import (
    ACCEPTED,
    BUY,
    CANCELLED,
    FILLED,
    FUNDED,
    REFUSED,
    REPLACED,
    SIDES,
    TIMES_IN_FORCE,
    TYPES,
    Event,
    shard_of,
)
from pipelines.serve.accounts.profiles import new_profile
from pipelines.serve.accounts.state import Row, State, balance_key, day_key, order_key, position_key, trade_key

NO_SIDES = dict.fromkeys(f"{side}_{name}" for side in ("buy", "sell") for name in ("account_id", "order_id", "fee"))
NOTHING_TRADED = dict.fromkeys(("fills", "bought_quantity", "bought_value", "sold_quantity", "sold_value", "fees"), 0)


def fold_events(state: State, events: Iterable[Event]) -> None:
    """Change the rows of `state` as the events say, in their order. It must hold what `needed_keys` names.

    Other kinds of events leave everything as it is: a refused cancel or replace, a stop that wakes, a book's setting.
    """
    for event in events:
        if apply := APPLY.get(event.kind):
            apply(state, event)


def _accept(state: State, event: Event) -> None:
    state.orders[order_key(event)] = _new_order(event, event.quantity)


def _refuse(state: State, event: Event) -> None:
    """An open order of the same id is another order, and stays."""
    known = state.orders.get(order_key(event))
    if event.order_id and (known is None or known["status"] != OrderStatus.OPEN):
        refused = {"open_quantity": 0, "status": OrderStatus.REFUSED, "reason": event.reason or None}
        state.orders[order_key(event)] = _new_order(event, event.quantity) | refused


def _replace(state: State, event: Event) -> None:
    order = _order(state, event)
    order["price"] = event.price or None
    order["quantity"] = order["filled_quantity"] + event.open_quantity
    _leave(order, event, OrderStatus.FILLED)


def _cancel(state: State, event: Event) -> None:
    order = _order(state, event)
    _leave(order, event, OrderStatus.CANCELLED)
    if not event.open_quantity:
        order["reason"] = event.reason or None


def _fill(state: State, event: Event) -> None:
    order = _order(state, event)
    order["filled_quantity"] += event.quantity
    _leave(order, event, OrderStatus.FILLED)
    _fill_side(state, event)
    if event.account_id:
        _set_cash(state, event)
        _set_position(state, event)["realised_pnl"] = event.realised_pnl
        _add_to_day(state, event)


def _fund(state: State, event: Event) -> None:
    _set_cash(state, event)
    if event.symbol:
        _set_position(state, event)


def _order(state: State, event: Event) -> Row:
    """The row of an order; of one that was accepted before the topic begins, what the event tells."""
    known = state.orders.get(order_key(event))
    if known is None:
        left = event.open_quantity + (event.quantity if event.kind in (FILLED, CANCELLED) else 0)
        known = state.orders[order_key(event)] = _new_order(event, left)
        known["price"] = None if event.kind == FILLED else known["price"]
    return known


def _new_order(event: Event, quantity: int) -> Row:
    return {
        "venue": event.venue,
        "symbol": event.symbol,
        "order_id": event.order_id,
        "account_id": event.account_id or None,
        "side": SIDES.get(event.side),
        "type": TYPES.get(event.type),
        "time_in_force": TIMES_IN_FORCE.get(event.time_in_force),
        "price": event.price or None,
        "quantity": quantity,
        "filled_quantity": 0,
        "open_quantity": quantity,
        "status": OrderStatus.OPEN,
        "reason": None,
        "created_ns": event.event_ns,
        "updated_ns": event.event_ns,
    }


def _leave(order: Row, event: Event, end: OrderStatus) -> None:
    """What is open after the event; nothing: the order has ended."""
    order["open_quantity"] = event.open_quantity
    order["status"] = OrderStatus.OPEN if event.open_quantity else end
    order["updated_ns"] = event.event_ns


def _fill_side(state: State, event: Event) -> None:
    trade = state.trades.get(trade_key(event)) or _new_trade(state, event)
    side = "buy" if event.side == BUY else "sell"
    trade[f"{side}_account_id"] = event.account_id or None
    trade[f"{side}_order_id"] = event.order_id
    trade[f"{side}_fee"] = event.fee


def _new_trade(state: State, event: Event) -> Row:
    row = NO_SIDES | {
        "venue": event.venue,
        "symbol": event.symbol,
        "trade_id": event.trade_id,
        "price": event.price,
        "quantity": event.quantity,
        "traded_ns": event.event_ns,
    }
    state.trades[trade_key(event)] = row
    return row


def _set_cash(state: State, event: Event) -> None:
    """Cash after the last event of the shard, fees of all: events of several partitions come in any order."""
    balance = state.balances.get(balance_key(event)) or _new_balance(state, event)
    balance["fees"] += event.fee
    if event.producer_id != balance["producer_id"] or event.seq >= balance["seq"]:
        balance["cash"], balance["producer_id"], balance["seq"] = event.cash, event.producer_id, event.seq


def _new_balance(state: State, event: Event) -> Row:
    """A first balance; whose account has no profile gets one."""
    account = event.account_id
    state.profiles.setdefault((account,), new_profile(account, event.event_ns))
    shard = shard_of(event.producer_id)
    row = {"account_id": account, "shard": shard, "cash": 0, "fees": 0, "producer_id": event.producer_id, "seq": 0}
    state.balances[balance_key(event)] = row
    return row


def _set_position(state: State, event: Event) -> Row:
    first = {"account_id": event.account_id, "symbol": event.symbol, "realised_pnl": 0}
    position = state.positions.setdefault(position_key(event), first)
    position["quantity"], position["cost"], position["updated_ns"] = event.position, event.cost, event.event_ns
    return position


def _add_to_day(state: State, event: Event) -> None:
    """Value is price × quantity, rounded down to 1e-9: exact for cents and whole shares."""
    key = day_key(event)
    day = state.days.get(key) or _new_day(state, event)
    verb = "bought" if event.side == BUY else "sold"
    day["fills"] += 1
    day[f"{verb}_quantity"] += event.quantity
    day[f"{verb}_value"] += event.price * event.quantity // UNITS
    day["fees"] += event.fee


def _new_day(state: State, event: Event) -> Row:
    account, symbol, day = key = day_key(event)
    row = state.days[key] = NOTHING_TRADED | {"account_id": account, "symbol": symbol, "day": day}
    return row


APPLY: dict[int, Callable[[State, Event], None]] = {
    ACCEPTED: _accept,
    REFUSED: _refuse,
    REPLACED: _replace,
    CANCELLED: _cancel,
    FILLED: _fill,
    FUNDED: _fund,
}
