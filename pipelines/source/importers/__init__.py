"""Importers: files of the world to batches of the wire, by the name that `--source` gives them."""

from collections.abc import Callable, Iterable
from pathlib import Path

import pyarrow as pa

from pipelines.source.importers.binance import read_captures
from schemas.registry import Topic

SOURCES: dict[str, Callable[[Path], Iterable[tuple[Topic, pa.RecordBatch]]]] = {"binance": read_captures}
