"""Importers: files of the world to batches of the wire, by the name that `--source` gives them."""

from collections.abc import Callable, Iterable
from pathlib import Path

from pipelines.source.importers.batches import Batch
from pipelines.source.importers.binance import read_captures
from pipelines.source.importers.binance_csv import read_bulk_csv
from pipelines.source.importers.databento import read_databento
from pipelines.source.importers.lobster import read_lobster
from pipelines.source.importers.tardis import read_tardis

Importer = Callable[[Path], Iterable[Batch]]
SOURCES: dict[str, Importer] = {
    "binance": read_captures,
    "binance-csv": read_bulk_csv,
    "databento": read_databento,
    "lobster": read_lobster,
    "tardis": read_tardis,
}
