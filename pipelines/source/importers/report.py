"""What was read from a file, before it is published: checksum, rows, symbols, venues, times."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipelines.source.importers.batches import Batch, Importer
from pipelines.source.importers.files import digest_file, verify_checksum
from schemas.registry import Topic

MOST_NAMES = 5


@dataclass(frozen=True)
class Imported:
    """A file as batches of the wire, its SHA-256, the file beside it that names the same one, and its units."""

    path: Path
    batches: list[Batch]
    sha256: str
    checksum: Path | None
    units: str

    @property
    def identity(self) -> str | None:
        """What the importer and the bytes that it read say alone, `<source>-<12 hex digits>`; None without rows."""
        if not self.batches:
            return None
        source, _, name = self.batches[0][1].column("producer_id")[0].as_py().partition("/")
        return f"{source}-{name.rpartition('-')[2]}"


def import_file(importer: Importer, path: Path) -> Imported:
    """All of a file. Raises SourceError where it has not its checksum, or is not what it should be."""
    checksum = verify_checksum(path)
    units: list[str] = []
    batches = list(importer(path, say=units.append))
    return Imported(path, batches, digest_file(path), checksum, "; ".join(units))


def describe(imported: Imported) -> Iterator[str]:
    """Lines for a person: the file and its SHA-256, its units, then each topic with its rows, instruments and times."""
    verified = f", as {imported.checksum.name} says" if imported.checksum else ""
    yield f"{imported.path.name}: SHA-256 {imported.sha256}{verified}"
    topics = dict.fromkeys(topic for topic, _ in imported.batches)
    if imported.units:
        yield f"  {imported.units}"
    if not topics:
        yield "  no rows"
    for topic in topics:
        yield f"  {_describe_topic(topic, [batch for each, batch in imported.batches if each == topic])}"


def _describe_topic(topic: Topic, batches: list[pa.RecordBatch]) -> str:
    rows = pa.Table.from_batches(batches)
    times = pc.if_else(pc.equal(rows["venue_ts_ns"], 0), rows["receive_ts_ns"], rows["venue_ts_ns"])
    first, last = (np.datetime64(int(find(times).as_py()), "ns") for find in (pc.min, pc.max))
    who = f"{_names(rows['symbol'])} at {_names(rows['venue'])}"
    return f"{topic.name}: {len(rows):,} rows, {who}, {first} to {last} UTC"


def _names(column: pa.ChunkedArray) -> str:
    names = sorted(pc.unique(column).to_pylist())
    more = f" and {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES else ""
    return ", ".join(names[:MOST_NAMES]) + more
