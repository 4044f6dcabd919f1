"""Imports on their way to the tables: their messages lie below the home until every table has them.

| below `imports` | what |
|---|---|
| `stream` | names this folder's imports to the tables |
| `000001/import.json` | the files of an import, and of each topic the offset after its last message |
| `000001/market.trades.v1-0-9757.parquet` | records of a topic, from an offset up to another, until they are written |

Messages of imports have a partition of their own, which Kafka does not have, and consecutive offsets in it.
"""

import json
import shutil
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from pipelines.source.importers.report import Imported
from pipelines.wire import encode
from schemas.registry import Topic
from spark_jobs.offsets import BatchOffsets

PARTITION = -1
JOURNAL = "import.json"
ENDING = ".parquet"


@dataclass(frozen=True)
class Part:
    """Records of a topic that one batch writes: a Parquet file of one row group, which one task reads in order."""

    path: Path

    @property
    def topic(self) -> str:
        """The name of the topic."""
        return self._words[0]

    @property
    def offsets(self) -> BatchOffsets:
        """The offsets of its records."""
        return BatchOffsets({PARTITION: int(self._words[1])}, {PARTITION: int(self._words[2])})

    @property
    def _words(self) -> list[str]:
        return self.path.name.removesuffix(ENDING).rsplit("-", 2)


@dataclass(frozen=True)
class Imports:
    """The imports of an instance, in their order."""

    folder: Path

    def names(self) -> dict[str, str]:
        """The identity of every file that was imported, or waits for it, and its name."""
        return {file["identity"]: file["name"] for journal in self._journals() for file in journal["files"]}

    def waiting(self) -> list[Path]:
        """The imports that are not in every table yet, the oldest first."""
        return [folder for folder in self._folders() if any(folder.glob(f"*{ENDING}"))]

    def files_of(self, folder: Path) -> list[dict[str, str]]:
        """The files of an import: identity, name and SHA-256 of each."""
        return [dict(file) for file in json.loads((folder / JOURNAL).read_text())["files"]]

    def stream(self, topic: str) -> str:
        """The stream that the imported messages of a topic are to its tables."""
        return f"{topic}/imports-{(self.folder / 'stream').read_text()}"

    def stage(self, files: Sequence[Imported], moment: datetime, most_rows: int) -> None:
        """Keep the messages of files, all or none, in parts of at most `most_rows`; `moment` is their Kafka time."""
        new = self.folder / "new"
        shutil.rmtree(new, ignore_errors=True)
        new.mkdir(parents=True)
        ends = self._ends()
        for topic in dict.fromkeys(topic for file in files for topic, _ in file.batches):
            batches = (batch for file in files for each, batch in file.batches if each == topic)
            for rows in _cut(batches, most_rows):
                start = ends.get(topic.name, 0)
                ends[topic.name] = start + len(rows)
                path = new / f"{topic.name}-{start}-{ends[topic.name]}{ENDING}"
                pq.write_table(_records(topic, rows, start, moment), path, row_group_size=most_rows, compression="zstd")
        named = [{"identity": file.identity, "name": file.path.name, "sha256": file.sha256} for file in files]
        (new / JOURNAL).write_text(json.dumps({"moment": moment.isoformat(), "files": named, "ends": ends}, indent=1))
        self._name_stream(moment)
        new.rename(self.folder / f"{len(self._folders()) + 1:06}")

    def _name_stream(self, moment: datetime) -> None:
        """By the first import: tables know another folder's imports, should this one be lost, by another name."""
        if not (name := self.folder / "stream").exists():
            fresh = self.folder / "stream.new"
            fresh.write_text(f"{moment:%Y%m%dT%H%M%S%f}")
            fresh.rename(name)

    def _ends(self) -> dict[str, int]:
        ends: dict[str, int] = {}
        for journal in self._journals():
            ends |= journal["ends"]
        return ends

    def _journals(self) -> Iterator[dict[str, Any]]:
        return (json.loads((folder / JOURNAL).read_text()) for folder in self._folders())

    def _folders(self) -> list[Path]:
        return sorted(path.parent for path in self.folder.glob(f"[0-9]*/{JOURNAL}"))


def parts_of(folder: Path) -> dict[str, list[Part]]:
    """The parts of an import by topic, each topic in the order of its offsets."""
    parts: dict[str, list[Part]] = {}
    for path in folder.glob(f"*{ENDING}"):
        parts.setdefault(Part(path).topic, []).append(Part(path))
    return {topic: sorted(each, key=lambda part: part.offsets.end[PARTITION]) for topic, each in sorted(parts.items())}


def _cut(batches: Iterable[pa.RecordBatch], most_rows: int) -> Iterator[pa.RecordBatch]:
    whole = pa.Table.from_batches(batches)
    for start in range(0, len(whole), most_rows):
        (rows,) = whole.slice(start, most_rows).combine_chunks().to_batches()
        yield rows


def _records(topic: Topic, rows: pa.RecordBatch, start: int, moment: datetime) -> pa.Table:
    """What Spark's Kafka source would give of messages: keyed by symbol, in Protobuf."""
    columns = {
        "key": rows.column("symbol").cast(pa.binary()),
        "value": encode(topic, rows),
        "topic": pa.repeat(topic.name, len(rows)),
        "partition": pa.array(np.full(len(rows), PARTITION, np.int32)),
        "offset": pa.array(start + np.arange(len(rows))),
        "timestamp": pa.repeat(pa.scalar(moment, pa.timestamp("us", "UTC")), len(rows)),
    }
    return pa.table(columns)
