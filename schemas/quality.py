"""What suites of expectations said of tables."""

from schemas import types as t
from schemas.registry import Column, Table
from schemas.topics import TOPICS

DATA_QUALITY = Table(
    "gold.data_quality",
    "What each expectation said of a table, or of a day of it, whenever it was asked; written by depthlake quality",
    (
        Column("check_ts", t.TIME, "When the run began"),
        Column("run_id", t.TEXT, "The run"),
        Column("table_name", t.TEXT, "View or table"),
        Column("event_date", t.DATE, "The day that was looked at, of its partition; null: several days, or all of it"),
        Column("expectation", t.TEXT, "What must hold, in a sentence"),
        Column("kind", t.TEXT, "Its type in Great Expectations"),
        Column("column_name", t.TEXT, "The column, the first where there are several; null where it is of the table"),
        Column("severity", t.TEXT, "critical, warning or info"),
        Column("is_success", t.FLAG, "Whether it holds"),
        Column("is_blocking", t.FLAG, "Whether the table must not go on: a critical one that does not hold"),
        Column("observed_value", t.TEXT, "What was seen instead, some values of it; null where it holds"),
        Column(
            "unexpected_count", t.COUNT, "Rows that break it, or keys that stand twice; null where none is to blame"
        ),
        Column("sample", t.SENTENCES, "Some rows that break it, ten at most, as JSON: keys and the columns at stake"),
        Column("check_date", t.DATE, "UTC date of check_ts: the partition"),
    ),
    TOPICS,
    "check_date",
)

TABLES = (DATA_QUALITY,)
