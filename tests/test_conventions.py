"""One name through the whole house: a walk over topics, tables, jobs, rules and views."""

import re

import pytest
from pyspark.sql.types import (
    BooleanType,
    DataType,
    DateType,
    DecimalType,
    DoubleType,
    LongType,
    StringType,
    TimestampType,
)

from expectations.silver import RULES
from pipelines.gold.daily.tables import DAILY
from pipelines.gold.functions import FUNCTIONS
from pipelines.gold.views import VIEWS
from schemas import audit, bronze, daily, gold, measures, parity, silver, venue_reports
from schemas.registry import Column, Function, Table, Topic, View
from schemas.silver import MEASURES
from schemas.topics import TOPICS
from spark_jobs.docs import render_docs
from spark_jobs.jobs import JOBS
from spark_jobs.lakehouse import TABLES
from tests.house_rules import ROOT

BY_NAME = {table.name: table for table in TABLES}

# What silver calls a field of a message by another name.
RENAMED = {"venue_ts_ns": "event_ns", "receive_ts_ns": "receive_ns"}

# The first pattern that a name matches gives its type; a type of NAMED is found under its pattern only.
TYPE_OF_NAME: dict[str, DataType] = {
    r"(is|has)_\w+": BooleanType(),
    r"\w+_ts|window_(start|end)": TimestampType(),
    r"\w+_date": DateType(),
    r"\w+_ns": LongType(),
    r"\w+_(count|seq)|seq": LongType(),
    r"\w+_id|symbol|venue|side": StringType(),
}
NAMED = {kind: pattern for pattern, kind in TYPE_OF_NAME.items() if not isinstance(kind, LongType | StringType)}


def judge_column(column: Column) -> list[str]:
    """What is wrong with a column's name, type or comment."""
    wrong = [] if column.comment.strip() else [f"{column.name} has no comment"]
    if not re.fullmatch(r"[a-z][a-z0-9_]*", column.name):
        wrong.append(f"{column.name} is not in snake case")
    expected = next((kind for name, kind in TYPE_OF_NAME.items() if re.fullmatch(name, column.name)), None)
    if expected and column.type != expected:
        wrong.append(f"{column.name} is {column.type.simpleString()}, not {expected.simpleString()}")
    if column.type in NAMED and column.type != expected:
        wrong.append(f"{column.name} is {column.type.simpleString()}: call it {NAMED[column.type]}")
    return wrong


def judge_table(table: Table) -> list[str]:
    """What is wrong with a table's columns."""
    names = table.column_names
    wrong = [sentence for column in table.columns for sentence in judge_column(column)]
    wrong += [f"{name} stands twice" for name in sorted({name for name in names if names.count(name) > 1})]
    if table.partition_by not in names or not table.partition_by.endswith("_date"):
        wrong.append(f"partitioned by {table.partition_by}, which is no date column")
    return [f"{table.name}: {sentence}" for sentence in wrong]


def references(view: View) -> set[str]:
    """Tables and views that a view reads."""
    return set(re.findall(r"(?:FROM|JOIN)\s+((?:bronze|silver|gold)\.\w+)", view.query, re.IGNORECASE))


def missing_fields(topic: Topic, table: Table) -> list[str]:
    """Fields of the topic's message that a table has no column for."""
    wanted = (RENAMED.get(field.name, field.name) for field in topic.message.fields)
    return [name for name in wanted if name not in table.column_names]


def test_topics_are_named_once() -> None:
    assert len({topic.name for topic in TOPICS}) == len(TOPICS) == 5
    assert [topic.name for topic in TOPICS if not re.fullmatch(r"market\.[a-z_]+\.v\d+", topic.name)] == []


@pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: topic.noun)
def test_topic_has_its_tables_its_job_and_its_rules(topic: Topic) -> None:
    (job,) = [job for job in JOBS if job.topic == topic]
    noun = topic.noun
    wanted = (f"bronze.{noun}", f"silver.{noun}", f"silver.{noun}_rejected")
    assert (job.bronze.name, job.silver.name, job.rejected.name) == wanted
    assert [job.bronze, job.silver, job.rejected] == [BY_NAME[name] for name in wanted]
    assert {table.topic for table in job.tables} == {topic}
    assert RULES[f"silver.{noun}"]


def test_every_table_is_written_by_one_job_by_the_day_or_by_a_command() -> None:
    written = [table.name for job in JOBS for table in job.tables] + [each.table.name for each in DAILY]
    written += [table.name for table in (*parity.TABLES, *audit.TABLES)]
    assert sorted(written) == sorted(BY_NAME)
    assert len(BY_NAME) == len(TABLES)


