"""Tapes from rows of silver."""

from dataclasses import replace
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pytest

from pipelines.research.tape import Tape, build_tape
from schemas.errors import ResearchError
from tests.pipelines.research.tapes import book_rows, quote_rows, tape_of, trade_rows

QUOTES = [(100, "10.00", 5, "10.02", 4), (300, "10.00", 5, "10.01", 3), (300, "10.00", 6, "10.01", 3)]


def test_build_tape_merges_by_time_trades_first() -> None:
    tape = tape_of(QUOTES, [(300, "SELL", "10.00", 2), (50, "BUY", "10.02", 1)])
    assert tape.ns.tolist() == [50, 100, 300, 300, 300]
    assert tape.sign.tolist() == [1, 0, -1, 0, 0]
    assert tape.price.tolist() == [1002, 0, 1000, 0, 0]
    assert tape.quantity.tolist() == [1, 0, 2, 0, 0]
    assert (tape.tick, tape.lot) == (10_000_000, 1_000_000_000)


def test_build_tape_carries_the_market_over_trades() -> None:
    tape = tape_of(QUOTES, [(300, "SELL", "10.00", 2), (50, "BUY", "10.02", 1)])
    assert tape.bid_quantity.tolist() == [0, 5, 5, 5, 6]
    assert tape.ask.tolist() == [0, 1002, 1002, 1001, 1001]
    assert tape.last_mid.tolist() == [0, 2002, 2002, 2001, 2001]
    assert np.isnan(tape.mid[0]) and tape.mid[4] == 1000.5


def test_build_tape_order_of_rows_does_not_count() -> None:
    quotes, trades = quote_rows(QUOTES), trade_rows([(300, "SELL", "10.00", 2), (310, "BUY", "10.01", 1)])
    turned = build_tape(quotes.take(pa.array([2, 0, 1])), trades.take(pa.array([1, 0])))
    assert_same(turned, build_tape(quotes, trades))


def test_build_tape_by_the_receiver_where_the_venue_gives_no_time() -> None:
    quotes, trades = quote_rows(QUOTES, has_venue_ts=False, receive_ns=400), trade_rows([(500, "SELL", "10.00", 2)])
    assert build_tape(quotes, trades).ns.tolist() == [400, 400, 400, 550]


def test_build_tape_side_without_quotes_is_no_market() -> None:
    tape = tape_of([(100, "10.00", 5, None, None), (200, "10.00", 5, "10.01", 1)])
    assert tape.is_two_sided.tolist() == [False, True]
    assert tape.last_mid.tolist() == [0, 2001]


@pytest.mark.parametrize(("price", "sign"), [("10.00", -1), ("9.99", -1), ("10.02", 1), ("10.01", 2)])
def test_build_tape_unknown_aggressor_by_the_touch(price: str, sign: int) -> None:
    assert tape_of(QUOTES[:1], [(200, None, price, 1)]).sign.tolist() == [0, sign]


BOOKS = [
    (100, True, [("10.00", 5), ("9.98", 7)], [("10.01", 2)]),
    (200, False, [], []),
    (300, True, [("10.00", 4)], [("10.02", 2), ("10.03", 9)]),
]


def test_build_tape_of_books_has_levels_and_no_market_where_invalid() -> None:
    tape = build_tape(book_rows(BOOKS), trade_rows([(150, "SELL", "10.00", 1)]))
    assert tape.row.tolist() == [0, 0, 1, 2]
    assert tape.bid_quantity.tolist() == [5, 5, 0, 4]
    assert tape.ladders.bid_prices.tolist() == [[1000, 998], [0, 0], [1000, 0]]
    assert tape.ladders.ask_quantities.tolist() == [[2, 0], [0, 0], [2, 9]]
    assert tape.last_mid.tolist() == [2001, 2001, 2001, 2002]


def test_build_tape_leaves_out_books_that_waited() -> None:
    books = book_rows(BOOKS)
    place = books.schema.get_field_index("is_recovered")
    waited = books.set_column(place, "is_recovered", pa.array([True, False, False]))
    assert build_tape(waited, trade_rows([])).ns.tolist() == [200, 300]


def assert_same(one: Tape, other: Tape) -> None:
    for name in ("ns", "receive_ns", "sign", "price", "quantity", "bid", "bid_quantity", "ask", "ask_quantity"):
        assert getattr(one, name).tolist() == getattr(other, name).tolist(), name


def test_tape_refuses_events_out_of_order() -> None:
    tape = tape_of(QUOTES)
    with pytest.raises(ResearchError, match="The tape is out of order: event 1 is before event 0"):
        replace(tape, ns=np.array([5, 3, 9]))


def test_build_tape_refuses_rows_of_two_venues() -> None:
    with pytest.raises(ResearchError, match="A tape is of one venue; these rows are of V, W"):
        build_tape(quote_rows(QUOTES), trade_rows([(300, "SELL", "10.00", 2)], venue="W"))


def test_build_tape_refuses_no_market() -> None:
    with pytest.raises(ResearchError, match="There is no market to trade in"):
        build_tape(quote_rows([]), trade_rows([(300, "SELL", "10.00", 2)]))


def test_build_tape_with_a_finer_tick_has_the_same_prices() -> None:
    tape = tape_of(QUOTES, [(150, "SELL", "10.00", 1)], Decimal("0.005"))
    assert (tape.tick, tape.bid[0], tape.ask[0], tape.price[1]) == (5_000_000, 2000, 2004, 2000)


@pytest.mark.parametrize("tick", ["0.03", "0.1", "0"])
def test_build_tape_refuses_a_tick_that_prices_do_not_have(tick: str) -> None:
    with pytest.raises(ResearchError, match=f"Tick {tick} does not divide the prices of this tape"):
        tape_of(QUOTES, (), Decimal(tick))


def test_build_tape_refuses_a_market_without_prices() -> None:
    with pytest.raises(ResearchError, match="No row of the tape has a price"):
        tape_of([(100, None, None, None, None)])
