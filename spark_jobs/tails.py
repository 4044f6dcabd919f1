"""What is held of a table's last minutes: read once, and then from the files that commits add.

Delta never changes a file. A commit costs a look at its entry in the log and a read of what it added; nothing is asked
of Spark.
"""

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from urllib.parse import unquote

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from deltalake import DeltaTable

from pipelines.gold.tails import Tail

FILES_AT_ONCE = 200


class HeldTail:
    """A tail of the table that lies in a folder."""

    def __init__(self, tail: Tail, folder: Path) -> None:
        """Nothing is read."""
        self.tail, self._folder = tail, folder
        self._version = -1
        self._rows: pa.Table | None = None

    def rows(self, now: datetime) -> pa.Table:
        """What the table has by now, folded; the same object as before when nothing has changed."""
        since = now.astimezone(UTC) - timedelta(minutes=self.tail.minutes)
        held, self._rows = self._rows, None  # if this fails, all is read again
        added = None if held is None else self._added()
        if held is None or added is None:
            held, added = self.tail.fold(self._schema().empty_table()), self._files(since)
        for first in range(0, len(added), FILES_AT_ONCE):
            held = self._join(held, added[first : first + FILES_AT_ONCE], since)
        kept = held.filter(pc.greater_equal(held.column(self.tail.clock), pa.scalar(since)))
        if len(kept) < len(held):
            held = kept
        # Spark takes no lists without a chunk, and no rows of some folds are no chunks.
        self._rows = held if held.column(0).num_chunks else held.schema.empty_table()
        return self._rows

    def _join(self, held: pa.Table, added: list[str], since: datetime) -> pa.Table:
        parts = [part for path in added if (part := self._read(path, since)) is not None]
        if not parts:
            return held
        return self.tail.join(pa.concat_tables([held, self.tail.fold(pa.concat_tables(parts))]))

    def _files(self, since: datetime) -> list[str]:
        """The files of the table as it is now that may have rows since some time."""
        table = DeltaTable(self._folder)
        self._version = table.version()
        days = (self.tail.table.partition_by, ">=", since.date())
        return table.file_uris(file_pruning_predicate=[days, (self.tail.clock, ">=", since)])

    def _added(self) -> list[str] | None:
        """The files that commits since the last look added; None where one took rows away: then all is read again."""
        files: list[str] = []
        for commit in self._commits():
            for line in commit.splitlines():
                action = json.loads(line)
                if action.get("remove", {}).get("dataChange"):
                    return None
                if action.get("add", {}).get("dataChange"):
                    files.append(unquote(action["add"]["path"]))
        return files

    def _commits(self) -> Iterator[str]:
        log = self._folder / "_delta_log"
        while (commit := log / f"{self._version + 1:020}.json").exists():
            yield commit.read_text()
            self._version += 1

    def _read(self, path: str, since: datetime) -> pa.Table | None:
        """Rows of a file since some time; None of a day before."""
        partition = self.tail.table.partition_by
        day = date.fromisoformat(path.rpartition(f"{partition}=")[2].partition("/")[0])
        if day < since.date():
            return None
        schema = self._schema()
        stored = [name for name in self.tail.reads if name != partition]
        rows = pq.ParquetFile(self._folder / path).read(stored)
        rows = rows.append_column(partition, pa.repeat(pa.scalar(day), len(rows))).select(schema.names).cast(schema)
        return rows.filter(pc.greater_equal(rows.column(self.tail.clock), pa.scalar(since)))

    def _schema(self) -> pa.Schema:
        return pa.schema([self.tail.table.arrow_schema.field(name) for name in self.tail.reads])
