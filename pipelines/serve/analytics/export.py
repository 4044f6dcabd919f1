"""Rows as a file for other tools: Parquet or CSV, whole or not at all."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv as pc
import pyarrow.parquet as pq

from schemas.errors import SourceError

WRITERS: dict[str, Callable[[Path, pa.Schema], Any]] = {
    "parquet": lambda path, schema: pq.ParquetWriter(path, schema, compression="zstd"),
    "csv": pc.CSVWriter,
}


def export(rows: pa.RecordBatchReader, path: Path, form: str | None = None) -> int:
    """Write a reader's batches to a new file, one at a time; the number of rows.

    `form` is parquet or csv; None, what the file's name ends in. It appears when it is whole. Raises SourceError for
    another form, a file that is there, a folder that is not, and in CSV for columns of lists or the like.
    """
    form = form or _form_of(path)
    _check(rows.schema, path, form)
    part = path.with_name(f".{path.name}.part")
    count = 0
    try:
        with WRITERS[form](part, rows.schema) as writer:
            for batch in rows:
                writer.write_batch(batch)
                count += batch.num_rows
        os.link(part, path)
    except FileExistsError as error:
        raise SourceError(_say_taken(path)) from error
    finally:
        part.unlink(missing_ok=True)
    return count


def check_target(path: Path, form: str | None = None) -> None:
    """Raise SourceError where no rows at all could be written: of the form, the file or its folder."""
    form = form or _form_of(path)
    if form not in WRITERS:
        raise SourceError(f"{path}: rows cannot be written as {form or 'nothing'}, but as {' or '.join(WRITERS)}.")
    if path.exists():
        raise SourceError(_say_taken(path))
    if not path.parent.is_dir():
        raise SourceError(f"{path}: there is no folder {path.parent}: create it first.")


def _form_of(path: Path) -> str:
    return path.suffix.removeprefix(".").lower()


def _check(schema: pa.Schema, path: Path, form: str) -> None:
    check_target(path, form)
    nested = [field.name for field in schema if pa.types.is_nested(field.type)]
    if form == "csv" and nested:
        raise SourceError(f"{path}: CSV has no place for {', '.join(nested)}: leave them out, or write parquet.")


def _say_taken(path: Path) -> str:
    return f"{path} is there already: name another file, or remove it."
