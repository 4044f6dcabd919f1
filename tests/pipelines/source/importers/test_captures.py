"""Binance captures as Binance would send them: write, import, equal."""

import json
from functools import partial
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from pipelines.source.importers.binance import read_captures
from schemas.proto import market_pb2 as pb
from schemas.topics import DEPTH, QUOTES, TRADES
from tests.pipelines.source.importers.reading import DAY_NS, Row, decimal, law, pick, prices, quantities, read_files

amounts = st.integers(0, 10**17)  # 0 deletes a level, or is no level of a quote
milliseconds = st.integers(0, 86_399_999)
numbers = st.integers(1, 2**53)
# By price, which occurs once a side.
levels = st.dictionaries(prices, amounts, max_size=4)
trades = st.fixed_dictionaries({"t": numbers, "p": prices, "q": quantities, "m": st.booleans(), "T": milliseconds})
quotes = st.fixed_dictionaries({"u": numbers, "b": prices, "B": amounts, "a": prices, "A": amounts})
diffs = st.fixed_dictionaries({"E": milliseconds, "U": numbers, "u": numbers, "b": levels, "a": levels})
snapshots = st.fixed_dictionaries({"lastUpdateId": numbers, "b": levels, "a": levels})
messages = st.one_of(
    *(
        st.tuples(st.just(kind), drawn)
        for kind, drawn in (("trade", trades), ("bookTicker", quotes), ("depth@100ms", diffs), ("", snapshots))
    )
)


def line_of(number: int, kind: str, drawn: Row, per_ms: int) -> str:
    """A line of a capture: times as Binance writes them, in ms or µs, what is exact as decimal strings."""
    data = {name: _written(name, value, per_ms) for name, value in drawn.items()}
    if kind == "":
        message: Any = {"lastUpdateId": data["lastUpdateId"], "bids": data["b"], "asks": data["a"]}
    else:
        message = {"stream": f"x@{kind}", "data": {"s": "X", "M": True, **data}}
    return f"{DAY_NS + number} {json.dumps(message)}\n"


def _written(name: str, value: Any, per_ms: int) -> Any:
    if isinstance(value, dict):
        return [[decimal(price), decimal(quantity)] for price, quantity in value.items()]
    if name in ("T", "E"):
        return (DAY_NS // 10**6 + value) * per_ms
    return decimal(value) if name in ("p", "q", "b", "B", "a", "A") else value


def expected_of(number: int, kind: str, drawn: Row) -> tuple[str, Row]:
    """The topic of a message, and what its row says."""
    seen = {"receive_ts_ns": DAY_NS + number, "symbol": "X", "venue": "BINANCE"}
    build = {"trade": _trade, "bookTicker": _quote, "depth@100ms": _diff, "": _snapshot}[kind]
    topic, row = build(drawn)
    return topic, seen | row


def _trade(drawn: Row) -> tuple[str, Row]:
    side = pb.SIDE_SELL if drawn["m"] else pb.SIDE_BUY
    named = {"trade_id": str(drawn["t"]), "venue_seq": drawn["t"], "price": drawn["p"], "quantity": drawn["q"]}
    return TRADES.name, {**named, "aggressor_side": side, "venue_ts_ns": DAY_NS + drawn["T"] * 10**6}


def _quote(drawn: Row) -> tuple[str, Row]:
    bids = {drawn["b"]: drawn["B"]} if drawn["B"] else {}
    asks = {drawn["a"]: drawn["A"]} if drawn["A"] else {}
    return QUOTES.name, {"venue_seq": drawn["u"], "venue_ts_ns": 0, **_sides(bids, asks)}


def _diff(drawn: Row) -> tuple[str, Row]:
    numbered = {"venue_seq": drawn["u"], "first_venue_seq": drawn["U"], "kind": pb.DEPTH_KIND_DIFF}
    return DEPTH.name, {**numbered, "venue_ts_ns": DAY_NS + drawn["E"] * 10**6, **_sides(drawn["b"], drawn["a"])}


def _snapshot(drawn: Row) -> tuple[str, Row]:
    last = drawn["lastUpdateId"]
    numbered = {"venue_seq": last, "first_venue_seq": last, "kind": pb.DEPTH_KIND_SNAPSHOT, "venue_ts_ns": 0}
    return DEPTH.name, {**numbered, **_sides(drawn["b"], drawn["a"])}


def _sides(bids: dict[int, int], asks: dict[int, int]) -> Row:
    """Best first."""
    highest, lowest = sorted(bids, reverse=True), sorted(asks)
    return {
        "bid_prices": highest,
        "bid_quantities": [bids[price] for price in highest],
        "ask_prices": lowest,
        "ask_quantities": [asks[price] for price in lowest],
    }


@law
@given(
    trades,
    st.lists(messages, max_size=12),
    st.sampled_from([1, 1_000]),
    st.integers(1, 5),
    st.sampled_from(["capture.gz", "capture.txt"]),
)
def test_read_captures(first: Row, drawn: list[tuple[str, Row]], per_ms: int, chunk_lines: int, name: str) -> None:
    everything = [("trade", first), *drawn]
    text = "".join(line_of(number, *each, per_ms) for number, each in enumerate(everything))
    read = read_files(partial(read_captures, chunk_lines=chunk_lines), {name: text.encode()})
    expected: dict[str, list[Row]] = {}
    for number, each in enumerate(everything):
        topic, row = expected_of(number, *each)
        expected.setdefault(topic, []).append(row)
    assert {t: [pick(row, want) for row, want in zip(read[t], expected[t], strict=True)] for t in read} == expected
