"""Importers: files of the world to batches of the wire, by the name that `--source` gives them."""

from functools import partial
from pathlib import Path

from pipelines.source.importers.batches import Importer
from pipelines.source.importers.binance import read_captures
from pipelines.source.importers.binance_csv import read_bulk_csv
from pipelines.source.importers.databento import read_databento
from pipelines.source.importers.lobster import read_lobster
from pipelines.source.importers.mapping import read_mapping
from pipelines.source.importers.plain import read_plain
from pipelines.source.importers.tardis import read_tardis
from schemas.errors import SettingsError

SOURCES: dict[str, Importer] = {
    "binance": read_captures,
    "binance-csv": read_bulk_csv,
    "databento": read_databento,
    "lobster": read_lobster,
    "tardis": read_tardis,
}
PLAIN = "plain"


def importer_named(source: str, mapping: Path | None = None) -> Importer:
    """The importer of a source; `plain` reads by the mapping file. Raises SettingsError on what cannot be."""
    if source == PLAIN and mapping:
        return partial(read_plain, read_mapping(mapping))
    if source == PLAIN:
        raise SettingsError("--source plain needs --mapping FILE: docs/sources.md says what stands in it.")
    if source not in SOURCES:
        raise SettingsError(f"--source {source} is unknown: choose from {', '.join((*SOURCES, PLAIN))}.")
    if mapping:
        raise SettingsError(f"--mapping is for --source plain: leave it out of --source {source}.")
    return SOURCES[source]
