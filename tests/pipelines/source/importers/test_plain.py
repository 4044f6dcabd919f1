"""Any table by a mapping file: what is written is read, what the mapping cannot mean is refused."""

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.source.importers import importer_named
from pipelines.source.importers.mapping import read_mapping
from schemas.errors import SettingsError
from schemas.proto import market_pb2 as pb
from tests.pipelines.source.importers.reading import csv_text, decimal, law, pick, prices, refusal_of, rows_of

TRADES = """
topic = "market.trades.v1"
[constants]
venue = "XNAS"
symbol = "AAPL"
[columns]
venue_ts_ns = { column = "time", unit = "UNIT" }
price = { column = "px", scale = "0.0001" }
quantity = "qty"
aggressor_side = { column = "side", values = { B = "BUY", S = "SELL", "" = "UNSPECIFIED" } }
"""
SIDES = {"B": pb.SIDE_BUY, "S": pb.SIDE_SELL, "": pb.SIDE_UNSPECIFIED}
NAMES = ("time", "px", "qty", "side")
EARLIEST_NS, LATEST_NS = 10**18, 2 * 10**18


def read(folder: Path, mapping: str, content: bytes, name: str = "table.csv") -> dict[str, list[dict[str, Any]]]:
    return rows_of(importer_named("plain", write(folder, mapping, content, name)), folder / name)


def write(folder: Path, mapping: str, content: bytes, name: str = "table.csv") -> Path:
    (folder / name).write_bytes(content)
    (folder / "mapping.toml").write_text(mapping)
    return folder / "mapping.toml"


@law
@given(
    unit=st.sampled_from([("s", 9), ("ms", 6), ("us", 3), ("ns", 0)]),
    rows=st.lists(
        st.tuples(st.integers(EARLIEST_NS, LATEST_NS), st.integers(-(10**12), 10**12), prices, st.sampled_from("BS")),
        min_size=1,
    ),
)
def test_read_plain_trades(tmp_path_factory: pytest.TempPathFactory, unit: tuple[str, int], rows: list[Any]) -> None:
    name, digits = unit
    lines = [[f"{Decimal(ns).scaleb(-digits):f}", ticks, decimal(quantity), side] for ns, ticks, quantity, side in rows]
    folder = tmp_path_factory.mktemp("plain")
    found = read(folder, TRADES.replace("UNIT", name), csv_text(lines, NAMES))["market.trades.v1"]
    expected = [
        {
            "symbol": "AAPL",
            "venue": "XNAS",
            "venue_ts_ns": ns,
            "receive_ts_ns": ns,
            "price": ticks * 10**5,
            "quantity": quantity,
            "aggressor_side": SIDES[side],
            "trade_id": str(number),
        }
        for number, (ns, ticks, quantity, side) in enumerate(rows, 1)
    ]
    assert [pick(row, expected[0]) for row in found] == expected


def test_read_plain_times_of_a_zone(tmp_path: Path) -> None:
    mapping = TRADES.replace('unit = "UNIT"', 'unit = "iso", zone = "America/New_York"')
    texts = ["2024-03-08 09:30:00.123456789", "2024-03-11T09:30:00"]
    rows = read(tmp_path, mapping, csv_text([[text, 1, 1, ""] for text in texts], NAMES))["market.trades.v1"]
    zone = ZoneInfo("America/New_York")
    wanted = [datetime(2024, 3, day, 9, 30, tzinfo=zone).timestamp() for day in (8, 11)]
    assert [row["venue_ts_ns"] for row in rows] == [int(wanted[0]) * 10**9 + 123456789, int(wanted[1]) * 10**9]


def test_read_plain_times_with_an_offset(tmp_path: Path) -> None:
    line = ["2024-03-08T09:30:00-05:00", 1, 1, ""]
    (row,) = read(tmp_path, TRADES.replace("UNIT", "iso"), csv_text([line], NAMES))["market.trades.v1"]
    assert row["venue_ts_ns"] == int(datetime(2024, 3, 8, 14, 30, tzinfo=UTC).timestamp()) * 10**9


