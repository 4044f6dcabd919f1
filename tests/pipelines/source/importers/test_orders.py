"""Market-by-order records: the depth messages rebuild, level by level, the book that the orders make."""

from collections import Counter
from typing import Any

import databento_dbn as dbn
from databento_dbn import F_LAST, F_SNAPSHOT, Action, Side
from hypothesis import given
from hypothesis import strategies as st

from pipelines.source.importers.databento import read_databento
from schemas.proto import market_pb2 as pb
from tests.pipelines.source.importers.dbn_files import HEAD, SYMBOLS, dbn_of, metadata_of
from tests.pipelines.source.importers.reading import DAY_NS, law, read_files

UNIT = 10**9
Orders = dict[int, tuple[str, int, int]]
Book = dict[tuple[str, int], int]


def order(action: str, order_id: int, level: tuple[str, int], size: int, **given: int) -> Any:
    side, price = level
    named = {"order_id": order_id, "channel_id": 0, "price": price * UNIT, "size": size, "action": Action(action)}
    return dbn.MBOMsg(**HEAD | named | {"side": Side(side), "flags": F_LAST} | given)


def depth_of(messages: list[Any]) -> list[dict[str, Any]]:
    return read_files(read_databento, {"a.mbo.dbn": dbn_of(metadata_of("mbo", SYMBOLS), messages)})["market.depth.v1"]


def apply(book: Book, message: dict[str, Any]) -> None:
    if message["kind"] == pb.DEPTH_KIND_SNAPSHOT:
        book.clear()
    for letter, side in (("B", "bid"), ("A", "ask")):
        for price, size in zip(message[f"{side}_prices"], message[f"{side}_quantities"], strict=True):
            book[letter, price] = size
            if size == 0:
                del book[letter, price]


def follow(orders: Orders, message: Any) -> None:
    """What a record does to the orders, in its simplest words."""
    action, number = str(message.action), message.order_id
    side, price, size = orders.get(number, (str(message.side), message.price, 0))
    if action == "R":
        orders.clear()
    if action in ("A", "M"):
        orders[number] = str(message.side), message.price, message.size
    if action == "C" and number in orders:
        orders[number] = side, price, size - message.size
        if orders[number][2] <= 0:
            del orders[number]


def levels_of(orders: Orders) -> Book:
    sizes: Counter[tuple[str, int]] = Counter()
    for side, price, size in orders.values():
        sizes[side, price] += size * UNIT
    return dict(sizes)


events = st.tuples(
    st.sampled_from("AAAMMCCCTFR"),
    st.integers(1, 4),
    st.tuples(st.sampled_from("AB"), st.integers(1, 5)),
    st.integers(1, 5),
    st.sampled_from([0, F_LAST]),
)


@law
@given(st.lists(events, min_size=1))
def test_fold_orders_rebuilds_the_book(drawn: list[Any]) -> None:
    """Each record has a time of its own; the book is compared at the end of each event."""
    drawn[-1] = (*drawn[-1][:4], F_LAST)
    messages = [
        order(*each, flags=flags, ts_event=DAY_NS + index, ts_recv=DAY_NS + index)
        for index, (*each, flags) in enumerate(drawn)
    ]
    read = {row["receive_ts_ns"]: row for row in depth_of([order("A", 9, ("A", 9), 1), *messages])[1:]}
    orders: Orders = {9: ("A", 9 * UNIT, 1)}
    book = levels_of(orders)
    for message in messages:
        follow(orders, message)
        if message.flags & F_LAST:
            if found := read.get(message.ts_recv):
                apply(book, found)
            assert book == levels_of(orders)


def test_fold_orders_snapshot_of_databento_is_one_message() -> None:
    clear = order("R", 0, ("N", 1), 0, flags=F_SNAPSHOT)
    adds = [order("A", number, ("B", 5 + number % 2), 2, flags=F_SNAPSHOT) for number in (1, 2, 3)]
    last = order("A", 4, ("A", 9), 7, flags=F_SNAPSHOT | F_LAST)
    trade = order("T", 0, ("A", 6), 1, ts_event=DAY_NS + 1, flags=0)
    fill = order("C", 1, ("B", 6), 1, ts_event=DAY_NS + 1)
    snapshot, diff = depth_of([clear, *adds, last, trade, fill])
    assert (snapshot["kind"], diff["kind"]) == (pb.DEPTH_KIND_SNAPSHOT, pb.DEPTH_KIND_DIFF)
    assert (snapshot["venue_ts_ns"], diff["venue_ts_ns"]) == (0, DAY_NS + 1)
    assert (snapshot["bid_prices"], snapshot["bid_quantities"]) == ([6 * UNIT, 5 * UNIT], [4 * UNIT, 2 * UNIT])
    assert (snapshot["ask_prices"], snapshot["ask_quantities"]) == ([9 * UNIT], [7 * UNIT])
    assert (diff["bid_prices"], diff["bid_quantities"]) == ([6 * UNIT], [3 * UNIT])
    assert [(row["venue_seq"], row["previous_venue_seq"]) for row in (snapshot, diff)] == [(1, 0), (2, 1)]


def test_fold_orders_begins_with_a_snapshot_that_does_not_clear() -> None:
    (row,) = depth_of([order("A", 1, ("B", 5), 2, flags=F_SNAPSHOT)])
    assert row["kind"] == pb.DEPTH_KIND_SNAPSHOT


def test_fold_orders_keeps_instruments_apart() -> None:
    rows = depth_of([order("A", 1, ("B", 5), 2), order("A", 1, ("B", 5), 3, instrument_id=SYMBOLS["BRK B"])])
    assert [(row["symbol"], row["venue_seq"], row["bid_quantities"]) for row in rows] == [
        ("NVDA", 1, [2 * UNIT]),
        ("BRK B", 1, [3 * UNIT]),
    ]
