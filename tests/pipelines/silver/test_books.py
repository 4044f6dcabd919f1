"""silver.books: rebuilt books against a plain one of dicts, laws of gaps and snapshots, and the real captures."""

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.silver.book_rows import READS
from pipelines.silver.books import Books, build_books
from pipelines.source.importers.binance import read_captures
from pipelines.wire import batch_of
from schemas.proto import market_pb2 as pb
from schemas.registry import Table
from schemas.silver import BOOKS, SILVER_DEPTH, SILVER_QUOTES
from schemas.topics import DEPTH
from tests.house_rules import ROOT
from tests.pipelines.silver.deliveries import GOOD, ONE, typed

Side = dict[int, int]
DATA = ROOT.parent / "shared" / "data" / "binance"
SAID = ("seq", "state", "is_gap", "is_recovered")
SIDES = ("bid_prices", "bid_quantities", "ask_prices", "ask_quantities")


def message(kind: str, first: int, last: int, bids: Side, asks: Side, **more: object) -> dict[str, Any]:
    """A message of a book; prices and quantities are whole."""
    levels = {"bid": sorted(bids.items(), reverse=True), "ask": sorted(asks.items())}
    said: dict[str, Any] = {"kind": getattr(pb, f"DEPTH_KIND_{kind}"), "first_venue_seq": first, "venue_seq": last}
    for side, rows in levels.items():
        said[f"{side}_prices"] = [price * ONE for price, _ in rows]
        said[f"{side}_quantities"] = [quantity * ONE for _, quantity in rows]
    return said | more


def snapshot(last: int, bids: Side, asks: Side, **more: object) -> dict[str, Any]:
    return message("SNAPSHOT", last, last, bids, asks, **more)


def diff(first: int, last: int, bids: Side, asks: Side, **more: object) -> dict[str, Any]:
    return message("DIFF", first, last, bids, asks, **more)


def depth(*messages: dict[str, Any]) -> pa.Table:
    """Rows of silver.depth."""
    rows = [GOOD | {"seq": seq, "previous_venue_seq": 0} | said for seq, said in enumerate(messages, 1)]
    kinds = {name: pa.list_(pa.int64()) for name in SIDES}
    columns = {name: pa.array([row[name] for row in rows], kinds.get(name)) for name in rows[0]}
    return typed(DEPTH, [batch_of(DEPTH, columns)], SILVER_DEPTH).select(READS)


def shown(books: pa.Table) -> list[tuple[int, str, bool, bool, list[int], list[int]]]:
    """Of each row: message, state, gap, second row, prices of bids and asks."""
    return [
        (
            row["seq"],
            row["state"],
            row["is_gap"],
            row["is_recovered"],
            *map(whole, (row["bid_prices"], row["ask_prices"])),
        )
        for row in books.to_pylist()
    ]


def whole(prices: list[Any]) -> list[int]:
    return [int(price) for price in prices]


def test_books_follow_a_snapshot_and_its_diffs() -> None:
    rows = build_books(
        depth(
            snapshot(10, {99: 5, 98: 1}, {101: 4}),
            diff(11, 12, {99: 0, 97: 2}, {100: 1}),
            diff(13, 13, {}, {100: 0, 101: 0}),
        )
    )
    assert shown(rows) == [
        (1, "VALID", False, False, [99, 98], [101]),
        (2, "VALID", False, False, [98, 97], [100, 101]),
        (3, "VALID", False, False, [98, 97], []),
    ]
    first = rows.to_pylist()[0]
    assert (first["obi"], first["obi_levels"], first["book_seq"]) == (1 / 9, 0.2, 10)
    assert (first["bid_price"], first["ask_quantity"]) == (99, 4)
    assert (rows.to_pylist()[2]["obi"], rows.to_pylist()[2]["micro_price"]) == (1.0, None)


def test_books_after_a_gap_are_invalid_until_the_next_snapshot() -> None:
    rows = build_books(
        depth(
            snapshot(10, {99: 5}, {101: 4}),
            diff(13, 13, {98: 1}, {}),
            diff(14, 14, {97: 1}, {}),
            snapshot(13, {90: 1}, {110: 1}, receive_ts_ns=GOOD["receive_ts_ns"] + 7),
            diff(15, 15, {91: 1}, {}),
        )
    )
    assert shown(rows) == [
        (1, "VALID", False, False, [99], [101]),
        (2, "GAP", True, False, [], []),
        (3, "GAP", False, False, [], []),
        (4, "VALID", False, False, [90], [110]),
        (2, "COVERED", False, True, [], []),
        (3, "VALID", False, True, [97, 90], [110]),
        (5, "VALID", False, False, [97, 91, 90], [110]),
    ]
    known = rows.column("receive_ns").to_pylist()
    assert known[5] == known[3] == known[1] + 7


