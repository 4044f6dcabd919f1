"""gold.execution_quality_1d: orders by hand."""

from decimal import Decimal

import pytest

from pipelines.gold.daily.execution_quality_1d import DAILY
from schemas.venue_reports import BUCKET_COLUMNS, EXECUTION_QUALITY
from tests.pipelines.gold.daily.exchange_rows import NOON, Rows, accepted, event, filled, inputs_of, quoted
from tests.pipelines.gold.partials import START, minute

MARKET = [quoted(0, 99, 101), quoted(0, 98, 102, "DLXB")]  # 99 to 101


def build(events: Rows, quotes: Rows = MARKET, **more: Rows) -> list[dict[str, object]]:
    rows = DAILY.build(inputs_of(DAILY, events=events, quotes=quotes, **more))
    assert rows.schema.equals(EXECUTION_QUALITY.arrow_schema)
    return rows.to_pylist()


def only(events: Rows, quotes: Rows = MARKET, **more: Rows) -> dict[str, object]:
    """The row of a case that has one; its numbers that are not 0."""
    (row,) = build(events, quotes, **more)
    return {name: value for name, value in row.items() if value != 0}


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        ({"type": "MARKET", "price": 0}, "MARKET"),
        ({"price": 101}, "MARKETABLE_LIMIT"),
        ({"price": 102, "time_in_force": "IOC"}, "MARKETABLE_IOC"),
        ({"price": 101, "time_in_force": "FOK"}, "MARKETABLE_IOC"),
        ({"price": 100.99}, "BEYOND_MIDPOINT"),
        ({"price": 100.01}, "BEYOND_MIDPOINT"),
        ({"price": 100}, "EXECUTABLE_NMLO"),
        ({"price": 99}, "EXECUTABLE_NMLO"),
        ({"price": 98.99}, None),
        ({"side": "SELL", "price": 99}, "MARKETABLE_LIMIT"),
        ({"side": "SELL", "price": 99.5}, "BEYOND_MIDPOINT"),
        ({"side": "SELL", "price": 101}, "EXECUTABLE_NMLO"),
        ({"side": "SELL", "price": 101.01}, None),
        ({"type": "STOP", "price": 0}, None),
        ({"venue": "DLXD", "price": 101}, "MARKETABLE_LIMIT"),
    ],
)
def test_type_of_an_order_follows_from_the_quote_before_it(order: dict[str, object], expected: str | None) -> None:
    rows = build([accepted(1, "a", **{"quantity": 5} | order)])  # type: ignore[arg-type]  # numbers and texts
    assert [row["order_type"] for row in rows] == ([expected] if expected else [])


@pytest.mark.parametrize(
    ("ask", "quantity", "size", "lot"),
    [
        (1, 0.5, "0-250", "FRACTIONAL"),
        (2.5, 99.999999999, "0-250", "ODD_LOT"),
        (2.5, 100, "250-1000", "ROUND_LOT"),
        (10, 99, "250-1000", "ODD_LOT"),
        (10, 100, "1000-5000", "ROUND_LOT"),
        (50, 100, "5000-10000", "ROUND_LOT"),
        (10, 1000, "10000-20000", "ROUND_LOT"),
        (20, 1000, "20000-50000", "ROUND_LOT"),
        (50, 1000, "50000-200000", "ROUND_LOT"),
        (200, 1000, "200000+", "ROUND_LOT"),
    ],
)
def test_size_of_an_order_is_by_value_and_lot(ask: float, quantity: float, size: str, lot: str) -> None:
    (row,) = build([accepted(1, "a", ask, quantity)], [quoted(0, 0.5, ask)])
    assert (row["order_size"], row["lot_status"]) == (size, lot)


def test_marketable_order_is_executed_at_once_and_the_rest_cancelled() -> None:
    events = [
        accepted(1, "a", 102, 10, time_in_force="IOC"),
        filled(1, "a", 100.5, 2, 8),
        filled(1, "a", 101, 3, 5),
        filled(1, "a", 102, 1, 4),
        event(1, "CANCELLED", "a", quantity=4, price=102, open_quantity=0),
    ]
    later = [quoted(501, 100, 101), quoted(20_001, 100, 101)]
    row = only(events, MARKET + later)
    assert {name: row[name] for name in ("order_count", "filled_order_count", "quantity", "cancelled_quantity")} == {
        "order_count": 1,
        "filled_order_count": 1,
        "quantity": 10,
        "cancelled_quantity": 4,
    }
    assert row["executed_quantity"] == row["executed_under_100us_quantity"] == 6
    assert "time_sum" not in row
    assert row["quoted_sum"] == 6 * 2
    assert row["effective_sum"] == 2 * (2 * Decimal("0.5") + 3 * 1 + 1 * 2)
    assert (row["improved_quantity"], row["improved_sum"]) == (2, 2 * Decimal("0.5"))
    assert (row["at_quote_quantity"], row["outside_quantity"], row["outside_sum"]) == (3, 1, 1)
    assert [row.get(f"realised_{name}_quantity") for name in ("50ms", "1s", "15s", "1m")] == [6, 6, 6, None]
    assert row["realised_50ms_sum"] == row["effective_sum"]
    assert row["realised_1s_sum"] == row["realised_15s_sum"] == 2 * (0 + 3 * Decimal("0.5") + Decimal("1.5"))
    assert (row["event_date"], row["known_ts"]) == (START.date(), minute(12 * 60))


