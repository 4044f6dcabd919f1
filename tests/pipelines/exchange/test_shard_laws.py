"""Laws of a shard: money and shares are conserved, and the same orders give the same bytes, however they come."""

from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.exchange.ledger import CASH as CASH_WORD
from pipelines.exchange.ledger import COST, GIVEN, HELD_CASH, HELD_SHARES, HOUSE, REALISED
from pipelines.exchange.ledger import SHARES as SHARES_WORD
from pipelines.exchange.rules import UNITS, Rules
from pipelines.exchange.shard import Shard
from pipelines.exchange.state import freeze_shard, pack_state, unpack_shard
from pipelines.wire import encode
from schemas.errors import ExchangeError
from schemas.proto import market_pb2 as pb
from schemas.registry import Topic
from schemas.topics import DEPTH, ORDER_EVENTS, TRADES
from tests.pipelines.exchange.flows import ACCOUNTS, SYMBOLS, whole
from tests.pipelines.exchange.test_shard import orders_of

Row = dict[str, Any]
Tape = dict[Topic, list[bytes]]

KIND = pb.OrderEventKind


def tape_of(shard: Shard, orders: pa.RecordBatch, ends: list[int]) -> Tape:
    """What a shard publishes of orders that come in pieces."""
    tape: Tape = {TRADES: [], ORDER_EVENTS: [], DEPTH: []}
    for start, end in zip([0, *ends], [*ends, len(orders)], strict=True):
        for topic, rows in shard.apply(orders.slice(start, end - start)).items():
            tape[topic] += encode(topic, rows).to_pylist()
    return tape


@pytest.fixture(scope="module")
def orders() -> pa.RecordBatch:
    return whole(seed=3, count=4_000, gap_ns=2_000_000)


@pytest.fixture(scope="module")
def tape(orders: pa.RecordBatch) -> Tape:
    return tape_of(Shard(0, Rules()), orders, [])


@settings(max_examples=15, deadline=None)
@given(ends=st.lists(st.integers(0, 4_057), max_size=12).map(sorted))
def test_any_cut_of_the_orders_gives_the_same_tape(orders: pa.RecordBatch, tape: Tape, ends: list[int]) -> None:
    assert tape_of(Shard(0, Rules()), orders, ends) == tape


@settings(max_examples=10, deadline=None)
@given(end=st.integers(0, 4_057))
def test_restored_shard_goes_on_where_the_other_was(orders: pa.RecordBatch, tape: Tape, end: int) -> None:
    first = Shard(0, Rules())
    before = tape_of(first, orders.slice(0, end), [])
    after = tape_of(unpack_shard(pack_state(freeze_shard(first)), Rules()), orders.slice(end), [])
    assert {topic: before[topic] + after[topic] for topic in tape} == tape


@pytest.mark.parametrize("damage", [lambda b: b[:-1], lambda b: b"x" + b[1:], lambda _: b""])
def test_unpack_shard_of_damaged_bytes(damage: Any) -> None:
    with pytest.raises(ExchangeError, match="damaged"):
        unpack_shard(damage(pack_state(freeze_shard(Shard(0, Rules())))), Rules())


