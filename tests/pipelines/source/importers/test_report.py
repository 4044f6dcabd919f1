"""What is said of a file that was read, its checksum, and the sources there are."""

import gzip
import hashlib
import json
import re
import zipfile
from pathlib import Path

import pytest

from pipelines.source.importers import PLAIN, SOURCES, importer_named
from pipelines.source.importers.files import read_bytes, span_of_name, verify_checksum
from pipelines.source.importers.mapping import read_mapping
from pipelines.source.importers.report import describe, import_file
from pipelines.source.importers.tardis import EXCHANGES
from schemas.errors import SettingsError, SourceError
from tests.house_rules import ROOT
from tests.pipelines.source.importers.reading import DAY_NS, csv_text, pack

NAME = "BTCUSDT-trades-2024-08-08.zip"
LINES = [f"{n},61837.63,0.02,1236.7526,{1723075200005 + 1000 * n},True,True" for n in range(3)]


def write(folder: Path, name: str = NAME) -> Path:
    path = folder / name
    path.write_bytes(pack(csv_text([[line] for line in LINES]), name))
    return path


def test_describe_says_rows_instruments_times_and_checksum(tmp_path: Path) -> None:
    path = write(tmp_path)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    (tmp_path / f"{NAME}.CHECKSUM").write_text(f"{digest}  {NAME}\n")
    assert list(describe(import_file(SOURCES["binance-csv"], path))) == [
        f"{NAME}: SHA-256 {digest}, as {NAME}.CHECKSUM says",
        "  times in milliseconds; decimals",
        "  market.trades.v1: 3 rows, BTCUSDT at BINANCE, "
        "2024-08-08T00:00:00.005000000 to 2024-08-08T00:00:02.005000000 UTC",
    ]


