"""Any CSV or Parquet table, by a mapping file: a row is a message."""

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from google.protobuf.descriptor import FieldDescriptor

from pipelines.source.importers.batches import Batch, Say, number_batches, silent
from pipelines.source.importers.captures import name_producer
from pipelines.source.importers.columns import exact_units
from pipelines.source.importers.files import read_bytes
from pipelines.source.importers.ladders import quote_ladders
from pipelines.source.importers.mapping import Column, TableMapping, enum_names
from pipelines.source.importers.records import Records, first_cells, parse_csv, to_texts
from schemas.errors import SourceError
from schemas.topics import DEPTH, QUOTES, TRADES
from schemas.venues import VENUES

PARQUET_MAGIC = b"PAR1"
AMOUNTS = ("quantity", "price")
SCALED = (*AMOUNTS, "_prices", "_quantities")
VENUE_CODES = pa.array([venue.code for venue in VENUES])


def read_plain(mapping: TableMapping, path: Path, *, say: Say = silent) -> Iterator[Batch]:
    """The messages of a table, in its order; seq counts from 1.

    A time that is not mapped is the other one; a trade's id and the sequence of depth, where not mapped, the number of
    the row. Raises SourceError, naming file, row and field, where the table is not what the mapping says.
    """
    content = read_bytes(path)
    is_parquet = content.startswith(PARQUET_MAGIC)
    records = _read_parquet(path, content) if is_parquet else _read_csv(path, content, mapping)
    _expect_columns(records, mapping)
    columns = _map_constants(mapping, len(records))
    columns |= {name: _map_column(records, mapping, name) for name in mapping.columns if not _is_level(name)}
    columns |= _map_levels(records, mapping)
    say(_units(mapping))
    producer_id = name_producer("plain", path, mapping.path)
    yield from number_batches(mapping.topic, producer_id, _complete(mapping, columns, len(records)))


def _units(mapping: TableMapping) -> str:
    """What the mapping says of times, prices and quantities."""
    times = {name: f"{name} in {column.unit}" for name, column in mapping.columns.items() if column.unit}
    scaled = {name: column.digits - 9 for name, column in mapping.columns.items() if name.endswith(SCALED)}
    return "; ".join([*times.values(), *(f"{name} in {Decimal(1).scaleb(n)}" for name, n in scaled.items())])


def _read_csv(path: Path, content: bytes, mapping: TableMapping) -> Records:
    cells = first_cells(path, content, mapping.delimiter)
    return parse_csv(path, content, mapping.header or cells, mapping.header is None, mapping.delimiter)


def _read_parquet(path: Path, content: bytes) -> Records:
    """Columns as text: doubles by the shortest decimal that gives them back, times in ISO 8601."""
    try:
        table = pq.read_table(pa.BufferReader(content))
        texts = {name: _to_text(table.column(name)) for name in table.column_names}
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, OSError) as error:
        what = str(error).splitlines()[0].rstrip(".")
        raise SourceError(f"{path} is no Parquet table of numbers, texts and times ({what}); write it anew.") from error
    return Records(path, texts, 1, "row")


def _to_text(column: pa.ChunkedArray) -> pa.Array:
    text = pc.fill_null(column.cast(pa.string()), "")
    return pa.concat_arrays(text.chunks) if text.num_chunks else pa.array([], pa.string())


def _expect_columns(records: Records, mapping: TableMapping) -> None:
    if mapping.rows is not None and len(records) != mapping.rows:
        what = f"has {len(records)} rows, {mapping.path.name} says {mapping.rows}"
        raise SourceError(f"{records.path} {what}; give the whole file, or correct the mapping.")
    for column in mapping.columns.values():
        for name in column.names:
            if name not in records.columns:
                known = ", ".join(records.columns)
                raise SourceError(f"{records.path} has no column {name}, its columns are {known}; correct the mapping.")


