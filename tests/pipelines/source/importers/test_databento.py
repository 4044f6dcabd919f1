"""Databento: what its own encoder writes is read, and its real files agree with its own records."""

from typing import Any

import databento_dbn as dbn
import pytest
from databento_dbn import Compression
from hypothesis import given
from hypothesis import strategies as st

from pipelines.source.importers.databento import read_databento
from pipelines.source.importers.files import read_bytes
from pipelines.source.importers.market_records import PUBLISHERS
from schemas.proto import market_pb2 as pb
from schemas.venues import VENUES
from tests.house_rules import ROOT
from tests.pipelines.source.importers.dbn_files import CSV, HEAD, SYMBOLS, dbn_of, market_of, metadata_of, written
from tests.pipelines.source.importers.reading import DAY_LENGTH_NS, DAY_NS, law, pick, read_files, rows_of

FILES = ROOT.parent / "shared" / "data" / "databento"
UNIT = 10**9
NAMES = {number: symbol for symbol, number in SYMBOLS.items()}
SIDES = {"B": pb.SIDE_BUY, "A": pb.SIDE_SELL, "N": pb.SIDE_UNSPECIFIED}
MARKET = ("trades", "tbbo", "mbp-1", "mbp-10", "mbo")

times = st.integers(DAY_NS, DAY_NS + DAY_LENGTH_NS - 1)
prices = st.integers(-(10**15), 10**15)
levels = st.tuples(
    st.sampled_from([dbn.UNDEF_PRICE, 10 * UNIT, 9_876_543_210]), st.sampled_from([dbn.UNDEF_PRICE, 11 * UNIT]),
    st.integers(0, 2**32 - 1), st.integers(0, 2**32 - 1),
)  # fmt: skip
heads = st.fixed_dictionaries(
    {
        "publisher_id": st.sampled_from(sorted(PUBLISHERS)),
        "instrument_id": st.sampled_from([7, 2**32 - 1]),
        "ts_event": times,
        "ts_recv": times,
        "price": prices,
        "size": st.integers(1, 2**32 - 1),
        "sequence": st.integers(0, 3),
    }
)
actions = st.sampled_from(["T", "A", "C"])


def trade_rows(messages: list[Any]) -> list[dict[str, Any]]:
    """What the trades among some records are on the wire."""
    rows, before, count = [], None, 0
    for message in messages:
        if str(message.action) == "T":
            key = message.instrument_id, message.sequence
            count = count + 1 if key == before else 0
            before = key
            rows.append(
                head_of(message)
                | {
                    "trade_id": f"{message.sequence}-{count}",
                    "aggressor_side": SIDES[str(message.side)],
                    "price": message.price,
                    "quantity": message.size * UNIT,
                }
            )
    return rows


def head_of(message: Any) -> dict[str, Any]:
    return {
        "symbol": NAMES.get(message.instrument_id),
        "venue": PUBLISHERS[message.publisher_id],
        "venue_ts_ns": message.ts_event,
        "receive_ts_ns": message.ts_recv,
        "venue_seq": message.sequence,
    }


def quote_row(message: Any) -> dict[str, Any]:
    sides = {}
    for side in ("bid", "ask"):
        found = [(getattr(level, f"{side}_px"), getattr(level, f"{side}_sz")) for level in message.levels]
        there = [(price, size * UNIT) for price, size in found if price != dbn.UNDEF_PRICE and size]
        sides |= {f"{side}_prices": [p for p, _ in there], f"{side}_quantities": [q for _, q in there]}
    return sides


ends = st.sampled_from(["dbn", "dbn.zst", *CSV])


@law
@given(ends, st.lists(st.tuples(heads, st.sampled_from("ABN")), min_size=1))
def test_read_databento_trades(end: str, drawn: list[tuple[dict[str, Any], str]]) -> None:
    messages = [market_of(head, "T", side) for head, side in drawn]
    content = dbn_of(metadata_of("trades", SYMBOLS), messages)
    read = read_files(read_databento, {f"a.trades.{end}": written(end, content)})
    expected = trade_rows(messages)
    assert list(read) == ["market.trades.v1"]
    assert [pick(row, expected[0]) for row in read["market.trades.v1"]] == expected


@law
@given(ends, st.lists(st.tuples(heads, actions, st.sampled_from("ABN"), levels), min_size=1))
def test_read_databento_levels(end: str, drawn: list[Any]) -> None:
    messages = [market_of(*each) for each in drawn]
    content = dbn_of(metadata_of("mbp-1", SYMBOLS), messages)
    read = read_files(read_databento, {f"a.mbp-1.{end}": written(end, content)})
    expected = trade_rows(messages)
    assert [pick(row, expected[0]) for row in read.get("market.trades.v1", [])] == expected
    quotes = [head_of(message) | quote_row(message) for message in messages]
    assert [pick(row, quotes[0]) for row in read["market.quotes.v1"]] == quotes


@pytest.mark.parametrize("schema", MARKET)
@pytest.mark.parametrize(("dataset", "symbol"), [("GLBX.MDP3", "ESH1"), ("XNAS.ITCH", "NVDA")])
@pytest.mark.parametrize("end", ["dbn.zst", "csv", "raw.csv"])
def test_read_databento_real_files(schema: str, dataset: str, symbol: str, end: str) -> None:
    real = FILES / f"{dataset}.{schema}.dbn.zst"
    decoder = dbn.DBNDecoder(compression=Compression.ZSTD)
    _, *messages = decoder.write_and_decode(real.read_bytes())
    assert len(messages) == 4
    if end == "dbn.zst":
        read = rows_of(read_databento, real)
    else:
        read = read_files(read_databento, {f"{dataset}.{schema}.{end}": written(end, read_bytes(real))})
    expected = [row | {"symbol": symbol} for row in trade_rows(messages)]
    assert [pick(row, expected[0]) for row in read.get("market.trades.v1", [])] == expected
    if schema in ("tbbo", "mbp-1", "mbp-10"):
        quotes = [head_of(message) | {"symbol": symbol} | quote_row(message) for message in messages]
        assert [pick(row, quotes[0]) for row in read["market.quotes.v1"]] == quotes
        assert read["market.quotes.v1"][0]["bid_prices"][0] == messages[0].levels[0].bid_px
    assert set(read) == {
        *(["market.trades.v1"] if expected else []),
        *({"trades": [], "mbo": ["market.depth.v1"]}.get(schema, ["market.quotes.v1"])),
    }


def test_publishers_are_those_of_the_library_and_of_the_house() -> None:
    for number, code in PUBLISHERS.items():
        trade = market_of(HEAD | {"publisher_id": number}, "T", "A")
        published = {"XCME": "GLBX.MDP3.GLBX"}.get(code, f".{code} ")
        assert published.strip() in repr(trade)
    assert set(PUBLISHERS.values()) <= {venue.code for venue in VENUES}
