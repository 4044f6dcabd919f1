"""Recorded files: read whole, published through Kafka; and those that lie in the folder `recordings` of an instance.

There the first folder names the source, as `--source` does: `binance/spot/btcusdt.gz`. A mapping for `plain` lies
beside its file, and is called `<file>.toml`.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from threading import Event

import pyarrow.compute as pc

from pipelines.source.importers import PLAIN, SOURCES, importer_named
from pipelines.source.importers.batches import Batch
from pipelines.source.importers.files import CHECKSUMS
from pipelines.source.importers.report import Imported, import_file
from pipelines.source.publish import Publisher, ensure_topics
from pipelines.source.replay import Pace, replay
from schemas.errors import SourceError
from schemas.topics import TOPICS
from spark_jobs.settings import Settings

MAPPING = ".toml"
LOBSTER_BOOKS = "_orderbook_"
NS_PER_DAY = 24 * 3600 * 10**9
EPOCH = date(1970, 1, 1)

Advance = Callable[[int, float | None], object]
Ends = dict[str, dict[int, int]]


@dataclass(frozen=True)
class Recording:
    """A file in the folder: its path from there, its state, and the seconds since 1970 of its last change.

    The state is another when the file changes, or what lies beside it and is read with it.
    """

    name: str
    state: str
    changed_s: float


def read_recording(source: str, files: Sequence[Path], mapping: Path | None = None) -> list[Imported]:
    """All of some files. Raises SettingsError on an unknown source or mapping, SourceError on a line that is wrong."""
    importer = importer_named(source, mapping)
    return [import_file(importer, file) for file in files]


def publish_recording(settings: Settings, batches: list[Batch], speed: float | None, advance: Advance) -> Ends:
    """Publish batches and return, of each topic they went to, the offsets after its last messages."""
    ensure_topics(settings.bootstrap, TOPICS, settings.partitions)
    pace = Pace(speed, time.monotonic_ns, Event().wait)
    with Publisher(settings.bootstrap) as publisher:
        counts = replay(batches, publisher.publish, pace, advance)
        publisher.flush()
        return {topic.name: publisher.end_offsets(topic) for topic in counts}


def find_recordings(folder: Path) -> Iterator[Recording]:
    """The recordings below a folder, by name; what is hidden, or only read with another, is none."""
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder)
        if path.is_file() and not any(part.startswith(".") for part in name.parts) and not _is_beside(name):
            states = [each.stat() for each in (path, *_beside(path)) if each.is_file()]
            state = " ".join(f"{each.st_size}:{each.st_mtime_ns}" for each in states)
            yield Recording(name.as_posix(), state, max(max(each.st_mtime, each.st_ctime) for each in states))


def read_named(folder: Path, name: str) -> Imported:
    """A recording of a folder, by its path from there.

    Raises SourceError on a file without a source or mapping, or with a line that is wrong; SettingsError on a mapping.
    """
    source, _, rest = name.partition("/")
    path = folder / name
    if source not in (*SOURCES, PLAIN) or not rest:
        known = ", ".join((*SOURCES, PLAIN))
        raise SourceError(f"{path} has no source: move it to a folder of {folder} that is called {known}.")
    mapping = path.with_name(path.name + MAPPING) if source == PLAIN else None
    if mapping and not mapping.is_file():
        raise SourceError(f"{path} has no mapping: put {mapping.name} beside it; docs/sources.md says what is in it.")
    if not path.is_file():
        raise SourceError(f"{path} is missing: put it back, or delete its partition.")
    (imported,) = read_recording(source, [path], mapping)
    return imported


def days_of(batches: Sequence[Batch]) -> list[date]:
    """The UTC days of the events of some batches, in order: by the venue's clock, else by the receiver's."""
    days = set[int]()
    for _, rows in batches:
        venue, received = rows.column("venue_ts_ns"), rows.column("receive_ts_ns")
        times = pc.if_else(pc.equal(venue, 0), received, venue)
        days |= set(pc.unique(pc.divide(times, NS_PER_DAY)).to_pylist())
    return [EPOCH + timedelta(days=day) for day in sorted(days)]


def _beside(path: Path) -> Iterator[Path]:
    """What may be read with a file."""
    for end in (*CHECKSUMS, MAPPING):
        yield path.with_name(path.name + end)
    yield path.with_name(path.name.replace("_message_", LOBSTER_BOOKS))


def _is_beside(name: Path) -> bool:
    """Whether a path from the folder is of a file that is only read with another."""
    is_books = name.parts[0] == "lobster" and LOBSTER_BOOKS in name.name
    return is_books or name.name.endswith((*CHECKSUMS, MAPPING))