def _map_constants(mapping: TableMapping, rows: int) -> dict[str, pa.Array]:
    columns = {}
    for number, (name, text) in enumerate(mapping.constants.items(), 1):
        records = Records(mapping.path, {name: pa.array([text])}, number, "constant")
        column = _convert(records, mapping.topic.message.fields_by_name[name], Column((name,), unit="iso"))
        columns[name] = pa.repeat(column[0], rows)
    return columns


def _map_column(records: Records, mapping: TableMapping, name: str) -> pa.Array:
    return _convert(records, mapping.topic.message.fields_by_name[name], mapping.columns[name])


def _convert(records: Records, described: FieldDescriptor, column: Column) -> pa.Array:
    """A column by what its field is: enum, time, price or quantity, text, flag or whole number."""
    (source,) = column.names
    if described.enum_type is not None:
        return _to_enum(records, described, column)
    if described.name.endswith("_ts_ns"):
        return records.times(source, lambda texts: _to_ns(texts, column), f"a time in {column.unit}")
    if described.name.endswith(AMOUNTS):
        return records.units(source, column.digits)
    if described.name == "venue":
        return records.convert(source, to_venues, f"one of {', '.join(VENUE_CODES.to_pylist())}")
    if described.type == FieldDescriptor.TYPE_STRING:
        return records.texts(source) if described.name == "symbol" else records.columns[source]
    return records.integers(source)


def _to_enum(records: Records, described: FieldDescriptor, column: Column) -> pa.Array:
    """Names of the enum without their prefix, or the texts that the mapping says stand for them."""
    known = enum_names(described)
    values = column.values or {name: name for name in known}
    return records.choices(column.names[0], {text: known[meaning] for text, meaning in values.items()})


def _to_ns(texts: pa.Array, column: Column) -> pa.Array:
    if column.unit != "iso":
        return exact_units(texts, column.digits)
    if column.zone:
        return pc.assume_timezone(texts.cast(pa.timestamp("ns")), column.zone).cast(pa.int64())
    return texts.cast(pa.timestamp("ns", "UTC")).cast(pa.int64())


def to_venues(texts: pa.Array) -> pa.Array:
    """Venue codes of gold.venues. Raises ValueError on others."""
    if not pc.all(pc.is_in(to_texts(texts), value_set=VENUE_CODES)).as_py():
        raise ValueError("unknown")
    return texts


def _is_level(name: str) -> bool:
    return name.endswith(("_prices", "_quantities"))


def _map_levels(records: Records, mapping: TableMapping) -> dict[str, pa.Array]:
    """Both sides of n books. A level of quantity 0 is none in a quote, and in depth deletes the level."""
    if mapping.topic == TRADES:
        return {}
    sides = []
    for side in ("bid", "ask"):
        prices, quantities = (mapping.columns.get(f"{side}_{name}", Column(())) for name in ("prices", "quantities"))
        if len(prices.names) != len(quantities.names):
            raise SourceError(
                f"{mapping.path}: {side}_prices and {side}_quantities have not as many columns; correct it."
            )
        ladder = records.ladder(prices.names, quantities.names, (prices.digits, quantities.digits))
        sides.append(ladder.without_empty() if mapping.topic == QUOTES else ladder)
    return quote_ladders(*sides)


def _complete(mapping: TableMapping, columns: dict[str, pa.Array], rows: int) -> dict[str, pa.Array]:
    """Times that stand in for each other, and the number of the row where a trade has no id, or depth no sequence."""
    numbers = pa.array(np.arange(rows) + 1)
    columns.setdefault("receive_ts_ns", columns.get("venue_ts_ns"))
    if mapping.topic == TRADES:
        columns.setdefault("trade_id", numbers.cast(pa.string()))
    if mapping.topic == DEPTH and "venue_seq" not in columns:
        columns |= {"venue_seq": numbers, "first_venue_seq": numbers, "previous_venue_seq": pc.subtract(numbers, 1)}
    return columns
