"""From a file of messages to a file of reports."""

import gc
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import IO

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pipelines.exchange.canonical import CanonicalText, parse_workload
from pipelines.exchange.codes import MessageKind, ReportKind
from pipelines.exchange.engine import Engine
from pipelines.exchange.schema import REPORTS
from schemas.errors import SourceError

PIECE = 1 << 14  # messages that are in memory at a time; few enough for the caches
RANGES = {
    "sequence": (0, 2**63 - 1),
    "type": (0, 2),
    "side": (0, 1),
    "order_id": (0, 2**63 - 1),
    "price_ticks": (1, 2**62 - 1),  # this and the quantity mean nothing in a cancel
    "quantity": (1, 2**62 - 1),
}
COLUMNS = ("sequence", "type", "side", "ioc", "order_id", "price_ticks", "quantity")

Advance = Callable[[int, float | None], object]


@dataclass
class Matched:
    """What a run did; `sha256` is that of the canonical stream."""

    messages: int = 0
    reports: int = 0
    trades: int = 0
    refused: int = 0
    engine_s: float = 0.0
    compile_s: float = 0.0
    sha256: str = ""

    @property
    def rate(self) -> float:
        """Messages a second from Arrow to Arrow, without compiling."""
        return self.messages / self.engine_s if self.engine_s else 0.0


def match_file(messages: Path, reports: Path, format: str, advance: Advance) -> Matched:
    """Match a Parquet file's messages and write their reports, as text of the canonical stream or as Parquet.

    Raises SourceError, naming file, column and row, when the messages are not what they should be; then no reports are
    written. `advance` is told the messages so far and how many there are.
    """
    source = open_messages(messages)
    done, digest = Matched(compile_s=warm_up()), sha256()
    with _sink(reports, format) as write:
        for told, lines in _match(read_messages(messages, source), done):
            write(told, lines)
            digest.update(lines)
            advance(done.messages, source.metadata.num_rows)
    done.sha256 = digest.hexdigest()
    return done


def _match(pieces: Iterator[pa.RecordBatch], done: Matched) -> Iterator[tuple[pa.RecordBatch, bytes]]:
    """Reports and their lines, piece by piece, counted in `done`."""
    engine, text = Engine(), CanonicalText()
    for rows in pieces:
        batch = parse_workload(rows)
        began = time.perf_counter()
        told = engine.apply(batch)
        done.engine_s += time.perf_counter() - began
        kinds = np.bincount(told.column("kind").to_numpy(), minlength=len(ReportKind))
        done.messages += len(batch)
        done.reports += len(told)
        done.trades += int(kinds[ReportKind.TRADE])
        done.refused += int(kinds[ReportKind.REFUSED])
        yield told, text.write(told)


def warm_up() -> float:
    """Compile or load the kernels and work on some messages with them; returns the seconds that took."""
    began = time.perf_counter()
    engine, practice = Engine(), parse_workload(_practice(4 * PIECE))
    for start in range(0, len(practice), PIECE):
        CanonicalText().write(engine.apply(practice.slice(start, PIECE)))
    gc.freeze()  # a compiler leaves much that the collector need not look through again
    return time.perf_counter() - began


def _practice(count: int) -> pa.RecordBatch:
    """Messages that mean nothing: orders around one price, some of which trade, each cancelled after 64 others."""
    row = np.arange(count)
    born = row // 2 - 32 * (row % 2)
    columns = {
        "sequence": row,
        "type": row % 2,
        "side": born % 2,
        "ioc": born % 7 == 0,
        "order_id": np.maximum(born, 0),
        "price_ticks": 1_000 + np.where(born % 2, 1, -1) * (born * 7 % 13 - 1),
        "quantity": 1 + born * 5 % 11,
    }
    return pa.RecordBatch.from_pydict({name: pa.array(column) for name, column in columns.items()})


@contextmanager
def _sink(path: Path, format: str) -> Iterator[Callable[[pa.RecordBatch, bytes], object]]:
    """What takes reports and their lines; the file gets its name when all is written."""
    partial = path.with_name(path.name + ".partial")
    try:
        with partial.open("wb") as file, _writer(file, format) as write:
            yield write
        partial.replace(path)
    except OSError as error:
        raise SourceError(f"{path} cannot be written ({error.strerror}): choose another --reports.") from error
    finally:
        partial.unlink(missing_ok=True)


@contextmanager
def _writer(file: IO[bytes], format: str) -> Iterator[Callable[[pa.RecordBatch, bytes], object]]:
    if format == "canonical":
        yield lambda _, lines: file.write(lines)
        return
    with pq.ParquetWriter(file, REPORTS) as writer:
        yield lambda told, _: writer.write_batch(told)


def open_messages(path: Path) -> pq.ParquetFile:
    """A Parquet file with the columns of messages. Raises SourceError when it is none."""
    if not path.is_file():
        raise SourceError(f"{path} is no file: give a Parquet file of messages.")
    try:
        source = pq.ParquetFile(path)
    except (pa.ArrowInvalid, OSError) as error:
        raise SourceError(f"{path} is no Parquet file: {error}".splitlines()[0].rstrip(".") + ".") from error
    types = dict(zip(source.schema_arrow.names, source.schema_arrow.types, strict=True))
    for name in COLUMNS:
        if name not in types:
            raise SourceError(f"{path}, column {name} is missing: the columns of messages are {', '.join(COLUMNS)}.")
        wanted = "boolean" if name == "ioc" else "integer"
        if not (pa.types.is_boolean(types[name]) if name == "ioc" else pa.types.is_integer(types[name])):
            raise SourceError(f"{path}, column {name} is {types[name]}: make it {wanted}.")
    return source


def read_messages(path: Path, source: pq.ParquetFile) -> Iterator[pa.RecordBatch]:
    """The messages in pieces. Raises SourceError, naming column and row (from 0), on a null or a value out of range."""
    first = 0
    for rows in _pieces(path, source):
        for name in COLUMNS:
            _check_piece(f"{path}, column {name}", name, rows, first)
        yield rows.select(list(COLUMNS))
        first += len(rows)


def _pieces(path: Path, source: pq.ParquetFile) -> Iterator[pa.RecordBatch]:
    try:
        yield from source.iter_batches(PIECE, columns=list(COLUMNS))
    except (pa.ArrowInvalid, OSError) as error:
        raise SourceError(f"{path} is damaged ({str(error).splitlines()[0]}): write it anew.") from error


def _check_piece(place: str, name: str, rows: pa.RecordBatch, first: int) -> None:
    column = rows.column(name)
    if column.null_count:
        row = pc.index(column.is_null(), True).as_py()
        raise SourceError(f"{place}, row {first + row} is null: give every message all columns.")
    if name == "ioc":
        return
    lowest, highest = RANGES[name]
    values = column.to_numpy()
    wrong = (values < lowest) | (values > highest)
    if lowest:
        wrong &= rows.column("type").to_numpy() != MessageKind.CANCEL
    if wrong.any():
        row = int(np.flatnonzero(wrong)[0])
        raise SourceError(f"{place}, row {first + row} is {values[row]}: give a number from {lowest} to {highest}.")