def test_books_with_a_gap_among_the_waiting_wait_on() -> None:
    early = [diff(5, 5, {98: 1}, {}), diff(8, 8, {97: 1}, {})]
    rows = build_books(depth(*early, snapshot(5, {90: 1}, {}), snapshot(7, {90: 2}, {})))
    assert [(seq, state, recovered) for seq, state, _, recovered, *_ in shown(rows)] == [
        (1, "WAITING", False),
        (2, "WAITING", False),
        (3, "VALID", False),
        (1, "COVERED", True),
        (2, "GAP", True),
        (4, "VALID", False),
        (2, "VALID", True),
    ]


def test_books_of_perpetuals_go_by_the_previous_id() -> None:
    rows = build_books(
        depth(
            snapshot(10, {99: 5}, {}),
            diff(40, 50, {98: 1}, {}, previous_venue_seq=10),
            diff(60, 61, {97: 1}, {}, previous_venue_seq=50),
            diff(70, 71, {96: 1}, {}, previous_venue_seq=65),
        )
    )
    assert rows.column("state").to_pylist() == ["VALID", "VALID", "VALID", "GAP"]
    assert rows.column("is_gap").to_pylist() == [False, False, False, True]


def test_books_take_no_step_back() -> None:
    late = [diff(9, 10, {99: 7}, {}), snapshot(8, {50: 1}, {})]
    rows = build_books(depth(snapshot(10, {99: 5}, {}), *late))
    assert [row[4] for row in shown(rows)] == [[99]] * 3
    assert rows.column("bid_quantity").to_pylist() == [5, 5, 5]
    assert rows.column("book_seq").to_pylist() == [10, 10, 10]


def test_books_that_begin_with_the_first_update_need_no_snapshot() -> None:
    assert build_books(depth(diff(1, 3, {99: 1}, {}))).column("state").to_pylist() == ["VALID"]
    assert build_books(depth(diff(2, 3, {99: 1}, {}))).column("state").to_pylist() == ["WAITING"]


def test_books_without_numbers_go_by_arrival() -> None:
    rows = build_books(depth(diff(0, 0, {98: 1}, {}), snapshot(0, {99: 1}, {}), diff(0, 0, {97: 1}, {})))
    assert shown(rows) == [
        (1, "WAITING", False, False, [], []),
        (2, "VALID", False, False, [99], []),
        (1, "COVERED", False, True, [], []),
        (3, "VALID", False, False, [99, 97], []),
    ]


def test_books_crossed_and_locked_are_marked() -> None:
    rows = build_books(depth(snapshot(1, {99: 1}, {98: 1}), diff(2, 2, {99: 0, 98: 1}, {}), diff(3, 3, {98: 0}, {})))
    assert rows.column("is_crossed").to_pylist() == [True, False, False]
    assert rows.column("is_locked").to_pylist() == [False, True, False]