def test_registries_hold_the_tables_of_their_layer() -> None:
    layers = {
        "bronze": bronze.TABLES,
        "silver": (*silver.TABLES, *silver.DERIVED_TABLES, *silver.REJECTED_TABLES),
        "gold": (
            *gold.TABLES,
            *daily.TABLES,
            *measures.TABLES,
            *venue_reports.TABLES,
            *parity.TABLES,
            *audit.TABLES,
        ),
    }
    assert {layer: {table.layer for table in tables} for layer, tables in layers.items()} == {n: {n} for n in layers}
    assert {table.name for tables in layers.values() for table in tables} == set(BY_NAME)


def test_rules_belong_to_silver_tables() -> None:
    assert set(RULES) == {table.name for table in silver.TABLES}


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_columns_keep_the_names_and_types_of_the_house(table: Table) -> None:
    assert judge_table(table) == []


@pytest.mark.parametrize(
    ("column", "expected"),
    [
        (Column("is_open", BooleanType(), "Open"), []),
        (Column("open", BooleanType(), "Open"), ["open is boolean: call it (is|has)_\\w+"]),
        (Column("has_venue", LongType(), "1"), ["has_venue is bigint, not boolean"]),
        (Column("event_ts", LongType(), "When"), ["event_ts is bigint, not timestamp"]),
        (Column("event", DateType(), "When"), ["event is date: call it \\w+_date"]),
        (
            Column("event_ns", TimestampType(), "When"),
            ["event_ns is timestamp, not bigint", "event_ns is timestamp: call it \\w+_ts|window_(start|end)"],
        ),
        (Column("price", DoubleType(), " "), ["price has no comment"]),
        (Column("Price", DoubleType(), "Price"), ["Price is not in snake case"]),
    ],
)
def test_judge_column_of_a_bad_column(column: Column, expected: list[str]) -> None:
    assert judge_column(column) == expected


def test_judge_table_of_a_bad_table() -> None:
    column = Column("a", LongType(), "A")
    table = Table("gold.x", "X", (column, column), TOPICS[:1], "event_date")
    assert judge_table(table) == [
        "gold.x: a stands twice",
        "gold.x: partitioned by event_date, which is no date column",
    ]


@pytest.mark.parametrize("table", silver.TABLES, ids=lambda table: table.name)
def test_silver_numbers_are_exact_except_measures(table: Table) -> None:
    doubles = {column for column in table.columns if isinstance(column.type, DoubleType)}
    assert doubles <= set(MEASURES)
    exact = [c for c in table.columns if c.name.endswith(("price", "quantity")) and c not in MEASURES]
    assert [column.name for column in exact if column.type != DecimalType(18, 9)] == []


@pytest.mark.parametrize("table", silver.TABLES, ids=lambda table: table.name)
def test_silver_has_a_column_for_every_field_of_the_message(table: Table) -> None:
    assert missing_fields(table.topic, table) == []


def test_missing_fields_of_another_message() -> None:
    assert missing_fields(silver.SILVER_TRADES.topic, silver.SILVER_ORDERS) == [
        *("trade_id", "aggressor_side", "buy_order_id", "sell_order_id")
    ]


def test_views_read_what_exists_before_them() -> None:
    there = {
        table.name for table in (*silver.TABLES, *gold.TABLES, *daily.TABLES, *measures.TABLES, *venue_reports.TABLES)
    }
    for view in VIEWS:
        assert references(view) <= there, view.name
        there.add(view.name)
    assert {table.name for table in gold.TABLES} <= {name for view in VIEWS for name in references(view)}


def test_references_of_a_query() -> None:
    query = "select * from gold.a join Silver.b using (x) JOIN c"
    assert references(View("gold.x", "X", (), query)) == {"gold.a", "Silver.b"}


@pytest.mark.parametrize("view", VIEWS, ids=lambda view: view.name)
def test_view_is_named_and_described(view: View) -> None:
    assert view.name.startswith("gold.")
    assert view.comment.strip()
    assert [
        name for name, comment in view.columns if not comment.strip() or not re.fullmatch(r"[a-z][a-z0-9_]*", name)
    ] == []
    assert len({name for name, _ in view.columns}) == len(view.columns)


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda function: function.name)
def test_function_is_named_and_described(function: Function) -> None:
    assert function.name.startswith("gold.")
    named = (*function.parameters, *function.columns)
    assert [sentence for column in named for sentence in judge_column(column)] == []
    arguments = set(re.findall(rf"\b{function.name.removeprefix('gold.')}\.(\w+)", function.query))
    assert arguments == {parameter.name for parameter in function.parameters}


@pytest.mark.parametrize("described", [*TABLES, *VIEWS, *FUNCTIONS], ids=lambda described: described.name)
def test_comment_is_a_phrase_without_full_stop(described: Table | View | Function) -> None:
    comments = (
        [c for _, c in described.columns] if isinstance(described, View) else [c.comment for c in described.columns]
    )
    assert [comment for comment in (described.comment, *comments) if comment.endswith(".")] == []


def test_tables_page_is_what_the_registry_says() -> None:
    assert (ROOT / "docs" / "tables.md").read_text() == render_docs(), "run make tables"