@pytest.mark.parametrize(
    ("times", "unit"),
    [
        (pa.array([1_709_908_200_123_456_789], pa.timestamp("ns", "UTC")), "iso"),
        (pa.array([1_709_908_200_123_456_789]), "ns"),
        (pa.array([Decimal("1709908200.123456789")]), "s"),
        (pa.array(["1709908200123.456789"]), "ms"),
    ],
)
def test_read_plain_parquet(tmp_path: Path, times: pa.Array, unit: str) -> None:
    columns = {
        "time": times,
        "px": pa.array([2286301.5]),
        "qty": pa.array([0.1]),
        "side": pa.array([None], pa.string()),
    }
    pq.write_table(pa.table(columns), tmp_path / "made.parquet")
    content = (tmp_path / "made.parquet").read_bytes()
    (row,) = read(tmp_path, TRADES.replace("UNIT", unit), content, "table.parquet")["market.trades.v1"]
    assert row["venue_ts_ns"] == 1_709_908_200_123_456_789
    assert (row["price"], row["quantity"]) == (228_630_150_000, 100_000_000)
    assert row["aggressor_side"] == pb.SIDE_UNSPECIFIED


BOOKS = """
topic = "TOPIC"
rows = 2
delimiter = ";"
header = ["t", "s", "b1", "B1", "b2", "B2", "a1", "A1"]
[constants]
venue = "XNAS"
KIND
[columns]
receive_ts_ns = { column = "t", unit = "s" }
symbol = "s"
bid_prices = { columns = ["b1", "b2"] }
bid_quantities = { columns = ["B1", "B2"], scale = 100 }
ask_prices = "a1"
ask_quantities = "A1"
"""
BOOK_ROWS = b"1600000000;X;10;1;9.5;2;11;0\n1600000001;Y;10;0;;;11;3\n"


def test_read_plain_quotes(tmp_path: Path) -> None:
    mapping = BOOKS.replace("TOPIC", "market.quotes.v1").replace("KIND", "")
    rows = read(tmp_path, mapping, BOOK_ROWS)["market.quotes.v1"]
    unit = 10**9
    assert [row["symbol"] for row in rows] == ["X", "Y"]
    assert [row["bid_prices"] for row in rows] == [[10 * unit, 9_500_000_000], []]
    assert [row["bid_quantities"] for row in rows] == [[100 * unit, 200 * unit], []]
    assert [row["ask_quantities"] for row in rows] == [[], [3 * unit]]
    assert [(row["venue_ts_ns"], row["receive_ts_ns"]) for row in rows] == [
        (0, 1_600_000_000 * unit),
        (0, 1_600_000_001 * unit),
    ]


def test_read_plain_depth_keeps_what_deletes(tmp_path: Path) -> None:
    mapping = BOOKS.replace("TOPIC", "market.depth.v1").replace("KIND", 'kind = "DIFF"')
    rows = read(tmp_path, mapping, BOOK_ROWS)["market.depth.v1"]
    assert [row["bid_quantities"] for row in rows] == [[10**11, 2 * 10**11], [0]]
    assert [row["ask_quantities"] for row in rows] == [[0], [3 * 10**9]]
    assert [row["kind"] for row in rows] == [pb.DEPTH_KIND_DIFF] * 2
    assert [(row["venue_seq"], row["previous_venue_seq"]) for row in rows] == [(1, 0), (2, 1)]


LINE = "1600000000,1,1,B"


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("x,1,1,B", "line 3: field time is 'x' and not a time in s in the years 1990 to 2099"),
        ("1600000000000,1,1,B", "line 3: field time is '1600000000000' and not a time in s"),
        ("1600000000,1.000001,1,B", "line 3: field px is '1.000001' and not a decimal with at most 5 decimals"),
        ("1600000000,1,one,B", "line 3: field qty is 'one' and not a decimal"),
        ("1600000000,1,1,buy", "line 3: field side is 'buy' and not one of 'B', 'S', ''"),
        ("1600000000,1,1", "line 3: it has 3 fields and not 4"),
    ],
)
def test_read_plain_bad_line(tmp_path: Path, line: str, what: str) -> None:
    content = csv_text([[LINE], [line]], NAMES)
    importer = importer_named("plain", write(tmp_path, TRADES.replace("UNIT", "s"), content))
    assert what in refusal_of(importer, tmp_path / "table.csv")


