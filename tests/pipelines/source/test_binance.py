"""Lines of a capture to messages: spot, USD-M, the exact numbers, the identities."""

import gzip
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from pipelines.source.importers import SOURCES, binance
from pipelines.wire import decode, encode, wire_schema
from schemas.proto import market_pb2 as pb
from schemas.registry import Topic
from schemas.topics import DEPTH, QUOTES, TRADES

RECEIVED = 1723161254087896568
SPOT_TRADE = {
    "e": "trade",
    "E": 1723161255343,
    "s": "BTCUSDT",
    "t": 7,
    "p": "61837.63000000",
    "q": "0.02",
    "T": 1723161255342,
    "m": True,
    "M": True,
}
SPOT_QUOTE = {"u": 12, "s": "BTCUSDT", "b": "61837.63", "B": "3.78826", "a": "61837.64", "A": "1.54698"}
SPOT_DIFF = {"e": "depthUpdate", "E": 1723161255208, "s": "BTCUSDT", "U": 10, "u": 12, "b": [["2.5", "1"]], "a": []}
SPOT_SNAPSHOT = {"lastUpdateId": 11, "bids": [["2.5", "1"]], "asks": [["2.6", "3"], ["2.7", "0.5"]]}
USDM_TRADE = {
    "e": "trade",
    "E": 1723161256561,
    "T": 1723161256560,
    "s": "ETHUSDT",
    "t": 8,
    "p": "2681.62",
    "q": "1.000",
    "X": "MARKET",
    "m": False,
}
USDM_QUOTE = {
    "e": "bookTicker",
    "u": 17,
    "s": "ETHUSDT",
    "b": "2681.62",
    "B": "1.1",
    "a": "2681.63",
    "A": "73",
    "T": 1723161256310,
    "E": 1723161256311,
}
USDM_DIFF = {
    "e": "depthUpdate",
    "E": 1723161256303,
    "T": 1723161256302,
    "s": "ETHUSDT",
    "U": 10,
    "u": 15,
    "pu": 8,
    "b": [["200", "10.2"], ["707.8", "0"]],
    "a": [["710", "1"], ["709", "2"]],
}
USDM_SNAPSHOT = {
    "lastUpdateId": 15,
    "E": 1723161256567,
    "T": 1723161256561,
    "bids": [["2.5", "1"]],
    "asks": [["2.6", "3"]],
}
STREAMS = {"trade": "x@trade", "depthUpdate": "x@depth@100ms", "bookTicker": "x@bookTicker", None: "x@bookTicker"}


def _line(message: dict[str, Any]) -> str:
    is_snapshot = "lastUpdateId" in message
    return (
        f"{RECEIVED} {json.dumps(message if is_snapshot else {'stream': STREAMS[message.get('e')], 'data': message})}\n"
    )


def _write(folder: Path, *messages: dict[str, Any], name: str = "capture.gz") -> Path:
    text = "".join(map(_line, messages)).encode()
    path = folder / name
    path.write_bytes(gzip.compress(text, mtime=0) if name.endswith(".gz") else text)
    return path


def _read(path: Path, chunk_lines: int = binance.CHUNK_LINES) -> dict[Topic, list[dict[str, Any]]]:
    rows: dict[Topic, list[dict[str, Any]]] = {}
    for topic, batch in binance.read_captures(path, chunk_lines):
        assert batch.schema == wire_schema(topic)
        decoded, errors = decode(topic, encode(topic, batch))
        assert not errors
        rows.setdefault(topic, []).extend(decoded.to_pylist())
    return rows


def _exact(*texts: str) -> list[int]:
    return [int(Decimal(text) * 10**9) for text in texts]


