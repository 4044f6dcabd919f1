"""The figures of data/README.md, from the messages that the importer makes of the captures."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import accumulate, pairwise
from pathlib import Path
from typing import Any

import pytest

from pipelines.source.importers.binance import read_captures
from schemas.proto import market_pb2 as pb
from schemas.topics import DEPTH, QUOTES, TRADES
from schemas.venues import VENUES

CAPTURES = Path(__file__).parents[4] / "shared" / "data" / "binance"
UNIT = Decimal("1e-9")


@dataclass(frozen=True)
class Facts:
    """A row of the table, and the trades below it."""

    name: str
    venue: str
    depth_count: int
    trade_count: int
    quote_count: int
    touch: tuple[str, str]
    reconciled_count: int
    vwap: str
    volume: str


FACTS = (
    Facts("spot_btcusdt", "BINANCE", 3451, 9757, 28040, ("61685.99", "61686.00"), 2894, "61707.6816", "212.03315"),
    Facts("spot_ethusdt", "BINANCE", 3434, 6106, 24077, ("2682.50", "2682.51"), 2671, "2682.7238", "2261.3149"),
    Facts("usdm_ethusdt", "BINANCE_USDM", 6586, 14076, 53992, ("2681.38", "2681.39"), 5590, "2681.3962", "9164.948"),
)


@dataclass(frozen=True)
class Capture:
    """The messages of one file, by topic."""

    facts: Facts
    depth: list[dict[str, Any]] = field(default_factory=list)
    trades: list[dict[str, Any]] = field(default_factory=list)
    quotes: list[dict[str, Any]] = field(default_factory=list)

    @property
    def diffs(self) -> list[dict[str, Any]]:
        """The depth messages without the snapshot."""
        return [row for row in self.depth if row["kind"] == pb.DEPTH_KIND_DIFF]

    @property
    def snapshot(self) -> dict[str, Any]:
        """The one snapshot."""
        (snapshot,) = [row for row in self.depth if row["kind"] == pb.DEPTH_KIND_SNAPSHOT]
        return snapshot


class Book:
    """A book of two plain dicts, price to quantity, rebuilt by the method of data/README.md."""

    def __init__(self, snapshot: dict[str, Any]) -> None:
        self.bids: dict[int, int] = {}
        self.asks: dict[int, int] = {}
        self.apply(snapshot)

    def apply(self, message: dict[str, Any]) -> None:
        """Set each level of a message; quantity 0 deletes it."""
        for side, name in ((self.bids, "bid"), (self.asks, "ask")):
            side.update(zip(message[f"{name}_prices"], message[f"{name}_quantities"], strict=True))
            for price in message[f"{name}_prices"]:
                if side[price] == 0:
                    del side[price]

    @property
    def touch(self) -> tuple[tuple[int, int], tuple[int, int]]:
        """Best bid and best ask, each price and quantity."""
        bid, ask = max(self.bids), min(self.asks)
        return (bid, self.bids[bid]), (ask, self.asks[ask])


def _touch_of(quote: dict[str, Any]) -> tuple[tuple[int, int], tuple[int, int]]:
    (bid,), (ask,) = quote["bid_prices"], quote["ask_prices"]
    return (bid, quote["bid_quantities"][0]), (ask, quote["ask_quantities"][0])


@pytest.fixture(scope="module", params=FACTS, ids=lambda facts: facts.name)
def capture(request: pytest.FixtureRequest) -> Capture:
    capture = Capture(request.param)
    rows = {DEPTH: capture.depth, TRADES: capture.trades, QUOTES: capture.quotes}
    for topic, batch in read_captures(CAPTURES / f"{request.param.name}_20240808.gz"):
        rows[topic].extend(batch.to_pylist())
    return capture


def _traded(trades: Iterable[dict[str, Any]]) -> Decimal:
    return sum(row["quantity"] for row in trades) * UNIT


def test_read_captures_counts(capture: Capture) -> None:
    facts = capture.facts
    assert len(capture.diffs) == facts.depth_count
    assert len(capture.trades) == facts.trade_count
    assert len(capture.quotes) == facts.quote_count


def test_read_captures_trades_vwap_and_volume(capture: Capture) -> None:
    value = sum(row["price"] * row["quantity"] for row in capture.trades) * UNIT * UNIT
    assert _traded(capture.trades) == Decimal(capture.facts.volume)
    assert round(value / _traded(capture.trades), 4) == Decimal(capture.facts.vwap)


def test_read_captures_trades_sides(capture: Capture) -> None:
    bought = _traded(row for row in capture.trades if row["aggressor_side"] == pb.SIDE_BUY)
    sold = _traded(row for row in capture.trades if row["aggressor_side"] == pb.SIDE_SELL)
    assert bought + sold == Decimal(capture.facts.volume)
    if capture.facts.name == "spot_btcusdt":
        assert (bought, sold) == (Decimal("96.65118"), Decimal("115.38197"))


@pytest.mark.parametrize("capture", [FACTS[2]], indirect=True, ids=["usdm_ethusdt"])
def test_read_captures_aggressor_agrees_with_lee_ready(capture: Capture) -> None:
    """SEMANTICS.md: the mid of the last quote strictly before the trade, by venue time, tells 0.9996 of the sides."""
    times = list(accumulate((row["venue_ts_ns"] for row in capture.quotes), max))
    agreed = 0
    for row in capture.trades:
        bid, ask = _touch_of(capture.quotes[bisect_left(times, row["venue_ts_ns"]) - 1])
        is_above = 2 * row["price"] > bid[0] + ask[0]
        agreed += row["aggressor_side"] == (pb.SIDE_BUY if is_above else pb.SIDE_SELL)
    assert round(agreed / len(capture.trades), 4) == 0.9996


def test_read_captures_has_no_gap(capture: Capture) -> None:
    is_usdm = capture.facts.venue == "BINANCE_USDM"
    for before, after in pairwise(capture.diffs):
        follows = after["previous_venue_seq"] if is_usdm else after["first_venue_seq"] - 1
        assert follows == before["venue_seq"]
    assert all(after["venue_seq"] == before["venue_seq"] + 1 for before, after in pairwise(capture.trades))


def test_read_captures_rebuilt_touch_equals_the_quotes(capture: Capture) -> None:
    """After each diff, the last quote with U <= u_bbo <= u; all diffs with u > lastUpdateId, the early ones too."""
    update_ids = [row["venue_seq"] for row in capture.quotes]
    book, compared, equal = Book(capture.snapshot), 0, 0
    for diff in capture.diffs:
        if diff["venue_seq"] <= capture.snapshot["venue_seq"]:
            continue
        book.apply(diff)
        index = bisect_right(update_ids, diff["venue_seq"]) - 1
        if index >= 0 and update_ids[index] >= diff["first_venue_seq"]:
            compared += 1
            equal += book.touch == _touch_of(capture.quotes[index])
    assert (equal, compared) == (capture.facts.reconciled_count, capture.facts.reconciled_count)
    assert tuple(price * UNIT for price, _ in book.touch) == tuple(map(Decimal, capture.facts.touch))


def test_read_captures_venue_and_times(capture: Capture) -> None:
    rows = [*capture.diffs, *capture.trades, *capture.quotes]
    assert {row["venue"] for row in rows} == {capture.facts.venue} <= {venue.code for venue in VENUES}
    assert {row["symbol"] for row in rows} == {capture.facts.name.partition("_")[2].upper()}
    timed = rows if capture.facts.venue == "BINANCE_USDM" else [*capture.diffs, *capture.trades]
    assert all(abs(row["venue_ts_ns"] - row["receive_ts_ns"]) < 10**10 for row in timed)
    if capture.facts.venue == "BINANCE":
        assert {row["venue_ts_ns"] for row in [*capture.quotes, capture.snapshot]} == {0}


def test_read_captures_depth_levels_are_best_first(capture: Capture) -> None:
    for row in capture.depth:
        assert row["bid_prices"] == sorted(row["bid_prices"], reverse=True)
        assert row["ask_prices"] == sorted(row["ask_prices"])
