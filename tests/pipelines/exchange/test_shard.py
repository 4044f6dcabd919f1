"""A shard: what accounts may do, and what becomes of it."""

from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from pipelines.exchange.codes import Reason
from pipelines.exchange.rules import UNITS, Rules
from pipelines.exchange.shard import Shard
from pipelines.wire import batch_of
from schemas.proto import market_pb2 as pb
from schemas.registry import Topic
from schemas.topics import DEPTH, ORDER_EVENTS, ORDERS, TRADES
from tests.pipelines.exchange.flows import START_NS

Row = dict[str, Any]
Tape = dict[Topic, list[bytes]]

KIND = pb.OrderEventKind
DEFAULTS: Row = {
    "symbol": "AAPL",
    "venue": "DLXA",
    "type": pb.ORDER_TYPE_LIMIT,
    "time_in_force": pb.TIME_IN_FORCE_GTC,
    "action": pb.ORDER_ACTION_NEW,
}
TEXTS = ("producer_id", "order_id", "original_order_id", "account_id")
BUY, SELL = pb.SIDE_BUY, pb.SIDE_SELL
MARKET, STOP = pb.ORDER_TYPE_MARKET, pb.ORDER_TYPE_STOP


def orders_of(*rows: Row) -> pa.RecordBatch:
    """Wire orders a second apart; what a row leaves out is a limit order's on DLXA."""
    names = {*DEFAULTS, *TEXTS, *(name for row in rows for name in row)}
    columns = {n: [row.get(n, DEFAULTS.get(n, "" if n in TEXTS else 0)) for row in rows] for n in names}
    columns["seq"] = list(range(1, len(rows) + 1))
    columns["receive_ts_ns"] = [START_NS + number * UNITS for number in range(len(rows))]
    return batch_of(ORDERS, columns)


def fund(account: str, cash: float = 0, shares: int = 0, **terms: int) -> Row:
    """Cash, and shares of AAPL at 90."""
    given = {"action": pb.ORDER_ACTION_FUND, "account_id": account, "venue": "", "symbol": "AAPL" if shares else ""}
    return given | {"cash": round(cash * UNITS), "quantity": shares * UNITS, "price": 90 * UNITS} | terms


def new(account: str, name: str, side: int, amounts_of: str, **terms: Any) -> Row:
    """A new order, as `5@100.25`."""
    quantity, price = map(float, amounts_of.split("@"))
    amounts = {"quantity": round(quantity * UNITS), "price": round(price * UNITS)}
    return {"account_id": account, "order_id": name, "side": side} | amounts | terms


def events_of(*rows: Row) -> list[Row]:
    shard = Shard(0, Rules())
    events: list[Row] = shard.apply(orders_of(*rows))[ORDER_EVENTS].to_pylist()
    return events


def last_event(*rows: Row) -> tuple[str, str]:
    """Kind and reason."""
    event = events_of(*rows)[-1]
    return KIND.Name(event["kind"]).removeprefix("ORDER_EVENT_KIND_"), event["reason"]


RESTING = (fund("B", shares=100), new("B", "b", SELL, "50@100"))


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([new("A", "1", BUY, "1@100")], ("REFUSED", "UNKNOWN_ACCOUNT")),
        ([fund("A", 100.0), new("A", "1", BUY, "1@100")], ("REFUSED", "INSUFFICIENT_CASH")),
        ([fund("A", 100.003), new("A", "1", BUY, "1@100")], ("ACCEPTED", "")),
        ([fund("A", 200), new("A", "1", BUY, "1@100"), new("A", "2", BUY, "1@100")], ("REFUSED", "INSUFFICIENT_CASH")),
        ([fund("A", shares=5), new("A", "1", SELL, "6@100")], ("REFUSED", "INSUFFICIENT_SHARES")),
        ([fund("A", shares=5), new("A", "1", SELL, "5@100")], ("ACCEPTED", "")),
        ([fund("A", 1, max_short_quantity=2 * UNITS), new("A", "1", SELL, "2@100")], ("ACCEPTED", "")),
        (
            [fund("A", 1, max_short_quantity=2 * UNITS), new("A", "1", SELL, "3@100")],
            ("REFUSED", "INSUFFICIENT_SHARES"),
        ),
        ([fund("A", 999, max_order_quantity=2 * UNITS), new("A", "1", BUY, "3@1")], ("REFUSED", "ORDER_TOO_LARGE")),
        ([fund("A", 999, max_order_value=100 * UNITS), new("A", "1", BUY, "2@51")], ("REFUSED", "ORDER_TOO_LARGE")),
        ([new("", "1", BUY, "1@100.001")], ("REFUSED", "BAD_TICK")),
        ([new("", "1", BUY, "1@100") | {"quantity": UNITS + 1}], ("REFUSED", "BAD_LOT")),
        ([new("", "", BUY, "1@100")], ("REFUSED", "BAD_ID")),
        ([new("", "1", 7, "1@100")], ("REFUSED", "BAD_CODE")),
        ([new("", "1", BUY, "0@100")], ("REFUSED", "BAD_QUANTITY")),
        ([new("", "1", BUY, "1@100") | {"action": 99}], ("REFUSED", "BAD_CODE")),
        ([fund("A", 500), new("A", "1", BUY, "5@0", type=MARKET)], ("CANCELLED", "IOC_REST")),
        ([*RESTING, fund("A", 500), new("A", "1", BUY, "5@0", type=MARKET)], ("CANCELLED", "IOC_REST")),
        ([*RESTING, fund("A", 501), new("A", "1", BUY, "5@0", type=MARKET)], ("FILLED", "")),
        ([fund("A", 500), new("A", "1", BUY, "5@0", type=STOP, stop_price=99 * UNITS)], ("ACCEPTED", "")),
        ([fund("A", 400), new("A", "1", BUY, "5@0", type=STOP, stop_price=99 * UNITS)], ("ACCEPTED", "")),
        ([fund("", 400)], ("REFUSED", "UNKNOWN_ACCOUNT")),
        ([fund("A", 400), fund("A", -401)], ("REFUSED", "INSUFFICIENT_CASH")),
        ([fund("A", 400), fund("A", -400)], ("FUNDED", "")),
        ([fund("A", 5e9)], ("REFUSED", "OVERFLOW")),
        ([fund("A", 1) | {"quantity": UNITS}], ("REFUSED", "BAD_QUANTITY")),
        ([{"action": pb.ORDER_ACTION_CANCEL, "original_order_id": "x"}], ("CANCEL_REFUSED", "UNKNOWN_ORDER")),
        ([{"action": pb.ORDER_ACTION_PHASE, "phase": pb.PHASE_HALT}, new("", "1", BUY, "1@1")], ("REFUSED", "HALTED")),
        ([{"action": pb.ORDER_ACTION_REFERENCE, "price": UNITS}], ("SET", "")),
    ],
)
def test_apply_checks_what_an_account_asks(rows: list[Row], expected: tuple[str, str]) -> None:
    assert last_event(*rows) == expected


