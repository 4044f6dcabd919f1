"""Logs of Delta tables, without Spark."""

from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
from deltalake import DeltaTable

CHECKSUMS = 100  # Spark reads that of the last commit


def write_checkpoint(folder: Path) -> None:
    """Write a checkpoint of the log of the table in a folder; commits that nobody has to keep any more go."""
    table = DeltaTable(folder)
    table.create_checkpoint()
    table.cleanup_metadata()
    for checksum in (folder / "_delta_log").glob("*.crc"):
        if int(checksum.stem) < table.version() - CHECKSUMS:
            checksum.unlink()


def files_of(table: DeltaTable) -> pa.Table:
    """What the log says of each file of a table: `size_bytes`, `num_records`, `partition.<column>`, `max.<column>`."""
    return pa.table(table.get_add_actions(flatten=True))


def count_small(folder: Path, day: date, size: int) -> int:
    """How many files of a day, in the table in a folder, have less than `size` bytes."""
    table = DeltaTable(folder)
    (partition_by,) = table.metadata().partition_columns
    files = files_of(table)
    is_small = pc.less(files.column("size_bytes"), size)
    is_of_day = pc.equal(files.column(f"partition.{partition_by}"), pa.scalar(day))
    return int(pc.sum(pc.and_(is_small, is_of_day)).as_py() or 0)