def test_sells_pay_the_same_from_the_other_side() -> None:
    events = [accepted(1, "a", 99, 4, side="SELL"), filled(1, "a", 99.5, 4) | {"side": "SELL"}]
    row = only(events)
    assert (row["effective_sum"], row["improved_sum"], row["improved_quantity"]) == (4, 2, 4)


@pytest.mark.parametrize(("ms", "place"), [(0.09, 0), (0.1, 1), (50, 2), (999, 3), (1_000, 4), (60_000, 7), (1.8e6, 9)])
def test_time_counts_from_receipt(ms: float, place: int) -> None:
    row = only([accepted(1, "a", 100.5, 4), filled(1 + ms, "a", 100.5, 4)])
    assert [row.get(name) for name in BUCKET_COLUMNS] == [4 if at == place else None for at in range(10)]
    assert row["time_sum"] == pytest.approx(Decimal(str(ms)) * 4 / 1000)
    assert row["improved_time_sum"] == row["time_sum"]


def test_receipt_is_when_the_message_was_received() -> None:
    cause = {"order_producer_id": "p", "order_seq": 1}
    row = only([accepted(9, "a", 101, 4, **cause), filled(9, "a", 101, 4)], orders=[{"receive_ns": NOON + 2_000_000}])
    assert (row["time_sum"], row["executed_under_100ms_quantity"]) == (Decimal("0.028"), 4)


def test_quote_of_the_order_itself_comes_after_it() -> None:
    row = only([accepted(1, "a", 99.5, 4), filled(5, "a", 99.5, 4)], [*MARKET, quoted(1, 99.5, 101)])
    assert (row["order_type"], row["quoted_sum"]) == ("EXECUTABLE_NMLO", 8)


def test_order_away_from_the_market_counts_from_when_the_market_comes_to_it() -> None:
    events = [accepted(1, "a", 95, 4), filled(2_500, "a", 95, 4)]
    row = only(events, [*MARKET, quoted(1_000, 96, 98), quoted(2_000, 95, 97), quoted(2_100, 94, 97, "DLXB")])
    assert row["order_type"] == "EXECUTABLE_NMLO"
    assert row["time_sum"] == Decimal("1.6")  # 98 of the other venue was the best until 2.1 s
    row = only(events, [quoted(0, 99, 101), quoted(1_000, 96, 98), quoted(2_000, 95, 97)])
    assert (row["time_sum"], row["effective_sum"], row["quoted_sum"]) == (2, -2 * 4, 2 * 4)
    assert "improved_quantity" not in row


@pytest.mark.parametrize("end", ["CANCELLED", "REPLACED"])
def test_order_that_the_market_reaches_too_late_is_not_covered(end: str) -> None:
    ended = event(500, end, "a", quantity=4, price=90, open_quantity=0 if end == "CANCELLED" else 4)
    assert (
        build([accepted(1, "a", 95, 4), ended], [*MARKET, quoted(1_000, 94, 98), quoted(1_001, 94, 98, "DLXB")]) == []
    )


def test_stop_order_counts_from_when_it_is_woken() -> None:
    events = [
        accepted(1, "a", 103, 4, type="STOP_LIMIT"),
        event(2_000, "TRIGGERED", "a", quantity=4, price=103),
        filled(2_000, "a", 102, 4),
    ]
    row = only(events, [*MARKET, quoted(1_000, 100, 102)])
    assert (row["order_type"], row["quoted_sum"], row["at_quote_quantity"]) == ("EXECUTABLE_STOP", 8, 4)
    assert "time_sum" not in row


def test_replaced_order_is_cancelled_and_received_anew() -> None:
    events = [
        accepted(1, "a", 99, 10),
        filled(2, "a", 99, 3, 7),
        event(1_001, "REPLACED", "a", quantity=5, price=101),
        filled(1_001, "a", 101, 5),
    ]
    resting, taking = sorted(build(events), key=lambda row: str(row["order_type"]))
    sums = ("quantity", "executed_quantity", "cancelled_quantity")
    assert (resting["order_type"], *(resting[name] for name in sums)) == ("EXECUTABLE_NMLO", 10, 3, 7)
    assert (taking["order_type"], *(taking[name] for name in sums)) == ("MARKETABLE_LIMIT", 5, 5, 0)


def test_orders_of_earlier_days_and_unknown_quotes_are_not_covered() -> None:
    old = [filled(1, "old", 99, 3, 7), event(2, "REPLACED", "old", quantity=5, price=101), filled(2, "old", 101, 5)]
    assert build([*old, event(3, "CANCELLED", "old2", quantity=1, open_quantity=0)]) == []
    assert build([accepted(1, "a", 101, 4)], [quoted(0, 99, None)]) == []
    assert build([accepted(1, "a", 101, 4)], [quoted(1, 99, 101)]) == []
    assert build([accepted(1, "a", 101, 4)], [quoted(0, 99, 101, "XNAS")]) == []
    assert build([accepted(1, "a", 101, 4)], [quoted(0, 99, 101)], distrusted=[{"window_start": START}]) == []
    assert build([]) == []