@pytest.mark.parametrize(
    ("change", "what"),
    [
        (('"px"', '"price"'), "has no column price, its columns are time, px, qty, side; correct the mapping"),
        (("[constants]", "rows = 3\n[constants]"), "has 1 rows, mapping.toml says 3"),
        (('"XNAS"', '"NOWHERE"'), "mapping.toml, constant 1: field venue is 'NOWHERE' and not one of XNAS, "),
        (('symbol = "AAPL"', 'symbol = ""'), "mapping.toml, constant 2: field symbol is '' and not a text"),
    ],
)
def test_read_plain_table_that_does_not_fit(tmp_path: Path, change: tuple[str, str], what: str) -> None:
    mapping = TRADES.replace("UNIT", "s").replace(*change)
    importer = importer_named("plain", write(tmp_path, mapping, csv_text([[LINE]], NAMES)))
    assert what in refusal_of(importer, tmp_path / "table.csv")


def test_read_plain_parquet_of_lists(tmp_path: Path) -> None:
    pq.write_table(pa.table({"time": [[1]]}), tmp_path / "t.parquet")
    importer = importer_named("plain", write(tmp_path, TRADES.replace("UNIT", "s"), b"\n"))
    assert "is no Parquet table of numbers, texts and times" in refusal_of(importer, tmp_path / "t.parquet")


@pytest.mark.parametrize(
    ("change", "what"),
    [
        (('topic = "market.trades.v1"', ""), "topic is None and not one of market.trades.v1"),
        (("market.trades.v1", "market.orders.v1"), "topic is 'market.orders.v1' and not one of"),
        (("quantity = ", "amount = "), "field amount is unknown, known are aggressor_side, "),
        (('quantity = "qty"', ""), "field quantity is missing, market.trades.v1 needs it"),
        (('venue_ts_ns = { column = "time", unit = "s" }', ""), "field venue_ts_ns is missing, and receive_ts_ns too"),
        (('unit = "s"', 'unit = "minutes"'), "venue_ts_ns: unit is 'minutes' and not one of s, ms, us, ns, iso"),
        (('unit = "s"', 'unit = "iso", zone = "Mars/Olympus"'), "Mars/Olympus"),
        (('"0.0001"', '"0.0002"'), "price: scale is '0.0002' and no power of ten"),
        (('"0.0001"', '"tiny"'), "correct the mapping"),
        (('B = "BUY"', 'B = "LONG"'), "value of aggressor_side LONG is unknown, known are BUY, SELL, UNSPECIFIED"),
        (('quantity = "qty"', "quantity = 5"), "quantity is 5 and no column"),
        (('quantity = "qty"', 'quantity = { columns = ["a", "b"] }'), "quantity takes one column"),
        (('"qty"', '{ colum = "qty" }'), "key of quantity colum is unknown, known are column, "),
        (("[constants]", "[constants"), "is no TOML ("),
        (("[constants]", "row = 3\n[constants]"), "key row is unknown, known are columns, constants, "),
    ],
)
def test_read_mapping_refuses(tmp_path: Path, change: tuple[str, str], what: str) -> None:
    path = write(tmp_path, TRADES.replace("UNIT", "s").replace(*change), b"")
    with pytest.raises(SettingsError) as caught:
        read_mapping(path)
    assert str(caught.value).startswith(f"{path}")
    assert what in str(caught.value)
    assert "\n" not in str(caught.value)


def test_read_mapping_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="cannot be read"):
        read_mapping(tmp_path / "no.toml")
