"""Columns of a whole file to batches of the wire, numbered."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Protocol

import numpy as np
import pyarrow as pa

from pipelines.wire import batch_of
from schemas.registry import Topic

CHUNK_ROWS = 50_000
Batch = tuple[Topic, pa.RecordBatch]
Columns = Mapping[str, pa.Array]
Say = Callable[[str], object]


def silent(_: str) -> None:
    """Says nothing."""


class Importer(Protocol):
    """Reads a file; raises SourceError, naming file, line and field, where it is not what it should be."""

    def __call__(self, path: Path, *, say: Say = silent) -> Iterable[Batch]:
        """The messages of a file, each topic in its order; `say` is told the units in which they were written."""


def number_batches(topic: Topic, producer_id: str, columns: Columns, chunk_rows: int = CHUNK_ROWS) -> Iterator[Batch]:
    """Columns of n messages to batches of at most `chunk_rows` (`wire_schema` of the topic); seq counts from 1."""
    rows = len(next(iter(columns.values())))
    numbered = {**columns, "seq": pa.array(np.arange(rows) + 1), "producer_id": pa.repeat(producer_id, rows)}
    for start in range(0, rows, chunk_rows):
        yield topic, batch_of(topic, {name: column.slice(start, chunk_rows) for name, column in numbered.items()})


def constants(rows: int, **texts: str) -> dict[str, pa.Array]:
    """Columns of one text each, `rows` times."""
    return {name: pa.repeat(text, rows) for name, text in texts.items()}