def test_unpack_shard_with_other_rules() -> None:
    with pytest.raises(ExchangeError, match=r"ran with .*tick=10000000.* and is now asked for .*tick=1000000.*"):
        unpack_shard(pack_state(freeze_shard(Shard(0, Rules()))), Rules(tick=UNITS // 1000))


@pytest.mark.parametrize("terms", [{"tick": 1, "lot": 1}, {"tick": 0}, {"taker_ppm": 10, "maker_ppm": -20}])
def test_rules_that_cannot_be_booked(terms: dict[str, int]) -> None:
    with pytest.raises(ExchangeError):
        Rules(**terms)


def balances(shard: Shard) -> tuple[int, ...]:
    """Cash and fees, shares, and the least that an account has left to spend and to sell."""
    accounts, positions, _, house = shard.accounts.ledger
    return (
        int(accounts[:, CASH_WORD].sum() + house[HOUSE] - house[GIVEN]),
        int(positions[:, SHARES_WORD].sum()) - 1_000 * len(ACCOUNTS) * len(SYMBOLS),
        int(min(0, (accounts[:, CASH_WORD] - accounts[:, HELD_CASH]).min())),
        int(min(-500, (positions[:, SHARES_WORD] - positions[:, HELD_SHARES]).min())),
    )


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_cash_and_shares_are_conserved_and_never_overdrawn(seed: int) -> None:
    shard, orders = Shard(0, Rules()), whole(seed, 30_000)
    for start in range(0, len(orders), 3_000):
        shard.apply(orders.slice(start, 3_000))
        assert balances(shard) == (0, 0, 0, -500)
    assert shard.trade_seq > 5_000
    assert shard.accounts.ledger.house[HOUSE] > 0


def test_profits_are_what_cash_and_shares_have_changed(orders: pa.RecordBatch) -> None:
    """Without fees: cash given less cost of what is held, plus what was realised, is the cash that is left."""
    shard = Shard(0, Rules(taker_ppm=0, maker_ppm=0))
    shard.apply(orders)
    accounts, positions, _, house = shard.accounts.ledger
    given_shares = 1_000 * 100 * UNITS * len(ACCOUNTS) * len(SYMBOLS)
    left = house[GIVEN] + given_shares - positions[:, COST].sum() + positions[:, REALISED].sum()
    assert accounts[:, CASH_WORD].sum() == left


def test_what_is_held_back_is_what_is_open(orders: pa.RecordBatch) -> None:
    """Cancelling every order frees all cash and shares."""
    shard = Shard(0, Rules())
    events = shard.apply(orders)[ORDER_EVENTS].to_pylist()
    alive = {(e["symbol"], e["venue"], e["order_id"]): e for e in events if e["order_id"]}
    names = ("symbol", "venue", "account_id")
    cancels = [
        {n: e[n] for n in names} | {"original_order_id": key[2], "action": pb.ORDER_ACTION_CANCEL}
        for key, e in alive.items()
    ]
    told = shard.apply(orders_of(*cancels))[ORDER_EVENTS].to_pylist()
    assert sum(e["kind"] == KIND.ORDER_EVENT_KIND_CANCELLED for e in told) > 50
    assert shard.accounts.open_orders() == 0
    accounts, positions, _, _ = shard.accounts.ledger
    assert (accounts[:, HELD_CASH].any(), positions[:, HELD_SHARES].any()) == (False, False)
    assert len([name for name in shard.intake.orders.names if name]) == 0


def test_events_are_numbered_without_gap(tape: Tape) -> None:
    events = [pb.OrderEvent.FromString(payload) for payload in tape[ORDER_EVENTS]]
    assert [event.venue_seq for event in events] == list(range(1, len(events) + 1))
    trades = [pb.Trade.FromString(payload) for payload in tape[TRADES]]
    assert [trade.seq for trade in trades] == list(range(1, len(trades) + 1))
    filled = [event.trade_id for event in events if event.kind == KIND.ORDER_EVENT_KIND_FILLED]
    assert filled == [trade.trade_id for trade in trades for _ in "tm"]


def test_filled_open_and_cancelled_are_what_was_ordered(tape: Tape) -> None:
    left: dict[tuple[str, str, str], int] = {}
    for event in (pb.OrderEvent.FromString(payload) for payload in tape[ORDER_EVENTS]):
        key = (event.symbol, event.venue, event.order_id)
        if event.kind in (KIND.ORDER_EVENT_KIND_ACCEPTED, KIND.ORDER_EVENT_KIND_REPLACED):
            left[key] = event.quantity
        elif event.kind in (KIND.ORDER_EVENT_KIND_FILLED, KIND.ORDER_EVENT_KIND_CANCELLED):
            left[key] -= event.quantity
            assert left[key] == event.open_quantity >= 0


Book = dict[bool, dict[int, int]]


def books_from(messages: list[bytes]) -> Iterator[tuple[pb.Depth, Book]]:
    """Each depth message, and the book after it, rebuilt from the messages alone."""
    books: dict[tuple[str, str], Book] = {}
    for message in map(pb.Depth.FromString, messages):
        book = books.setdefault((message.symbol, message.venue), {True: {}, False: {}})
        if message.kind == pb.DEPTH_KIND_SNAPSHOT:
            told = {
                True: dict(zip(message.bid_prices, message.bid_quantities, strict=True)),
                False: dict(zip(message.ask_prices, message.ask_quantities, strict=True)),
            }
            assert told == book
        for is_bid, prices, quantities in (
            (True, message.bid_prices, message.bid_quantities),
            (False, message.ask_prices, message.ask_quantities),
        ):
            book[is_bid] |= dict(zip(prices, quantities, strict=True))
            book[is_bid] = {price: quantity for price, quantity in book[is_bid].items() if quantity}
        yield message, book


def test_depth_rebuilds_the_engines_books_and_never_crosses(orders: pa.RecordBatch) -> None:
    shard = Shard(0, Rules())
    messages = tape_of(shard, orders, [])[DEPTH]
    last: dict[tuple[str, str], tuple[pb.Depth, Book]] = {}
    for message, book in books_from(messages):
        key = (message.symbol, message.venue)
        if message.kind == pb.DEPTH_KIND_DIFF:
            before = last[key][0].venue_seq if key in last else 0
            assert (message.previous_venue_seq, message.first_venue_seq) == (before, before + 1)
        last[key] = (message, book)
        assert max(book[True], default=0) < min(book[False], default=2**63)
    assert sum(pb.Depth.FromString(m).kind == pb.DEPTH_KIND_SNAPSHOT for m in messages) > 10
    for (symbol, venue), (_, book) in last.items():
        number = shard.intake.books.names.index(f"{symbol}|{venue}") - 1
        depth = shard.engine.depth(number, 10_000)
        assert (
            dict(zip((depth.bid_prices * 10**7).tolist(), (depth.bid_quantities * UNITS).tolist(), strict=True))
            == (book[True])
        )
        assert len(depth.ask_prices) == len(book[False])