CASES = (
    (
        SPOT_TRADE,
        TRADES,
        {
            "venue": "BINANCE",
            "symbol": "BTCUSDT",
            "receive_ts_ns": RECEIVED,
            "seq": 1,
            "venue_ts_ns": 1723161255342 * 10**6,
            "venue_seq": 7,
            "trade_id": "7",
            "aggressor_side": pb.SIDE_SELL,
            "price": 61837_630000000,
            "quantity": 20000000,
            "buy_order_id": "",
            "sell_order_id": "",
        },
    ),
    (SPOT_TRADE | {"T": 1723161255342123}, TRADES, {"venue_ts_ns": 1723161255342123 * 10**3}),
    (
        USDM_TRADE,
        TRADES,
        {"venue": "BINANCE_USDM", "venue_ts_ns": 1723161256560 * 10**6, "aggressor_side": pb.SIDE_BUY},
    ),
    (USDM_TRADE | {"X": "INSURANCE_FUND"}, TRADES, {"trade_id": "8", "aggressor_side": pb.SIDE_UNSPECIFIED}),
    (
        SPOT_QUOTE,
        QUOTES,
        {
            "venue": "BINANCE",
            "venue_ts_ns": 0,
            "venue_seq": 12,
            "bid_prices": _exact("61837.63"),
            "bid_quantities": _exact("3.78826"),
            "ask_prices": _exact("61837.64"),
            "ask_quantities": _exact("1.54698"),
        },
    ),
    (
        SPOT_QUOTE | {"b": "0", "B": "0.000"},
        QUOTES,
        {"bid_prices": [], "bid_quantities": [], "ask_prices": _exact("61837.64")},
    ),
    (USDM_QUOTE, QUOTES, {"venue": "BINANCE_USDM", "venue_ts_ns": 1723161256310 * 10**6, "venue_seq": 17}),
    (
        SPOT_DIFF,
        DEPTH,
        {
            "kind": pb.DEPTH_KIND_DIFF,
            "venue_ts_ns": 1723161255208 * 10**6,
            "first_venue_seq": 10,
            "venue_seq": 12,
            "previous_venue_seq": 0,
            "bid_prices": _exact("2.5"),
            "ask_prices": [],
            "ask_quantities": [],
        },
    ),
    (
        USDM_DIFF,
        DEPTH,
        {
            "kind": pb.DEPTH_KIND_DIFF,
            "venue_ts_ns": 1723161256302 * 10**6,
            "first_venue_seq": 10,
            "venue_seq": 15,
            "previous_venue_seq": 8,
            "bid_prices": _exact("707.8", "200"),
            "bid_quantities": _exact("0", "10.2"),
            "ask_prices": _exact("709", "710"),
            "ask_quantities": _exact("2", "1"),
        },
    ),
)


@pytest.mark.parametrize(("message", "topic", "expected"), CASES)
def test_read_captures_message(tmp_path: Path, message: dict[str, Any], topic: Topic, expected: dict[str, Any]) -> None:
    (row,) = _read(_write(tmp_path, message))[topic]
    assert {name: row[name] for name in expected} == expected


@pytest.mark.parametrize(
    ("snapshot", "message", "expected"),
    [
        (SPOT_SNAPSHOT, SPOT_QUOTE, {"venue": "BINANCE", "symbol": "BTCUSDT", "venue_ts_ns": 0, "first_venue_seq": 11}),
        (
            USDM_SNAPSHOT,
            USDM_QUOTE,
            {"venue": "BINANCE_USDM", "symbol": "ETHUSDT", "venue_ts_ns": 1723161256561 * 10**6},
        ),
    ],
)
def test_read_captures_snapshot_is_of_the_file(
    tmp_path: Path, snapshot: dict[str, Any], message: dict[str, Any], expected: dict[str, Any]
) -> None:
    (row,) = _read(_write(tmp_path, snapshot, message))[DEPTH]
    expected |= {"kind": pb.DEPTH_KIND_SNAPSHOT, "venue_seq": snapshot["lastUpdateId"], "previous_venue_seq": 0}
    assert {name: row[name] for name in expected} == expected
    assert row["ask_prices"] == _exact(*(price for price, _ in snapshot["asks"]))


def test_read_captures_seq_counts_within_a_topic_across_chunks(tmp_path: Path) -> None:
    messages = [SPOT_TRADE | {"t": number} for number in range(1, 8)] + [SPOT_QUOTE, SPOT_DIFF, SPOT_QUOTE]
    rows = _read(_write(tmp_path, *messages), chunk_lines=3)
    assert [(row["seq"], row["venue_seq"]) for row in rows[TRADES]] == [(number, number) for number in range(1, 8)]
    assert [row["seq"] for row in rows[QUOTES]] == [1, 2]
    assert [row["seq"] for row in rows[DEPTH]] == [1]


def test_read_captures_same_file_gives_the_same_identity(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    first, again = (
        _write(tmp_path, SPOT_TRADE, name="btc.day.gz"),
        _write(tmp_path / "other", SPOT_TRADE, name="btc.day.gz"),
    )
    changed = _write(tmp_path / "other", SPOT_TRADE, SPOT_TRADE, name="btc.gz")
    names = [_read(path)[TRADES][0]["producer_id"] for path in (first, again, changed)]
    assert names[0] == names[1] != names[2]
    assert names[0].startswith("binance/btc-")


def test_read_captures_plain_text_reads_as_gzip_does(tmp_path: Path) -> None:
    plain, packed = (
        _write(tmp_path, SPOT_DIFF, SPOT_TRADE, name="a.txt"),
        _write(tmp_path, SPOT_DIFF, SPOT_TRADE, name="a.gz"),
    )
    drop_identity = {"producer_id": None}
    assert [row | drop_identity for rows in _read(plain).values() for row in rows] == [
        row | drop_identity for rows in _read(packed).values() for row in rows
    ]


def test_sources_names_the_importer() -> None:
    assert SOURCES["binance"] is binance.read_captures
