"""Suites of what commands and Dagster write of their own work."""

from expectations.checks import at_least, never, of_day, one_of, present, suite_of, warn
from schemas.audit import AUDIT
from schemas.ledger import PARTITION_LEDGER
from schemas.parity import PARITY

PATHS = suite_of(
    PARITY,
    ("run_id", "path", "table_name", "event_date"),
    *present("run_ts", "run_id", "path", "table_name", "run_date"),
    one_of("path", ["LIVE", "BACKFILL", "REPLAY"]),
    of_day("run_date", "run_ts"),
    at_least("row_count", 0),
    *warn(never("NOT is_equal", "each path has the rows of LIVE", "is_equal")),
)

DAYS = suite_of(
    PARTITION_LEDGER,
    ("run_id", "run_ts", "table_name", "event_date"),
    *present("run_ts", "run_id", "table_name", "event_date", "took_ms", "run_date"),
    one_of("outcome", ["WRITTEN", "FAILED"]),
    of_day("run_date", "run_ts"),
    at_least("row_count", 0),
    never("outcome = 'FAILED' AND sentence IS NULL", "what failed says why", "outcome", "sentence"),
)

LOG = suite_of(
    AUDIT,
    ("number",),
    *present("number", "entry_ts", "actor", "action", "subject", "run_id", "previous_hash", "hash", "entry_date"),
    one_of("outcome", ["DONE", "FAILED"]),
    of_day("entry_date", "entry_ts"),
    at_least("number", 1),
)

SUITES = (PATHS, DAYS, LOG)