@st.composite
def flows(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Messages of two books: snapshots, diffs in chain, gaps and repeats, over few prices."""
    side = st.dictionaries(st.integers(1, 30), st.integers(0, 3), max_size=6)
    last = {"A": 0, "B": 0}
    said = []
    for _ in range(draw(st.integers(1, 40))):
        symbol = draw(st.sampled_from("AB"))
        bids, asks = draw(side), draw(side)
        if draw(st.integers(0, 5)) == 0:
            full = [{price: quantity or 1 for price, quantity in each.items()} for each in (bids, asks)]
            said.append(snapshot(last[symbol] - draw(st.integers(-2, 2)), *full, symbol=symbol))
        else:
            first = last[symbol] + 1 + draw(st.sampled_from([0, 0, 0, 0, 1, -1]))
            last[symbol] = max(last[symbol], first + draw(st.integers(0, 2)))
            said.append(diff(first, last[symbol], bids, asks, symbol=symbol))
    return [each for each in said if each["venue_seq"] > 0 and each["first_venue_seq"] > 0]


class PlainBook:
    """A book of dicts, by the same rules."""

    def __init__(self) -> None:
        self.levels: dict[str, Side] = {"bid": {}, "ask": {}}
        self.last, self.is_valid, self.has_begun = 0, False, False
        self.waiting: list[dict[str, Any]] = []

    def take(self, said: dict[str, Any]) -> None:
        """The next message."""
        if said["kind"] == pb.DEPTH_KIND_SNAPSHOT:
            if self.is_valid and said["venue_seq"] < self.last:
                return
            was_valid, waiting = self.is_valid, self.waiting
            self.levels, self.last, self.is_valid, self.waiting = {"bid": {}, "ask": {}}, 0, True, []
            self.put(said)
            for each in () if was_valid else waiting:
                self.take_diff(each)
        else:
            if not self.has_begun and said["first_venue_seq"] == 1:
                self.is_valid = True
            self.take_diff(said)
        self.has_begun = True

    def take_diff(self, said: dict[str, Any]) -> None:
        """A diff that is new or has waited."""
        if not self.is_valid or said["first_venue_seq"] > self.last + 1:
            self.is_valid = False
            self.waiting.append(said)
        elif said["venue_seq"] > self.last:
            self.put(said)

    def put(self, said: dict[str, Any]) -> None:
        """Change levels."""
        for side, levels in self.levels.items():
            levels.update(zip(said[f"{side}_prices"], said[f"{side}_quantities"], strict=True))
        self.last = said["venue_seq"]

    def prices(self, side: str) -> list[int]:
        """The ten best of a side, none while invalid."""
        live = [price // ONE for price, quantity in self.levels[side].items() if quantity and self.is_valid]
        return sorted(live, reverse=side == "bid")[:10]


@settings(max_examples=300, deadline=None)
@given(flows())
def test_books_equal_plain_books_after_each_message(said: list[dict[str, Any]]) -> None:
    if not said:
        return
    plain = {"A": PlainBook(), "B": PlainBook()}
    expected = {}
    for seq, each in enumerate(said, 1):
        plain[each["symbol"]].take(each)
        expected[seq] = (plain[each["symbol"]].prices("bid"), plain[each["symbol"]].prices("ask"))
    now: dict[str, int] = {}
    seen = {}
    for row in build_books(depth(*said)).to_pylist():
        now[row["symbol"]] = max(row["seq"], now.get(row["symbol"], 0))
        if row["state"] != "COVERED":
            seen[now[row["symbol"]]] = (whole(row["bid_prices"]), whole(row["ask_prices"]))
    assert seen == expected


@settings(max_examples=100, deadline=None)
@given(flows(), st.randoms(use_true_random=False))
def test_books_cut_anywhere_and_frozen_give_the_same_rows(said: list[dict[str, Any]], rng: Any) -> None:
    if not said:
        return
    rows = depth(*said)
    cuts = sorted({0, len(rows), *(rng.randrange(len(rows) + 1) for _ in range(3))})
    parts, state = [], None
    for start, end in pairwise(cuts):
        books = Books.thaw(state)
        parts.append(books.apply(rows.slice(start, end - start)))
        state = books.freeze()
    whole_rows, cut_rows = build_books(rows), pa.concat_tables(parts)
    for symbol in "AB":
        of_symbol = [table.filter(pc.equal(table.column("symbol"), symbol)) for table in (whole_rows, cut_rows)]
        assert of_symbol[0].to_pylist() == of_symbol[1].to_pylist()


@pytest.fixture(scope="module", params=["spot_btcusdt", "spot_ethusdt", "usdm_ethusdt"])
def capture(request: pytest.FixtureRequest) -> tuple[str, pa.Table, pa.Table]:
    """Name of a capture, its rows of silver.depth and of silver.quotes."""
    batches = list(read_captures(Path(DATA / f"{request.param}_20240808.gz")))
    tables: list[Table] = [SILVER_DEPTH, SILVER_QUOTES]
    of_topic = [[rows for topic, rows in batches if topic == table.topic] for table in tables]
    return request.param, *(typed(t.topic, rows, t) for t, rows in zip(tables, of_topic, strict=True))


TOUCH = ("bid_price", "bid_quantity", "ask_price", "ask_quantity")
FACTS = {"spot_btcusdt": 2894, "spot_ethusdt": 2671, "usdm_ethusdt": 5590}
FINAL = {
    "spot_btcusdt": ("61685.99", "61686.00"),
    "spot_ethusdt": ("2682.50", "2682.51"),
    "usdm_ethusdt": ("2681.38", "2681.39"),
}


def compared(books: pa.Table, quotes: pa.Table) -> Iterator[bool]:
    """Of each diff that the venue's best bid and offer follows within its updates: whether the touch equals it."""
    seqs = quotes.column("venue_seq").to_numpy()
    touches = list(zip(*(quotes.column(name).to_pylist() for name in TOUCH), strict=True))
    for row in books.to_pylist():
        if row["kind"] == "DIFF" and row["book_seq"] == row["venue_seq"]:
            at = int(np.searchsorted(seqs, row["venue_seq"], "right")) - 1
            if at >= 0 and seqs[at] >= row["first_venue_seq"]:
                yield touches[at] == tuple(row[name] for name in TOUCH)


def test_books_of_a_capture_equal_the_venues_best_bid_and_offer(capture: tuple[str, pa.Table, pa.Table]) -> None:
    name, rows, quotes = capture
    books = build_books(rows.select(READS))
    assert list(compared(books, quotes)) == [True] * FACTS[name]
    assert pc.sum(books.column("is_gap")).as_py() == pc.sum(books.column("is_crossed")).as_py() == 0
    last = books.to_pylist()[-1]
    assert (f"{last['bid_price']:.2f}", f"{last['ask_price']:.2f}") == FINAL[name]


def test_books_without_the_early_diffs_are_invalid(capture: tuple[str, pa.Table, pa.Table]) -> None:
    name, rows, _ = capture
    if name == "spot_ethusdt":
        return  # its early diffs are older than the snapshot
    first = pc.index(rows.column("kind"), "SNAPSHOT").as_py()
    books = build_books(rows.slice(first).select(READS))
    assert books.schema == BOOKS.arrow_schema
    assert books.column("state").to_pylist() == ["VALID", *["GAP"] * (len(books) - 1)]
