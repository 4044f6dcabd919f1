"""LOBSTER: a pair of files becomes trades, quotes and a book that can be rebuilt; what does not fit is refused."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.source.importers.lobster import read_lobster
from schemas.proto import market_pb2 as pb
from tests.pipelines.source.importers.reading import csv_text, decimal, law, pick, read_files, refusal_of

STEM = "AAPL_2012-06-21_34200000_57600000"
# 2012-06-21 00:00 in New York, UTC-4.
MIDNIGHT_NS = 1_340_251_200 * 10**9
OPEN_NS, CLOSE_NS = 34_200 * 10**9, 57_600 * 10**9
BID, ASK = -1, 1
EMPTY = {BID: -9999999999, ASK: 9999999999}


@st.composite
def sides(draw: st.DrawFn, sign: int, depth: int) -> list[tuple[int, int]]:
    """Levels of a side, best first; there may be fewer than `depth`."""
    distances = draw(st.lists(st.integers(1, 8), unique=True, max_size=depth))
    return [(5_000_000 + sign * 100 * distance, draw(st.integers(1, 900))) for distance in sorted(distances)]


@st.composite
def sessions(draw: st.DrawFn) -> tuple[int, list[dict[str, Any]]]:
    depth = draw(st.integers(1, 4))
    row = st.fixed_dictionaries(
        {
            "time": st.integers(OPEN_NS, CLOSE_NS),
            "type": st.integers(1, 7),
            "order_id": st.integers(0, 2**31),
            "size": st.integers(1, 10_000),
            "price": st.integers(1, 10**8),
            "direction": st.sampled_from([1, -1]),
            "bids": sides(BID, depth),
            "asks": sides(ASK, depth),
        }
    )
    return depth, draw(st.lists(row, min_size=1, max_size=12))


def files_of(depth: int, rows: list[dict[str, Any]]) -> dict[str, bytes]:
    messages = [
        [decimal(row["time"]), *(row[name] for name in ("type", "order_id", "size", "price", "direction"))]
        for row in rows
    ]
    books = [
        [number for n in range(depth) for number in (*at(row, "asks", ASK, n), *at(row, "bids", BID, n))]
        for row in rows
    ]
    return {
        f"{STEM}_message_{depth}.csv": csv_text(messages),
        f"{STEM}_orderbook_{depth}.csv": csv_text(books),
    }


def at(row: dict[str, Any], side: str, sign: int, level: int) -> tuple[int, int]:
    return row[side][level] if level < len(row[side]) else (EMPTY[sign], 0)


def units(levels: list[tuple[int, int]]) -> tuple[list[int], list[int]]:
    return [price * 10**5 for price, _ in levels], [size * 10**9 for _, size in levels]


@law
@given(sessions(), st.booleans())
def test_read_lobster(session: tuple[int, list[dict[str, Any]]], by_books: bool) -> None:
    depth, rows = session
    files = files_of(depth, rows)
    read = read_files(read_lobster, files, sorted(files)[by_books])
    trades = [
        {
            "symbol": "AAPL",
            "venue": "XNAS",
            "venue_ts_ns": MIDNIGHT_NS + row["time"],
            "receive_ts_ns": MIDNIGHT_NS + row["time"],
            "venue_seq": line,
            "trade_id": str(line),
            "aggressor_side": pb.SIDE_SELL if row["direction"] == 1 else pb.SIDE_BUY,
            "price": row["price"] * 10**5,
            "quantity": row["size"] * 10**9,
        }
        for line, row in enumerate(rows, 1)
        if row["type"] in (4, 5)
    ]
    assert [pick(row, trades[0]) for row in read.get("market.trades.v1", [])] == trades
    assert [levels_of(row) for row in read["market.quotes.v1"]] == [
        (*units(row["bids"]), *units(row["asks"])) for row in rows
    ]
    assert [row["venue_seq"] for row in read["market.quotes.v1"]] == list(range(1, len(rows) + 1))
    assert_rebuilt(read["market.depth.v1"], rows)


def levels_of(row: dict[str, Any]) -> tuple[list[int], ...]:
    return tuple(row[f"{side}_{field}"] for side in ("bid", "ask") for field in ("prices", "quantities"))


def assert_rebuilt(depth: list[dict[str, Any]], rows: list[dict[str, Any]]) -> None:
    """The first message is a snapshot; applying the others gives the book of every row, and each changes something."""
    assert [row["kind"] for row in depth] == [pb.DEPTH_KIND_SNAPSHOT] + [pb.DEPTH_KIND_DIFF] * (len(depth) - 1)
    assert [row["previous_venue_seq"] for row in depth] == [0, *(row["venue_seq"] for row in depth[:-1])]
    messages = {row["venue_seq"]: row for row in depth}
    bids: dict[int, int] = {}
    asks: dict[int, int] = {}
    for line, row in enumerate(rows, 1):
        before = dict(bids), dict(asks)
        if message := messages.get(line):
            apply(bids, message, "bid")
            apply(asks, message, "ask")
            assert line == 1 or (bids, asks) != before
        assert bids == dict(zip(*units(row["bids"]), strict=True))
        assert asks == dict(zip(*units(row["asks"]), strict=True))


def apply(book: dict[int, int], message: dict[str, Any], side: str) -> None:
    for price, quantity in zip(message[f"{side}_prices"], message[f"{side}_quantities"], strict=True):
        book[price] = quantity
        if not quantity:
            del book[price]


def test_read_lobster_in_winter_is_an_hour_later() -> None:
    stem = "AAPL_2013-01-02_34200000_57600000"
    files = {f"{stem}_message_1.csv": b"34200.5,4,1,10,5000000,-1\n", f"{stem}_orderbook_1.csv": b"2,1,1,1\n"}
    (trade,) = read_files(read_lobster, files)["market.trades.v1"]
    assert trade["venue_ts_ns"] == 1_357_137_000_500_000_000
    assert trade["aggressor_side"] == pb.SIDE_BUY


MESSAGE = "34200.5,4,1,10,5000000,-1"
BOOK = "5000100,1,4999900,2"


def write(folder: Path, messages: str, books: str, depth: int = 1) -> Path:
    path = folder / f"{STEM}_message_{depth}.csv"
    path.write_text(messages)
    (folder / f"{STEM}_orderbook_{depth}.csv").write_text(books)
    return path


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("34200.5,8,1,10,5000000,-1", "field type is '8' and not one of '1', "),
        ("34200.5,4,1,10,5000000,0", "field direction is '0' and not one of '1', '-1'"),
        ("34200.5,4,1,10,5000000.01,1", "field price is '5000000.01' and not a whole number"),
        ("34200.5,4,1,-10,5000000,1", "field size is '-10' and not a whole number from 0 to 9223372036"),
        ("34199.999,4,1,10,5000000,1", "field time is '34199.999' and not seconds after midnight in the 34200000 to"),
        ("34200500,4,1,10,5000000,1", "field time is '34200500' and not seconds after midnight"),
        ("34200.0000000001,4,1,10,5000000,1", "field time is '34200.0000000001' and not seconds after midnight"),
        ("34200.5,4,1,10,5000000", "it has 5 fields and not 6"),
    ],
)
def test_read_lobster_bad_message(tmp_path: Path, line: str, what: str) -> None:
    path = write(tmp_path, f"{MESSAGE}\n{line}\n", f"{BOOK}\n" * 2)
    sentence = refusal_of(read_lobster, path)
    assert sentence.startswith(f"{path}, line 2: ")
    assert what in sentence


@pytest.mark.parametrize(
    ("messages", "books", "depth", "what"),
    [
        (f"{MESSAGE}\n", f"{BOOK}\n" * 2, 1, "has 2 rows, "),
        (f"{MESSAGE}\n", f"{BOOK}\n", 2, "line 1: it has 4 fields, 2 levels have 8"),
        (f"{MESSAGE}\n", f"{BOOK}", 1, "line 1: it does not end in a newline"),
        (f"{MESSAGE},x\n", f"{BOOK}\n", 1, "line 1: it has 7 fields and not time, type"),
        (f"{MESSAGE}\n", "5000100,1,x,2\n", 1, "line 1: field bid_price_1 is 'x' and not a whole number"),
        ("", "", 1, "is empty"),
    ],
)
def test_read_lobster_bad_pair(tmp_path: Path, messages: str, books: str, depth: int, what: str) -> None:
    assert what in refusal_of(read_lobster, write(tmp_path, messages, books, depth))


def test_read_lobster_alone(tmp_path: Path) -> None:
    path = write(tmp_path, f"{MESSAGE}\n", f"{BOOK}\n")
    books = path.with_name(path.name.replace("message", "orderbook"))
    books.unlink()
    assert refusal_of(read_lobster, path) == f"{books} is missing; put it beside {path}."


@pytest.mark.parametrize("name", ["AAPL.csv", "AAPL_2012-06-41_34200000_57600000_message_1.csv"])
def test_read_lobster_name(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text(MESSAGE)
    (tmp_path / name.replace("message", "orderbook")).write_text(BOOK)
    assert "name it as it was downloaded" in refusal_of(read_lobster, tmp_path / name)


def test_read_lobster_checksum_of_the_other_file(tmp_path: Path) -> None:
    path = write(tmp_path, f"{MESSAGE}\n", f"{BOOK}\n")
    books = path.with_name(path.name.replace("message", "orderbook"))
    (tmp_path / f"{books.name}.sha256").write_text("0" * 64)
    assert "does not have the SHA-256" in refusal_of(read_lobster, path)
