"""The audit log: what was done to the lake, by whom, with what, and what came of it; each entry sealed to the last."""

from schemas import types as t
from schemas.registry import Column, Table

AUDIT = Table(
    "gold.audit_log",
    "What was done to the lake and what came of it, in a chain of hashes; depthlake audit verify checks it",
    (
        Column("number", t.SEQUENCE, "1, 2, 3, without gap"),
        Column("entry_ts", t.TIME, "When it was over"),
        Column("actor", t.TEXT, "Who did it: user@host, or what Dagster says"),
        Column("action", t.TEXT, "What kind of deed, as REFRESH, PARITY or REPLAY_REJECTED"),
        Column("subject", t.TEXT, "To what: tables and days, or a file"),
        Column("inputs", t.TEXT, "With what, as JSON: parameters, and versions of the tables that were read"),
        Column("outcome", t.TEXT, "DONE or FAILED"),
        Column("sentence", t.TEXT, "What came of it: results, or why it failed"),
        Column("run_id", t.TEXT, "The run"),
        Column("previous_hash", t.TEXT, "hash of the entry before; 64 zeros in the first"),
        Column("hash", t.TEXT, "SHA-256 of the other columns as canonical JSON, in hexadecimal digits"),
        Column("entry_date", t.DATE, "UTC date of entry_ts: the partition"),
    ),
    (),
    "entry_date",
    is_append_only=True,
)

TABLES = (AUDIT,)
