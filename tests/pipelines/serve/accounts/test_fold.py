"""What becomes of an order, event by event."""

from typing import Any

import pyarrow as pa
import pytest

from pipelines.serve.accounts.events import Event, events_of, shard_of
from pipelines.serve.accounts.fold import fold_events
from pipelines.serve.accounts.state import State, needed_keys
from pipelines.wire import decode
from schemas.topics import ORDER_EVENTS
from tests.pipelines.serve.accounts.shorthand import PRODUCER, START_NS, UNIT, message, payloads, units

Said = tuple[str, dict[str, Any]]

ACCEPTED: Said = ("ACCEPTED", {"price": 10, "quantity": 8, "open_quantity": 8})
FILLED_3: Said = ("FILLED", {"price": 9, "quantity": 3, "open_quantity": 5, "trade_id": "t"})
FILLED_ALL: Said = ("FILLED", {"price": 9, "quantity": 8, "open_quantity": 0, "trade_id": "t"})
GONE: Said = ("CANCELLED", {"price": 10, "quantity": 8, "open_quantity": 0, "reason": "USER"})
REST_GONE: Said = ("CANCELLED", {"price": 10, "quantity": 5, "open_quantity": 0, "reason": "IOC_REST"})
DECREMENTED: Said = ("CANCELLED", {"price": 10, "quantity": 2, "open_quantity": 6, "reason": "SELF_TRADE"})
REPLACED: Said = ("REPLACED", {"price": 10, "quantity": 7, "open_quantity": 7})
REFUSED: Said = ("REFUSED", {"price": 10, "quantity": 4, "reason": "HALTED"})
NOT_CANCELLED: Said = ("CANCEL_REFUSED", {"reason": "NOT_OWNER"})
NOT_REPLACED: Said = ("REPLACE_REFUSED", {"reason": "NOT_OWNER", "price": 11, "quantity": 1})


def events(*said: Said) -> list[Event]:
    """Events of one order, numbered from 1."""
    messages = [message(n, kind, **({"order_id": "o"} | fields)) for n, (kind, fields) in enumerate(said, 1)]
    return list(events_of(decode(ORDER_EVENTS, pa.array(payloads(messages), pa.binary()))[0]))


def fold(*said: Said) -> State:
    state = State()
    fold_events(state, events(*said))
    return state


@pytest.mark.parametrize(
    ("said", "amounts", "end"),
    [
        ([ACCEPTED], (8, 0, 8), ("OPEN", None)),
        ([ACCEPTED, FILLED_3], (8, 3, 5), ("OPEN", None)),
        ([ACCEPTED, FILLED_ALL], (8, 8, 0), ("FILLED", None)),
        ([ACCEPTED, GONE], (8, 0, 0), ("CANCELLED", "USER")),
        ([ACCEPTED, FILLED_3, REST_GONE], (8, 3, 0), ("CANCELLED", "IOC_REST")),
        ([ACCEPTED, DECREMENTED], (8, 0, 6), ("OPEN", None)),
        ([ACCEPTED, FILLED_3, REPLACED], (10, 3, 7), ("OPEN", None)),
        ([ACCEPTED, NOT_CANCELLED, NOT_REPLACED, ("TRIGGERED", {})], (8, 0, 8), ("OPEN", None)),
        ([REFUSED], (4, 0, 0), ("REFUSED", "HALTED")),
        ([ACCEPTED, REFUSED], (8, 0, 8), ("OPEN", None)),
        ([ACCEPTED, GONE, REFUSED], (4, 0, 0), ("REFUSED", "HALTED")),
        ([ACCEPTED, GONE, ACCEPTED], (8, 0, 8), ("OPEN", None)),
        ([REST_GONE], (5, 0, 0), ("CANCELLED", "IOC_REST")),
        ([REPLACED], (7, 0, 7), ("OPEN", None)),
    ],
)
def test_fold_events_of_an_order(said: list[Said], amounts: tuple[int, ...], end: tuple[str | None, ...]) -> None:
    (order,) = fold(*said).orders.values()
    assert order["price"] == units(10)
    assert tuple(order[f"{name}quantity"] for name in ("", "filled_", "open_")) == tuple(map(units, amounts))
    assert (order["status"], order["reason"]) == end
    assert (order["created_ns"], order["updated_ns"]) <= (order["updated_ns"], START_NS + len(said) * UNIT)


def test_fold_events_of_an_order_that_is_first_seen_when_it_trades() -> None:
    (order,) = fold(FILLED_3).orders.values()
    assert (order["price"], order["quantity"], order["filled_quantity"]) == (None, units(8), units(3))


def test_fold_events_of_nobody_touches_no_account() -> None:
    state = fold(ACCEPTED, FILLED_3)
    assert (state.balances, state.positions, state.days, state.profiles) == ({}, {}, {}, {})
    assert state.orders[("DLXA", "AAPL", "o")]["account_id"] is None


def test_fold_events_of_a_refusal_without_order_makes_none() -> None:
    assert fold(("REFUSED", {"order_id": "", "reason": "BAD_QUANTITY"})).orders == {}


def test_fold_events_of_a_funding_keeps_what_trading_made() -> None:
    bought = {
        "account_id": "A",
        "side": "BUY",
        "position": 5,
        "cost": 50,
        "realised_pnl": 7,
        "cash": 3,
        "trade_id": "t",
    }
    given = {"account_id": "A", "quantity": 2, "position": 7, "cost": 75, "cash": 4}
    (position,) = fold(("FILLED", bought), ("FUNDED", given)).positions.values()
    assert [position[name] for name in ("quantity", "cost", "realised_pnl")] == [units(7), units(75), units(7)]


def test_fold_events_of_two_days_makes_a_row_each() -> None:
    day = 86_400 * UNIT
    midnight = (START_NS // day + 1) * day
    bought = {"account_id": "A", "side": "BUY", "trade_id": "t", "quantity": 1, "price": 10}
    state = fold(*(("FILLED", bought | {"venue_ts_ns": midnight + after}) for after in (-1, 0, 1)))
    assert [(row["day"].isoformat(), row["fills"]) for row in state.days.values()] == [
        ("2026-09-21", 1),
        ("2026-09-22", 2),
    ]


def test_needed_keys_leave_out_what_the_events_alone_decide() -> None:
    order, trade = ("DLXA", "AAPL", "o"), ("DLXA", "AAPL", "t")
    assert needed_keys(events(ACCEPTED, FILLED_3))["orders"] == set()
    assert needed_keys(events(FILLED_3, REST_GONE))["orders"] == {order}
    assert needed_keys(events(FILLED_3))["trades"] == {trade}
    assert needed_keys(events(FILLED_3, FILLED_3))["trades"] == set()
    assert not any(needed_keys(events(NOT_CANCELLED, ("SET", {}))).values())


@pytest.mark.parametrize(
    ("producer", "expected"),
    [(PRODUCER, 0), ("exchange-12-ab", 12), ("exchange-a-b", None), ("exchange-1", None), ("sim-1", None), ("", None)],
)
def test_shard_of_a_producer(producer: str, expected: int | None) -> None:
    assert shard_of(producer) == expected


def test_events_of_a_message_without_venue_time_have_the_receivers() -> None:
    (event,) = events(("SET", {"venue_ts_ns": 0, "receive_ts_ns": 5}))
    assert event.event_ns == 5