def test_describe_counts_many_names(tmp_path: Path) -> None:
    path = tmp_path / "trades.csv"
    head = "exchange,symbol,timestamp,local_timestamp,id,side,price,amount"
    rows = [["binance", f"S{n}", DAY_NS // 1000, DAY_NS // 1000, n, "buy", 1, 1] for n in range(8)]
    path.write_bytes(csv_text(rows, [head]))
    *_, line = describe(import_file(SOURCES["tardis"], path))
    assert "8 rows, S0, S1, S2, S3, S4 and 3 more at BINANCE, 2024-08-08T00:00:00.000000000 to" in line


LOBSTER = "AAPL_2012-06-21_34200000_57600000_message_1.csv"
MAPPED = """topic = "market.trades.v1"
constants = { symbol = "A", venue = "XNAS" }
[columns]
venue_ts_ns = { column = "t", unit = "s" }
price = { column = "p", scale = "0.0001" }
quantity = "q"
"""


@pytest.mark.parametrize(
    ("source", "name", "line", "units"),
    [
        ("binance-csv", NAME, LINES[0], "times in milliseconds; decimals"),
        ("binance-csv", NAME, LINES[0].replace("1723075200005", "1723075200005000"), "times in microseconds; decimals"),
        ("lobster", LOBSTER, "34200.5,4,1,10,5000000,1", "times in seconds after midnight in New York, prices in"),
        ("plain", "a.csv", "t,p,q\n1723075200,1,2", "venue_ts_ns in s; price in 0.0001; quantity in 1"),
    ],
)
def test_describe_says_the_units_that_were_found(tmp_path: Path, source: str, name: str, line: str, units: str) -> None:
    (tmp_path / name).write_bytes(pack(f"{line}\n".encode(), name))
    (tmp_path / LOBSTER.replace("message", "orderbook")).write_text("5000100,1,5000000,2\n")
    (tmp_path / "m.toml").write_text(MAPPED)
    importer = importer_named(source, tmp_path / "m.toml" if source == PLAIN else None)
    assert list(describe(import_file(importer, tmp_path / name)))[1].strip().startswith(units)


def test_describe_of_a_capture_says_its_units(tmp_path: Path) -> None:
    data = {
        "e": "trade",
        "E": 1723075200005,
        "s": "A",
        "t": 1,
        "p": "1",
        "q": "1",
        "T": 1723075200005,
        "m": True,
        "M": True,
    }
    (tmp_path / "a.txt").write_text(f"1723075200005000000 {json.dumps({'stream': 'a@trade', 'data': data})}\n")
    units = list(describe(import_file(SOURCES["binance"], tmp_path / "a.txt")))[1]
    assert units == "  received in nanoseconds, venue's times in milliseconds; decimals"


def test_file_read_by_another_mapping_has_another_identity(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("t,p,q\n1723075200,1,2\n")
    names = set()
    for scale in ("0.0001", "0.01", "0.01"):
        (tmp_path / "m.toml").write_text(MAPPED.replace("0.0001", scale))
        names.add(import_file(importer_named(PLAIN, tmp_path / "m.toml"), tmp_path / "a.csv").identity)
    assert len(names) == 2


def test_describe_of_a_file_without_rows(tmp_path: Path) -> None:
    (tmp_path / "empty.csv").touch()
    assert list(describe(import_file(SOURCES["tardis"], tmp_path / "empty.csv")))[1:] == ["  no rows"]


@pytest.mark.parametrize("end", [".CHECKSUM", ".sha256"])
@pytest.mark.parametrize(
    ("text", "what"),
    [("0" * 64, "does not have the SHA-256 that"), ("", "does not begin with a SHA-256"), ("0a", "does")],
)
def test_import_file_with_a_wrong_checksum(tmp_path: Path, end: str, text: str, what: str) -> None:
    path = write(tmp_path)
    (tmp_path / f"{NAME}{end}").write_text(text)
    with pytest.raises(SourceError, match=what):
        import_file(SOURCES["binance-csv"], path)


def test_verify_checksum_without_one(tmp_path: Path) -> None:
    assert verify_checksum(write(tmp_path)) is None


@pytest.mark.parametrize("name", [NAME, "trades.csv.gz"])
@pytest.mark.parametrize("cut", [3, 40, -5])
def test_read_bytes_of_a_file_that_is_cut_off(tmp_path: Path, name: str, cut: int) -> None:
    path = write(tmp_path, name)
    path.write_bytes(path.read_bytes()[:cut])
    with pytest.raises(SourceError, match=r"cannot be read|is no") as caught:
        read_bytes(path)
    assert str(path) in str(caught.value)


def test_read_bytes_of_a_damaged_zip(tmp_path: Path) -> None:
    path = write(tmp_path)
    content = bytearray(path.read_bytes())
    content[60] ^= 0xFF
    path.write_bytes(content)
    with pytest.raises(SourceError, match="cannot be read"):
        read_bytes(path)


def test_read_bytes_of_a_zip_of_two_files(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "two.zip", "w") as archive:
        archive.writestr("a", "1")
        archive.writestr("b", "2")
    with pytest.raises(SourceError, match="holds 2 files"):
        read_bytes(tmp_path / "two.zip")


@pytest.mark.parametrize("name", ["a.gz", "a.zip", "a.zst"])
def test_read_bytes_of_a_file_that_is_not_what_its_name_says(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("plain")
    with pytest.raises(SourceError, match=f"is named {Path(name).suffix} but is no "):
        read_bytes(tmp_path / name)


def test_read_bytes_of_gzip_without_its_ending(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(gzip.compress(b"1\n") + gzip.compress(b"2\n"))
    assert read_bytes(tmp_path / "a.csv") == b"1\n2\n"


def test_read_bytes_of_nothing(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="No such file"):
        read_bytes(tmp_path / "absent.csv")


@pytest.mark.parametrize(
    ("name", "days"), [("a-2024-08-08.csv", 1), ("a_2024-02.csv", 29), ("b-2024-12.csv", 31), ("b-2023-12-31_x", 1)]
)
def test_span_of_name_has_a_minute_of_slack(name: str, days: int) -> None:
    span = span_of_name(Path(name))
    assert span.end_ns - span.start_ns == (days * 86_400 + 120) * 10**9


def test_span_of_name_without_a_date() -> None:
    assert span_of_name(Path("20240808-123.csv")).text == "the years 1990 to 2099"


@pytest.mark.parametrize(
    ("source", "mapping", "what"),
    [
        (
            "nasdaq",
            None,
            "--source nasdaq is unknown: choose from binance, binance-csv, databento, lobster, tardis, plain.",
        ),
        (PLAIN, None, "--source plain needs --mapping FILE"),
        ("tardis", Path("m.toml"), "--mapping is for --source plain"),
    ],
)
def test_importer_named_refuses(source: str, mapping: Path | None, what: str) -> None:
    with pytest.raises(SettingsError, match=what):
        importer_named(source, mapping)


def test_every_source_and_exchange_is_described() -> None:
    page = (ROOT / "docs" / "sources.md").read_text()
    assert re.findall(r"^## (.*)$", page, re.MULTILINE) == [*SOURCES, PLAIN]
    assert [name for name in EXCHANGES if f"`{name}`" not in page] == []
    readme = (ROOT / "README.md").read_text()
    assert [name for name in (*SOURCES, PLAIN) if f"| `{name}` |" not in readme] == []


def test_mapping_of_the_page_is_one(tmp_path: Path) -> None:
    (text,) = re.findall(r"```toml\n(.*?)```", (ROOT / "docs" / "sources.md").read_text(), re.DOTALL)
    (tmp_path / "mapping.toml").write_text(text)
    assert set(read_mapping(tmp_path / "mapping.toml").columns) == {
        "venue_ts_ns",
        "price",
        "quantity",
        "aggressor_side",
    }


def test_report_of_the_page_is_one() -> None:
    real = ROOT.parent / "shared" / "data" / "databento" / "XNAS.ITCH.tbbo.dbn.zst"
    lines = "\n".join(describe(import_file(SOURCES["databento"], real)))
    assert f"```text\n{lines}\n```" in (ROOT / "docs" / "sources.md").read_text()
