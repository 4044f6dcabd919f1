"""silver.books over random flows of messages: against a plain book, and cut anywhere."""

from itertools import pairwise
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.silver.books import Books, build_books
from schemas.proto import market_pb2 as pb
from tests.pipelines.silver.book_messages import Side, depth, diff, snapshot, whole
from tests.pipelines.silver.deliveries import ONE


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
