"""What is wrong with a capture is said in one sentence that names the file, the line and the field."""

import gzip
import json
from pathlib import Path

import pytest

from pipelines.source.importers.binance import read_captures
from pipelines.source.importers.captures import name_producer
from schemas.errors import SourceError

QUOTE = '{"stream":"btcusdt@bookTicker","data":{"u":12,"s":"BTCUSDT","b":"2.5","B":"1","a":"2.6","A":"1"}}'
TRADE = (
    '{"stream":"btcusdt@trade","data":{"e":"trade","E":1723161255343,"s":"BTCUSDT","t":7,"p":"2.5","q":"1",'
    '"T":1723161255342,"m":true,"M":true}}'
)
DIFF = (
    '{"stream":"btcusdt@depth@100ms","data":{"e":"depthUpdate","E":1723161255208,"s":"BTCUSDT","U":10,"u":12,'
    '"b":[["2.5","1"]],"a":[]}}'
)
TIME = "1723161254087896568"
GOOD = f"{TIME} {QUOTE}\n"


def _change(message: str, field: str, value: object) -> str:
    changed = json.loads(message)
    changed["data"][field] = value
    return f"{TIME} {json.dumps(changed)}"


def _drop(message: str, field: str) -> str:
    changed = json.loads(message)
    del changed["data"][field]
    return f"{TIME} {json.dumps(changed)}"


LINES = (
    (QUOTE, "not a receive time"),
    (f"17231612540878 {QUOTE}", "not a receive time"),
    (f"{TIME} [1]", "not a receive time"),
    ("", "not a receive time"),
    (f"{TIME} {QUOTE[:50]}", "not a receive time"),
    (f'{TIME} {{"stream":}}', "JSON is broken"),
    (f"{TIME} {QUOTE}{QUOTE}", "JSON is followed by"),
    (f'{TIME} {{"stream":"btcusdt@kline_1m","data":{{"s":"BTCUSDT"}}}}', "neither a depth snapshot nor"),
    (f'{TIME} {{"stream":"btcusdt@depth5@100ms","data":{{"s":"BTCUSDT"}}}}', "neither a depth snapshot nor"),
    (f'{TIME} {{"stream":"btcusdt@trade","data":[]}}', "neither a depth snapshot nor"),
    (f'{TIME} {{"result":null,"id":1}}', "neither a depth snapshot nor"),
    (f'{TIME} {{"stream":["btcusdt@trade"],"data":{{}}}}', "neither a depth snapshot nor"),
    (_change(QUOTE, "s", "ETHUSDT"), "not of BTCUSDT at BINANCE"),
    (_change(QUOTE, "T", 1723161255342), "not of BTCUSDT at BINANCE"),
    (_drop(TRADE, "p"), "field p is missing"),
    (_change(TRADE, "p", "1.0000000001"), "field p is '1.0000000001' and not a decimal"),
    (_change(TRADE, "q", "abc"), "field q is 'abc' and not a decimal"),
    (_change(TRADE, "q", 1.5), "field q is 1.5 and not a decimal"),
    (_change(TRADE, "q", None), "field q is None and not a decimal"),
    (_change(TRADE, "q", "9223372036.854775808"), "field q is '9223372036.854775808' and not a decimal"),
    (_change(TRADE, "t", "7"), "field t is '7' and not a whole number"),
    (_change(TRADE, "t", True), "field t is True and not a whole number"),
    (_change(TRADE, "t", 2**63), "field t is 9223372036854775808 and not a whole number"),
    (_change(TRADE, "T", -1), "field T is -1 and not a time"),
    (_change(TRADE, "T", 10**13), "field T is 10000000000000 and not a time"),
    (_change(TRADE, "m", 1), "field m is 1 and not true or false"),
    (_drop(QUOTE, "u"), "field u is missing"),
    (_drop(DIFF, "E"), "field E is missing"),
    (_change(DIFF, "b", [["2.5"]]), "field b is [['2.5']] and not a list of [price, quantity]"),
    (_change(DIFF, "b", [["2.5", "x"]]), "field b is [['2.5', 'x']] and not a list of"),
    (_change(DIFF, "a", ["25"]), "field a is ['25'] and not a list of"),
    (_change(DIFF, "a", 5), "field a is 5 and not a list of"),
    (_change(DIFF, "a", None), "field a is None and not a list of"),
    (f'{TIME} {{"lastUpdateId":5,"bids":[]}}', "field a is missing"),
)


def _message_of(path: Path) -> str:
    with pytest.raises(SourceError) as caught:
        list(read_captures(path))
    message = str(caught.value)
    assert message.endswith(".")
    assert "\n" not in message
    return message


@pytest.mark.parametrize(("line", "what"), LINES)
def test_read_captures_bad_line(tmp_path: Path, line: str, what: str) -> None:
    path = tmp_path / "capture.txt"
    path.write_text(f"{GOOD}{TIME} {DIFF}\n{line}\n{GOOD}")
    message = _message_of(path)
    assert message.startswith(f"{path}, line 3: ")
    assert what in message


def test_read_captures_bytes_that_are_no_text(tmp_path: Path) -> None:
    path = tmp_path / "capture.txt"
    path.write_bytes(GOOD.encode() + GOOD.replace("2.5", "2.?").encode().replace(b"?", b"\xff"))
    assert _message_of(path).startswith(f"{path}, line 2: its JSON is broken")


@pytest.mark.parametrize("cut", [5, 60, -4])
def test_read_captures_truncated_gzip(tmp_path: Path, cut: int) -> None:
    path = tmp_path / "capture.gz"
    path.write_bytes(gzip.compress(GOOD.encode() * 3)[:cut])
    assert _message_of(path).startswith(f"{path} cannot be unpacked after line ")


def test_read_captures_damaged_gzip(tmp_path: Path) -> None:
    path = tmp_path / "capture.gz"
    packed = bytearray(gzip.compress(GOOD.encode() * 3))
    packed[-6] ^= 0xFF
    path.write_bytes(packed)
    assert _message_of(path).startswith(f"{path} cannot be unpacked after line ")


def test_read_captures_gz_that_is_not(tmp_path: Path) -> None:
    path = tmp_path / "capture.gz"
    path.write_text(GOOD)
    assert _message_of(path).startswith(f"{path} is named .gz but is not a gzip file")


@pytest.mark.parametrize("text", ["", f'{TIME} {{"lastUpdateId":5,"bids":[],"asks":[]}}\n'])
def test_read_captures_without_a_stream(tmp_path: Path, text: str) -> None:
    path = tmp_path / "capture.txt"
    path.write_text(text)
    assert _message_of(path).startswith(f"{path} holds no message of the streams depth, trade, bookTicker")


def test_read_captures_without_a_symbol(tmp_path: Path) -> None:
    path = tmp_path / "capture.txt"
    path.write_text(f"{_drop(QUOTE, 's')}\n")
    assert "line 1: field s, the symbol, is missing" in _message_of(path)


@pytest.mark.parametrize("name", ["absent.gz", ""])
def test_read_captures_no_such_file(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    assert _message_of(path).startswith(f"{path} cannot be read (")
    with pytest.raises(SourceError, match="cannot be read"):
        name_producer("binance", path)
