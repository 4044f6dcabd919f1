"""Binance's bulk downloads: what is written is read, and what does not fit is refused."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.source.importers.binance_csv import (
    SPOT_AGGREGATE,
    SPOT_TRADE,
    USDM_AGGREGATE,
    USDM_QUOTE,
    USDM_TRADE,
    read_bulk_csv,
)
from schemas.proto import market_pb2 as pb
from tests.pipelines.source.importers.reading import (
    DAY_LENGTH_NS,
    DAY_NS,
    csv_text,
    decimal,
    law,
    pack,
    pick,
    prices,
    quantities,
    read_files,
    refusal_of,
)

DAY = "2024-08-08"
SPOT_LINE = "7,61837.63,0.02,1236.7526,1723075200005,True,True"
QUOTE_LINE = "12,61837.63,3.7,61837.64,1.5,1723075200005,1723075200007"
SPOT = f"BTCUSDT-trades-{DAY}.csv"
QUOTES = f"BTCUSDT-bookTicker-{DAY}.csv"


@st.composite
def trades(draw: st.DrawFn) -> dict[str, Any]:
    return {
        "trade_id": draw(st.integers(0, 2**62)),
        "price": draw(st.integers(1, 10**15)) * 10,
        "quantity": draw(st.integers(1, 10**12)) * 1000,
        "time": draw(st.integers(0, DAY_LENGTH_NS // 10**6 - 1)),
        "is_maker": draw(st.booleans()),
    }


def cells_of(trade: dict[str, Any], unit_ns: int, kind: str) -> list[object]:
    turnover = Decimal(trade["price"] * trade["quantity"]).scaleb(-18)
    numbers = [turnover.quantize(Decimal("1e-8"))] if kind == "trades" else [1, 2]
    time = (DAY_NS + trade["time"] * 10**6) // unit_ns
    exact = [decimal(trade["price"]), decimal(trade["quantity"])]
    return [trade["trade_id"], *exact, *(f"{number:f}" if kind == "trades" else number for number in numbers), time]


FILES = (
    ("trades", None, "BINANCE", "csv"),
    ("trades", SPOT_TRADE, "BINANCE", "zip"),
    ("trades", USDM_TRADE, "BINANCE_USDM", "zip"),
    ("aggTrades", None, "BINANCE", "csv.gz"),
    ("aggTrades", USDM_AGGREGATE, "BINANCE_USDM", "csv"),
)


@law
@given(file=st.sampled_from(FILES), rows=st.lists(trades(), min_size=1), is_micro=st.booleans())
def test_read_bulk_csv_trades(file: tuple[str, Any, str, str], rows: list[dict[str, Any]], is_micro: bool) -> None:
    kind, header, venue, end = file
    unit_ns = 1000 if is_micro else 10**6
    flags = (str, str.lower)[venue == "BINANCE_USDM"]
    lines = [[*cells_of(row, unit_ns, kind), flags(str(row["is_maker"]))] for row in rows]
    lines = [[*line, "True"] for line in lines] if venue == "BINANCE" else lines
    read = read_files(read_bulk_csv, {f"BTCUSDT-{kind}-{DAY}.{end}": csv_text(lines, header)})
    expected = [
        {
            "symbol": "BTCUSDT",
            "venue": venue,
            "venue_ts_ns": DAY_NS + row["time"] * 10**6,
            "receive_ts_ns": DAY_NS + row["time"] * 10**6,
            "venue_seq": row["trade_id"],
            "trade_id": str(row["trade_id"]),
            "aggressor_side": pb.SIDE_SELL if row["is_maker"] else pb.SIDE_BUY,
            "price": row["price"],
            "quantity": row["quantity"],
            "buy_order_id": "",
            "sell_order_id": "",
        }
        for row in rows
    ]
    assert list(read) == ["market.trades.v1"]
    assert [pick(row, expected[0]) for row in read["market.trades.v1"]] == expected


@law
@given(
    st.lists(
        st.tuples(
            *(st.integers(0, 2**62), prices, quantities, prices, quantities | st.just(0)),
            *(st.integers(0, DAY_LENGTH_NS // 10**6 - 1) for _ in range(2)),
        ),
        min_size=1,
    )
)
def test_read_bulk_csv_quotes(rows: list[tuple[int, ...]]) -> None:
    lines = [[row[0], *map(decimal, row[1:5]), *(DAY_NS // 10**6 + ms for ms in row[5:])] for row in rows]
    read = read_files(read_bulk_csv, {f"BTCUSDT-bookTicker-{DAY}.zip": csv_text(lines, USDM_QUOTE)})
    expected = [
        {
            "venue_seq": update_id,
            "bid_prices": [bid],
            "bid_quantities": [bid_quantity],
            "ask_prices": [ask] if ask_quantity else [],
            "ask_quantities": [ask_quantity] if ask_quantity else [],
            "venue_ts_ns": DAY_NS + venue_ms * 10**6,
            "receive_ts_ns": DAY_NS + receive_ms * 10**6,
            "venue": "BINANCE_USDM",
        }
        for update_id, bid, bid_quantity, ask, ask_quantity, venue_ms, receive_ms in rows
    ]
    assert [pick(row, expected[0]) for row in read["market.quotes.v1"]] == expected


@pytest.mark.parametrize(
    ("name", "line", "what"),
    [
        (SPOT, "7,61837.63,0.02,1236.7526,1723075200005,True", "it has 6 fields and not 7"),
        (SPOT, "", "field id is '' and not a whole number"),
        (SPOT, "x,61837.63,0.02,1236.7526,1723075200005,True,True", "field id is 'x' and not a whole number"),
        (SPOT, "7,61837.6300000001,0.02,1,1723075200005,True,True", "field price is '61837.6300000001' and not a dec"),
        (SPOT, "7,-1,0.02,-0.02,1723075200005,True,True", "field price is '-1' and not a decimal from 0"),
        (SPOT, "7,nan,0.02,1,1723075200005,True,True", "field price is 'nan' and not a decimal"),
        (SPOT, "7,61837.63,,1,1723075200005,True,True", "field qty is '' and not a decimal"),
        (SPOT, "7,9223372037,1,1,1723075200005,True,True", "field price is '9223372037' and not a decimal"),
        (
            SPOT,
            "7,61837.63,2,1236.7526,1723075200005,True,True",
            "field quoteQty is 1236.7526 and not price × quantity",
        ),
        (SPOT, "7,1,1,1,1723161660000,True,True", "field time is '1723161660000' and not a time in milliseconds or"),
        (SPOT, "7,1,1,1,1723075139999,True,True", "microseconds since 1970 in 2024-08-08 (UTC)"),
        (SPOT, "7,1,1,1,1723075200,True,True", "field time is '1723075200' and not a time"),
        (SPOT, "7,1,1,1,1723075200005,1,True", "field isBuyerMaker is '1' and not one of 'true', 'false'"),
        (SPOT, '7,"1,1,1,1723075200005,True,True', "it has "),
        (
            QUOTES,
            "12,61837.63,-3,61837.64,1.5,1723075200005,1723075200007",
            "field best_bid_qty is '-3' and not a decimal from 0",
        ),
        (QUOTES, "12,61837.63,3.7,61837.64,1.5,1723075200005,0", "field event_time is '0' and not a time"),
    ],
)
def test_read_bulk_csv_bad_line(tmp_path: Path, name: str, line: str, what: str) -> None:
    good, header = (SPOT_LINE, "") if name == SPOT else (QUOTE_LINE, ",".join(USDM_QUOTE) + "\n")
    (tmp_path / name).write_text(f"{header}{good}\n{good}\n{line}\n{good}\n")
    sentence = refusal_of(read_bulk_csv, tmp_path / name)
    assert sentence.startswith(f"{tmp_path / name}, line {3 + bool(header)}: ")
    assert what in sentence


@pytest.mark.parametrize(
    ("name", "text", "what"),
    [
        ("btc.csv", SPOT_LINE, "is not named like BTCUSDT-trades-2024-08-08.zip"),
        ("BTCUSDT-klines-2024-08-08.csv", SPOT_LINE, "is not named like"),
        ("BTCUSD_PERP-trades-2024-08-08.csv", SPOT_LINE, "is of COIN-M, which counts contracts"),
        ("BTCUSDT-trades-2024-08-32.csv", SPOT_LINE, "has no date in its name (day "),
        (SPOT, "1,2,3", "line 1: it has 3 fields, trades has 7 or 6"),
        (f"BTCUSDT-bookTicker-{DAY}.csv", SPOT_LINE + ",1", "line 1: it has 8 fields, bookTicker has 7"),
        (SPOT, ",".join((*SPOT_TRADE[:6], "price")), "line 1: the columns are not id, price, qty, quoteQty"),
        (SPOT, ",".join(USDM_AGGREGATE), "line 1: the columns are not id, price"),
    ],
)
def test_read_bulk_csv_bad_file(tmp_path: Path, name: str, text: str, what: str) -> None:
    (tmp_path / name).write_text(text + "\n")
    sentence = refusal_of(read_bulk_csv, tmp_path / name)
    assert sentence.startswith(str(tmp_path / name))
    assert what in sentence


@pytest.mark.parametrize(("folder", "market"), [("futures/um", "BINANCE_USDM"), ("futures/cm", "COIN-M")])
def test_read_bulk_csv_in_a_folder_of_another_market(tmp_path: Path, folder: str, market: str) -> None:
    path = tmp_path / folder / "daily" / SPOT
    path.parent.mkdir(parents=True)
    path.write_text(SPOT_LINE + "\n")
    assert f"has the columns of BINANCE, its folders say {market}" in refusal_of(read_bulk_csv, path)


@pytest.mark.parametrize("lines", [(1, 1000), (1000, 1)])
def test_read_bulk_csv_with_two_units_of_time_is_refused(tmp_path: Path, lines: tuple[int, int]) -> None:
    path = tmp_path / f"BTCUSDT-trades-{DAY}.csv"
    path.write_text("".join(f"1,1,1,1,{DAY_NS // 10**6 * factor},True,True\n" for factor in lines))
    unit = "microseconds" if lines[0] == 1000 else "milliseconds"
    sentence = refusal_of(read_bulk_csv, path)
    assert f"line 2: field time is {DAY_NS // 10**6 * lines[1]} and not in {unit}" in sentence


def test_read_bulk_csv_header_alone_gives_nothing() -> None:
    assert read_files(read_bulk_csv, {QUOTES: csv_text([], USDM_QUOTE)}) == {}


def test_read_bulk_csv_month_holds_its_last_millisecond() -> None:
    last = 1_725_148_799_999
    line = SPOT_LINE.replace("1723075200005", str(last)) + "\n"
    (row,) = read_files(read_bulk_csv, {"BTCUSDT-trades-2024-08.csv": line.encode()})["market.trades.v1"]
    assert row["venue_ts_ns"] == last * 10**6


def test_read_bulk_csv_aggregate_columns_without_header_are_named() -> None:
    line = b"7,1,x,1,2,1723075200005,True,True\n"
    with pytest.raises(Exception, match=f"field {SPOT_AGGREGATE[2]} is 'x'"):
        read_files(read_bulk_csv, {f"BTCUSDT-aggTrades-{DAY}.csv": line})


def test_read_bulk_csv_same_file_gives_the_same_identity(tmp_path: Path) -> None:
    names = set()
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        path = tmp_path / folder / f"BTCUSDT-trades-{DAY}.zip"
        path.write_bytes(pack(csv_text([[SPOT_LINE]]), path.name))
        names |= {batch.column("producer_id")[0].as_py() for _, batch in read_bulk_csv(path)}
        path.with_suffix(".csv").write_text(SPOT_LINE + "\n" + SPOT_LINE + "\n")
        names |= {batch.column("producer_id")[0].as_py() for _, batch in read_bulk_csv(path.with_suffix(".csv"))}
    assert len(names) <= 3
    assert all(name.startswith(f"binance-csv/BTCUSDT-trades-{DAY}-") for name in names)
