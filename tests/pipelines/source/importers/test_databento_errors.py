"""Damage and misfits of Databento's files are said in one sentence."""

from pathlib import Path

import databento_dbn as dbn
import pytest

from pipelines.source.importers.databento import read_databento
from pipelines.source.importers.files import read_bytes
from tests.house_rules import ROOT
from tests.pipelines.source.importers.dbn_files import HEAD, SYMBOLS, dbn_of, market_of, metadata_of
from tests.pipelines.source.importers.reading import DAY_LENGTH_NS, DAY_NS, refusal_of, rows_of

FILES = ROOT.parent / "shared" / "data" / "databento"
GOOD: dict[str, int] = {}
LATE_NS = DAY_NS + 61 * 10**9


def day_of(*changes: dict[str, int], **given: object) -> bytes:
    """A file of trades, each the same but for what changes."""
    trades = [market_of(HEAD | change, "T", "A") for change in changes]
    return dbn_of(metadata_of("trades", SYMBOLS, **given), trades)


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (day_of(GOOD, GOOD)[:-7], "is cut off after record 1"),
        (day_of()[:40], "is cut off after record 0"),
        (b"DBN\x09" + day_of()[4:], "is damaged ("),
        (day_of(), "is of schema trades and holds no records"),
        (day_of({"instrument_id": 8}), "record 1: instrument_id 8 has no symbol in the metadata"),
        (day_of({"ts_recv": DAY_NS + DAY_LENGTH_NS}), "record 1: instrument_id 7 has no symbol"),
        (day_of(GOOD, GOOD, limit=1), "holds 2 records, its metadata say 1"),
        (day_of(GOOD, {"publisher_id": 20}), "record 2: field publisher_id is 20 and not one of 1 (XCME), 2 (XNAS)"),
        (day_of(GOOD, {"ts_recv": LATE_NS}, end=DAY_NS + 5), f"record 2: field ts_recv is {LATE_NS} and not a time in"),
        (day_of({"ts_event": 0}), "record 1: field ts_event is 0 and not a time in the years"),
        (day_of({"price": dbn.UNDEF_PRICE}), "record 1: field price is missing in a trade"),
    ],
)
def test_read_databento_bad_dbn(tmp_path: Path, content: bytes, what: str) -> None:
    path = tmp_path / "a.trades.dbn"
    path.write_bytes(content)
    assert what in refusal_of(read_databento, path)


def test_read_databento_truncated_zstd(tmp_path: Path) -> None:
    path = tmp_path / "a.trades.dbn.zst"
    path.write_bytes((FILES / "XNAS.ITCH.trades.dbn.zst").read_bytes()[:-9])
    assert refusal_of(read_databento, path).startswith(f"{path} cannot be read (Truncated compressed stream)")


def test_read_databento_definitions_alone(tmp_path: Path) -> None:
    sentence = refusal_of(read_databento, FILES / "XNAS.ITCH.definition.dbn.zst")
    assert "is of schema definition and holds no records of one schema of trades, tbbo" in sentence


def test_read_databento_symbols_by_the_definitions_beside(tmp_path: Path) -> None:
    content = read_bytes(FILES / "XNAS.ITCH.trades.dbn.zst")
    _, *messages = dbn.DBNDecoder().write_and_decode(content)
    bare = metadata_of("trades", {}, start=0, end=None)
    (tmp_path / "XNAS.ITCH.trades.dbn").write_bytes(dbn_of(bare, messages))
    assert "put the file of definitions beside it" in refusal_of(read_databento, tmp_path / "XNAS.ITCH.trades.dbn")
    defined = read_bytes(FILES / "XNAS.ITCH.definition.dbn.zst")
    (tmp_path / "XNAS.ITCH.definition.dbn").write_bytes(defined)
    rows = rows_of(read_databento, tmp_path / "XNAS.ITCH.trades.dbn")["market.trades.v1"]
    definitions = [
        each for each in dbn.DBNDecoder().write_and_decode(defined) if isinstance(each, dbn.InstrumentDefMsg)
    ]
    symbols = {each.instrument_id: each.raw_symbol for each in definitions}
    assert [row["symbol"] for row in rows] == [symbols[each.instrument_id] for each in messages]


HEADER = (
    "ts_recv,ts_event,rtype,publisher_id,instrument_id,action,side,depth,price,size,flags,ts_in_delta,sequence,symbol"
)
LINE = f"{DAY_NS},{DAY_NS},0,2,7,T,B,0,5000000000,1,0,0,1,NVDA"


@pytest.mark.parametrize(
    ("line", "what"),
    [
        (LINE.replace(",0,2,7", ",17,2,7"), "field rtype is '17' and not one of '0', '1', '10', '160'"),
        (LINE.replace(",T,", ",X,"), "field action is 'X' and not one of "),
        (LINE.replace(",B,", ",buy,"), "field side is 'buy' and not one of 'A', 'B', 'N'"),
        (LINE.replace("5000000000", "5000000000x"), "field price is '5000000000x' and not a whole number"),
        (LINE.replace("5000000000", "5.0000000001"), "field price is "),
        (LINE.replace(",NVDA", ","), "field symbol is '' and not a text"),
        (LINE.replace(",2,7,", ",20,7,"), "field publisher_id is 20 and not one of 1 (XCME), 2 (XNAS)"),
        (LINE.replace(str(DAY_NS), "5", 1), "field ts_recv is 5 and not a time in 2024-08-08 (UTC)"),
        (LINE.replace(str(DAY_NS), "noon", 1), "field ts_recv is 'noon' and not a time in nanoseconds"),
        (LINE + ",1", "it has 15 fields and not 14"),
    ],
)
def test_read_databento_bad_csv_line(tmp_path: Path, line: str, what: str) -> None:
    path = tmp_path / "xnas-itch-20240808.trades.csv"
    path.write_text(f"{HEADER}\n{LINE}\n{line}\n")
    sentence = refusal_of(read_databento, path)
    assert f"{path}, line " in sentence
    assert what in sentence


def test_read_databento_csv_without_symbols(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(HEADER.removesuffix(",symbol") + "\n")
    assert "line 1: column symbol is missing" in refusal_of(read_databento, path)
