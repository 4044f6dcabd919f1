"""The partition ledger: what computed each day of a table anew, from what, and what it came to."""

from schemas import types as t
from schemas.registry import Column, Table
from schemas.topics import TOPICS

PARTITION_LEDGER = Table(
    "gold.partition_ledger",
    "What became of each day of a table that was computed anew, by depthlake backfill or by Dagster",
    (
        Column("run_ts", t.TIME, "When the computation began"),
        Column("run_id", t.TEXT, "The run: of Dagster, or of the command"),
        Column("table_name", t.TEXT, "Table"),
        Column("event_date", t.DATE, "The day of it that was replaced"),
        Column("outcome", t.TEXT, "WRITTEN, or FAILED: then sentence says why, and what became of the day"),
        Column("row_count", t.COUNT, "Rows of the day afterwards"),
        Column("hash", t.TEXT, "Of the rows of the day, as in gold.parity; null of a day without rows"),
        Column("row_count_before", t.COUNT, "Rows of the day that were replaced"),
        Column("hash_before", t.TEXT, "Of the rows that were replaced; equal to hash where they were right"),
        Column("versions_read", t.VERSIONS, "Delta version of each table that was read"),
        Column("version_written", t.COUNT, "Delta version of the table that has the day"),
        Column("took_ms", t.COUNT, "Milliseconds from beginning to commit, of all days that were replaced together"),
        Column("sentence", t.TEXT, "Why it failed"),
        Column("run_date", t.DATE, "UTC date of run_ts: the partition"),
    ),
    TOPICS,
    "run_date",
)

TABLES = (PARTITION_LEDGER,)
