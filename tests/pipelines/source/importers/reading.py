"""What the tests of the importers share: files from rows, rows from files, and the sentence of a refusal."""

import gzip
import io
import tempfile
import zipfile
from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st

from pipelines.source.importers import Importer
from pipelines.wire import decode, encode, wire_schema
from schemas.errors import SourceError

# 2024-08-08 UTC in nanoseconds.
DAY_NS = 1_723_075_200 * 10**9
DAY_LENGTH_NS = 86_400 * 10**9
Row = dict[str, Any]
# Files are written: their time says nothing.
law = settings(deadline=None, max_examples=40)

prices = st.integers(1, 10**17).map(lambda units: units * 10)
quantities = st.integers(1, 10**17)


def decimal(units: int) -> str:
    """Units of 1e-9 as text."""
    return f"{Decimal(units).scaleb(-9):f}"


def csv_text(rows: Iterable[Iterable[object]], header: Iterable[str] | None = None) -> bytes:
    """Lines of cells, each with its newline."""
    lines = [*([header] if header else []), *rows]
    return "".join(",".join(map(str, line)) + "\n" for line in lines).encode()


def pack(content: bytes, name: str) -> bytes:
    """The bytes of a file of that name: gzip, zip of one file, or as they are."""
    if name.endswith(".gz"):
        return gzip.compress(content, 1, mtime=0)
    if name.endswith(".zip"):
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(name.replace(".zip", ".csv"), content)
        return packed.getvalue()
    return content


def read_files(importer: Importer, files: dict[str, bytes], read: str | None = None) -> dict[str, list[Row]]:
    """Rows by topic of the first of some files, or the one named, that lie together; they pass the wire unchanged."""
    with tempfile.TemporaryDirectory() as folder:
        for name, content in files.items():
            (Path(folder) / name).write_bytes(pack(content, name))
        return rows_of(importer, Path(folder) / (read or next(iter(files))))


def rows_of(importer: Importer, path: Path) -> dict[str, list[Row]]:
    """Rows by the name of their topic, as a consumer decodes them."""
    rows: dict[str, list[Row]] = {}
    for topic, batch in importer(path):
        assert batch.schema == wire_schema(topic)
        decoded, errors = decode(topic, encode(topic, batch))
        assert not errors
        rows.setdefault(topic.name, []).extend(decoded.to_pylist())
    for found in rows.values():
        assert [row["seq"] for row in found] == list(range(1, len(found) + 1))
        assert len({row["producer_id"] for row in found}) == 1
    return rows


def refusal_of(importer: Importer, path: Path) -> str:
    """The sentence with which a file is refused."""
    with pytest.raises(SourceError) as caught:
        list(importer(path))
    sentence = str(caught.value)
    assert sentence.endswith(".")
    assert "\n" not in sentence
    return sentence


def pick(row: Row, names: Iterable[str]) -> Row:
    """Some columns of a row."""
    return {name: row[name] for name in names}
