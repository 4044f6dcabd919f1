"""The blotter: from what was sent and what was said to what is open and owned."""

from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from pipelines.source.participants.blotter import Blotter
from pipelines.source.participants.requests import BUY, cancels, new_requests
from pipelines.source.simulator.book import SHARE, TICK
from pipelines.wire import batch_of
from schemas.proto import market_pb2 as pb
from schemas.topics import ORDER_EVENTS

SEEN = ["number", "tick", "shares", "is_open", "is_busy"]


def _events(*rows: dict[str, Any]) -> pa.RecordBatch:
    scaled = {"price": TICK, "quantity": SHARE, "open_quantity": SHARE, "position": SHARE}
    blank: dict[str, Any] = {"symbol": "A", "account_id": "X-1", "order_id": "", "reason": "", "kind": 0}
    full = [{**blank, **dict.fromkeys(scaled, 0), **row} for row in rows]
    full = [row | {"kind": pb.OrderEventKind.Value(f"ORDER_EVENT_KIND_{row['kind']}")} for row in full]
    return batch_of(ORDER_EVENTS, {name: [row[name] * scaled.get(name, 1) for row in full] for name in full[0]})


def _blotter(*numbers: int) -> Blotter:
    """Two accounts, two symbols, and orders to buy 10 at 100 ticks that are on their way."""
    blotter = Blotter("me", ("X-1", "X-2"), ["A", "B"])
    requests = new_requests({"side": BUY, "tick": 100, "shares": 10}, len(numbers))
    blotter.note(requests, np.array(numbers), np.arange(len(numbers)))
    return blotter


ACCEPTED = {"kind": "ACCEPTED", "order_id": "me-1", "price": 100, "quantity": 10, "open_quantity": 10}
GONE = {"kind": "CANCELLED", "order_id": "me-1", "reason": "USER", "quantity": 10}


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        ([{"kind": "SET"}], [(1, 100, 10, 0, 1)]),
        ([ACCEPTED], [(1, 100, 10, 1, 0)]),
        ([ACCEPTED | {"order_id": "other-1"}], [(1, 100, 10, 0, 1)]),
        ([ACCEPTED | {"order_id": "me-7"}], [(1, 100, 10, 0, 1)]),
        ([ACCEPTED, {"kind": "FILLED", "order_id": "me-1", "price": 99, "open_quantity": 4}], [(1, 100, 4, 1, 0)]),
        ([ACCEPTED, {"kind": "FILLED", "order_id": "me-1", "price": 99}], []),
        ([{"kind": "REFUSED", "order_id": "me-1", "open_quantity": 10, "reason": "WOULD_TAKE"}], []),
        ([ACCEPTED, GONE], []),
        ([ACCEPTED, {**GONE, "open_quantity": 3}], [(1, 100, 3, 1, 0)]),
        ([ACCEPTED, {**ACCEPTED, "kind": "REPLACED", "price": 98, "open_quantity": 7}], [(1, 98, 7, 1, 0)]),
        ([ACCEPTED, {"kind": "REPLACE_REFUSED", "order_id": "me-1", "reason": "WOULD_TAKE"}], [(1, 100, 10, 1, 0)]),
        ([ACCEPTED, {"kind": "CANCEL_REFUSED", "order_id": "me-1", "reason": "UNKNOWN_ORDER"}], []),
    ],
)
def test_hear_follows_an_order(events: list[dict[str, Any]], expected: list[tuple[int, ...]]) -> None:
    blotter = _blotter(1)
    blotter.hear(_events(*events))
    assert blotter.orders[SEEN].tolist() == expected


def test_note_of_a_cancel_makes_the_order_busy_until_it_is_answered() -> None:
    blotter = _blotter(1, 2)
    blotter.hear(_events(ACCEPTED, {**ACCEPTED, "order_id": "me-2"}))
    assert blotter.waiting == 0
    blotter.note(cancels(blotter.orders[1:]), np.array([3]), np.array([77]))
    assert (blotter.waiting, blotter.orders[["number", "sent_ns"]].tolist()) == (1, [(1, 0), (2, 77)])
    blotter.hear(_events({**GONE, "order_id": "me-2"}))
    assert (blotter.waiting, blotter.orders["number"].tolist()) == (0, [1])


FUNDED = {"kind": "FUNDED", "quantity": 50, "position": 50}


@pytest.mark.parametrize(
    ("events", "inventory"),
    [
        ([FUNDED], 0),
        ([{**FUNDED, "position": 80}], 0),  # what an earlier run left is home too
        ([{"kind": "FUNDED", "position": -5}], -5),  # nothing was given: what is owed is inventory
        ([FUNDED, {"kind": "FILLED", "order_id": "me-1", "position": 56}], 6),
        ([{"kind": "FILLED", "order_id": "other-1", "position": 3}], 3),
        ([{"kind": "FILLED", "order_id": "o", "position": 3}, {"kind": "FILLED", "order_id": "o", "position": 1}], 1),
        ([{"kind": "FILLED", "account_id": "Y-1", "position": 3}], 0),
        ([{"kind": "FUNDED", "symbol": "", "position": 3}], 0),
    ],
)
def test_hear_counts_inventory_from_the_funding_on(events: list[dict[str, Any]], inventory: int) -> None:
    blotter = _blotter(1)
    blotter.hear(_events(*events))
    assert blotter.inventory.tolist() == [[inventory, 0], [0, 0]]


def test_hear_says_how_many_events_concern_own_accounts() -> None:
    assert _blotter(1).hear(_events(ACCEPTED, {**ACCEPTED, "account_id": "Y-1"}, FUNDED)) == 2
