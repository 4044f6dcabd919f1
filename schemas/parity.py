"""The parity ledger: what each path from bytes to gold came to."""

from schemas import types as t
from schemas.registry import Column, Table
from schemas.topics import TOPICS

PARITY = Table(
    "gold.parity",
    "Rows and hash of each table and partition of gold by each path from the same bytes; written by depthlake parity",
    (
        Column("run_ts", t.TIME, "When the run began"),
        Column("run_id", t.TEXT, "The run"),
        Column("path", t.TEXT, "LIVE micro-batches, a BACKFILL from bronze, or a REPLAY of the topics from the start"),
        Column("table_name", t.TEXT, "View or table"),
        Column("event_date", t.DATE, "Partition of it; null where no path has rows"),
        Column("row_count", t.COUNT, "Rows"),
        Column(
            "hash",
            t.TEXT,
            "MD5 of the count and of two sums of xxhash64 over the rows, in whatever order; when a row was written is "
            "left out",
        ),
        Column("is_equal", t.FLAG, "Whether count and hash are those of LIVE"),
        Column("run_date", t.DATE, "UTC date of run_ts: the partition"),
    ),
    TOPICS,
    "run_date",
)

TABLES = (PARITY,)
