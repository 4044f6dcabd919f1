"""What is held of tables in memory: read once, and then from the files that commits add.

Delta never changes a file. A commit costs a look at its entry in the log and a read of what it added; nothing is asked
of Spark.
"""

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from math import isinf
from pathlib import Path
from typing import Protocol
from urllib.parse import unquote

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from deltalake import DeltaTable

from pipelines.gold.held import Counts, Tail
from spark_jobs.io import Lake
from spark_jobs.logs import files_of

FILES_AT_ONCE = 200
EVER = datetime.min.replace(tzinfo=UTC)


class Held(Protocol):
    """Rows that follow tables."""

    def rows(self, now: datetime) -> pa.Table:
        """What there is by now; the same object as before when nothing has changed."""


def held_of(tail: Tail | Counts, lake: Lake) -> Held:
    """Nothing is read yet."""
    if isinstance(tail, Counts):
        return HeldCounts({table.name: Path(lake.path(table)) for table in tail.tables})
    return HeldTail(tail, Path(lake.path(tail.table)))


class HeldCounts:
    """How many rows tables have by their logs, of the tables of some names that lie in folders."""

    def __init__(self, folders: Mapping[str, Path]) -> None:
        """Nothing is read."""
        self._folders = folders
        self._tables: dict[str, DeltaTable] = {}
        self._rows: pa.Table | None = None

    def rows(self, now: datetime) -> pa.Table:
        """`table_name` and `row_count` of each table; the same object as before when nothing has changed."""
        counts = [self._count(name) for name in self._folders]
        rows = pa.table({"table_name": list(self._folders), "row_count": pa.array(counts, pa.int64())})
        if rows != self._rows:
            self._rows = rows
        return self._rows

    def _count(self, name: str) -> int:
        if table := self._tables.get(name):
            table.update_incremental()
        else:
            table = self._tables[name] = DeltaTable(self._folders[name])
        return pc.sum(files_of(table).column("num_records")).as_py() or 0


class HeldTail:
    """A tail of the table that lies in a folder."""

    def __init__(self, tail: Tail, folder: Path) -> None:
        """Nothing is read."""
        self.tail, self._folder = tail, folder
        self._version = -1
        self._since = EVER
        self._rows: pa.Table | None = None

    def rows(self, now: datetime) -> pa.Table:
        """What the table has by now, folded; the same object as before when nothing has changed."""
        held, self._rows = self._rows, None  # if this fails, all is read again
        added = None if held is None else self._added()
        if held is None or added is None:
            held, added = self.tail.fold(self._schema().empty_table()), self._files(now)
        for first in range(0, len(added), FILES_AT_ONCE):
            held = self._join(held, added[first : first + FILES_AT_ONCE])
        self._since = self._start(now, pc.max(held.column(self.tail.clock)).as_py())
        kept = held.filter(self._is_kept(held))
        if len(kept) < len(held):
            held = kept
        # Spark takes no lists without a chunk, and no rows of some folds are no chunks.
        self._rows = held if held.column(0).num_chunks else held.schema.empty_table()
        return self._rows

    def _start(self, now: datetime, last: datetime | None) -> datetime:
        if isinf(self.tail.minutes):
            return EVER
        return min(now, last or now) - timedelta(minutes=self.tail.minutes)

    def _is_kept(self, rows: pa.Table) -> pa.ChunkedArray:
        return pc.greater_equal(rows.column(self.tail.clock), pa.scalar(self._since))

    def _join(self, held: pa.Table, added: list[str]) -> pa.Table:
        parts = [part for path in added if (part := self._read(path)) is not None]
        if not parts:
            return held
        return self.tail.join(pa.concat_tables([held, self.tail.fold(pa.concat_tables(parts))]))

    def _files(self, now: datetime) -> list[str]:
        """The files of the table as it is now that may have rows of its last minutes."""
        table = DeltaTable(self._folder)
        self._version = table.version()
        self._since = self._start(now, self._last(table))
        days = (self.tail.table.partition_by, ">=", self._since.date())
        return table.file_uris(file_pruning_predicate=[days, (self.tail.clock, ">=", self._since)])

    def _last(self, table: DeltaTable) -> datetime | None:
        """The time of its last row; None where its log does not know."""
        files, name = files_of(table), f"max.{self.tail.clock}"
        return pc.max(files.column(name)).as_py() if name in files.column_names else None

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

    def _read(self, path: str) -> pa.Table | None:
        """Rows of a file that are kept; None of a day before."""
        partition = self.tail.table.partition_by
        day = date.fromisoformat(path.rpartition(f"{partition}=")[2].partition("/")[0])
        if day < self._since.date():
            return None
        schema = self._schema()
        stored = [name for name in self.tail.reads if name != partition]
        rows = pq.ParquetFile(self._folder / path).read(stored)
        rows = rows.append_column(partition, pa.repeat(pa.scalar(day), len(rows))).select(schema.names).cast(schema)
        return rows.filter(self._is_kept(rows))

    def _schema(self) -> pa.Schema:
        return pa.schema([self.tail.table.arrow_schema.field(name) for name in self.tail.reads])