def test_apply_replace_counts_what_the_order_held_back() -> None:
    replace = new("A", "", BUY, "2@99") | {"action": pb.ORDER_ACTION_REPLACE, "original_order_id": "1"}
    assert last_event(fund("A", 201), new("A", "1", BUY, "2@100"), replace) == ("REPLACED", "")
    dearer = replace | {"price": 101 * UNITS}
    assert last_event(fund("A", 201), new("A", "1", BUY, "2@100"), dearer) == ("REPLACE_REFUSED", "INSUFFICIENT_CASH")


def test_apply_books_a_trade_on_both_accounts() -> None:
    events = events_of(*RESTING, fund("A", 10_000), new("A", "a", BUY, "20@101"))
    taker, maker = events[-2:]
    assert (taker["cash"], taker["position"], taker["cost"]) == (7_999_940_000_000, 20 * UNITS, 2_000 * UNITS)
    assert (taker["fee"], maker["fee"]) == (60_000_000, -40_000_000)  # 0.30 and -0.20 bps of 2,000
    assert (maker["cash"], maker["position"], maker["cost"]) == (2_000_040_000_000, 80 * UNITS, 7_200 * UNITS)
    assert (maker["realised_pnl"], maker["is_maker"], maker["open_quantity"]) == (200 * UNITS, True, 30 * UNITS)
    assert (taker["trade_id"], taker["order_id"], maker["order_id"]) == (maker["trade_id"], "a", "b")


def test_apply_passes_over_other_venues() -> None:
    outputs = Shard(0, Rules()).apply(orders_of(new("", "1", BUY, "1@100") | {"venue": "XNAS"}))
    assert {topic.noun: len(rows) for topic, rows in outputs.items()} == {"trades": 0, "order_events": 0, "depth": 0}


def test_apply_hides_the_dark_book() -> None:
    dark = {"venue": "DLXD"}
    outputs = Shard(0, Rules()).apply(orders_of(new("", "1", BUY, "1@100") | dark, new("", "2", SELL, "1@100") | dark))
    assert len(outputs[DEPTH]) == 0
    assert [t["aggressor_side"] for t in outputs[TRADES].to_pylist()] == [pb.SIDE_UNSPECIFIED]


def test_apply_takes_no_time_that_is_ahead_of_the_log_or_behind_the_order_before() -> None:
    orders = orders_of(new("", "1", BUY, "1@100"), new("", "2", BUY, "1@100"), new("", "3", BUY, "1@100"))
    log_ns = np.array([START_NS - 5 * UNITS, START_NS + UNITS, START_NS - 3 * UNITS])
    events = Shard(0, Rules()).apply(orders, log_ns)[ORDER_EVENTS].to_pylist()
    assert [event["venue_ts_ns"] - START_NS for event in events] == [-4 * UNITS, UNITS, UNITS]


def test_apply_refuses_a_book_too_many() -> None:
    rows = [new("", str(n), BUY, "1@100") | {"symbol": f"S{n}"} for n in range(4_097)]
    events = events_of(*rows)
    assert [e["reason"] for e in events] == [""] * 4_096 + [Reason.NO_ROOM.name]
    assert events[-1]["symbol"] == "S4096"


def test_quotes_are_the_best_levels_of_lit_books_that_changed() -> None:
    shard = Shard(0, Rules())
    prices = (98, 99, 97, 96, 95, 94)
    rows = [new("", f"{n}", BUY, f"{n + 1}@{price}") for n, price in enumerate(prices)]
    shard.apply(orders_of(*rows, new("", "d", BUY, "1@100") | {"venue": "DLXD"}))
    (quote,) = shard.quotes().to_pylist()
    assert (quote["venue"], quote["ask_prices"]) == ("DLXA", [])
    assert quote["bid_prices"] == [price * UNITS for price in (99, 98, 97, 96, 95)]
    assert quote["bid_quantities"] == [size * UNITS for size in (2, 1, 3, 4, 5)]
    assert len(shard.quotes()) == 0
