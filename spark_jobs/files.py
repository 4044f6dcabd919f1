"""Parquet files of a Delta table, written by a Python worker and described as the actions that add them."""

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any
from uuid import uuid4

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from pyarrow.fs import FileSystem

from schemas.registry import Table

# Statistics are kept where queries prune by them: each column costs every row a comparison.
PRUNED_BY = {"producer_id", "symbol", "venue", "event_ts", "window_start", "kafka_partition", "kafka_offset", "number"}
# A few values that come again and again; other columns are not worth a dictionary.
REPEATING = {"producer_id", "symbol", "venue", "kafka_topic", "kafka_partition", "ingest_ts", "side", "type", "action"}
COMPRESSION = "zstd"


class TableFiles:
    """The files that one task adds to a table: one a partition value, a row group for each batch of rows."""

    def __init__(self, table: Table, path: str) -> None:
        self._table = table
        self._system, self._path = FileSystem.from_uri(path)
        self._files: dict[str, _File] = {}

    def write(self, rows: pa.RecordBatch | pa.Table) -> None:
        """Take rows, whose columns are those of the table."""
        for value, part in _partitions(pa.table(rows), self._table.partition_by):
            if value not in self._files:
                self._files[value] = _File(self._system, self._path, self._table, value)
            self._files[value].write(part)

    def close(self, moment: datetime) -> list[str]:
        """Finish the files; gives Delta's `add` actions as JSON, stamped with `moment`."""
        return [file.close(moment) for file in self._files.values()]


class _File:
    def __init__(self, system: FileSystem, path: str, table: Table, value: str) -> None:
        self._system, self._table_path, self._value = system, path, value
        self._partition_by = table.partition_by
        self._name = f"{table.partition_by}={value}/part-{uuid4()}.{COMPRESSION}.parquet"
        self._schema = table.arrow_schema.remove(table.arrow_schema.get_field_index(table.partition_by))
        self._footer: list[pq.FileMetaData] = []
        system.create_dir(f"{path}/{table.partition_by}={value}", recursive=True)
        self._writer = pq.ParquetWriter(
            f"{path}/{self._name}",
            self._schema,
            filesystem=system,
            compression=COMPRESSION,
            compression_level=1,
            use_dictionary=[name for name in self._schema.names if name in REPEATING],
            write_statistics=[name for name in self._schema.names if name in PRUNED_BY],
            store_decimal_as_integer=True,
            metadata_collector=self._footer,
        )

    def write(self, rows: pa.Table) -> None:
        self._writer.write_table(rows.select(self._schema.names).cast(self._schema))

    def close(self, moment: datetime) -> str:
        self._writer.close()
        action = {
            "path": self._name,
            "partitionValues": {self._partition_by: self._value},
            "size": self._system.get_file_info(f"{self._table_path}/{self._name}").size,
            "modificationTime": int(moment.timestamp() * 1000),
            "dataChange": True,
            "stats": json.dumps(_statistics(self._footer[0])),
        }
        return json.dumps({"add": action})


def _partitions(rows: pa.Table, column: str) -> Iterator[tuple[str, pa.Table]]:
    values = rows.column(column).unique()
    for value in values:
        part = rows if len(values) == 1 else rows.filter(pc.equal(rows.column(column), value))
        yield str(value.as_py()), part


def _statistics(footer: pq.FileMetaData) -> dict[str, Any]:
    """Delta's statistics of a file, from those of its row groups."""
    found: dict[str, list[pq.Statistics]] = {}
    for group in map(footer.row_group, range(footer.num_row_groups)):
        for column in map(group.column, range(group.num_columns)):
            if column.statistics is not None:
                found.setdefault(column.path_in_schema, []).append(column.statistics)
    bounded = {name: [each for each in groups if each.has_min_max] for name, groups in found.items()}
    return {
        "numRecords": footer.num_rows,
        "minValues": {name: _json(min(s.min for s in groups)) for name, groups in bounded.items() if groups},
        "maxValues": {name: _json(max(s.max for s in groups)) for name, groups in bounded.items() if groups},
        "nullCount": {name: sum(each.null_count for each in groups) for name, groups in found.items()},
    }


def _json(value: object) -> object:
    return f"{value:%Y-%m-%dT%H:%M:%S.%fZ}" if isinstance(value, datetime) else value
