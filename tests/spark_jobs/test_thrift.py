"""The Thrift door reads tables and views: what does anything else is refused with a sentence, before it runs."""

import time
from collections.abc import Iterator
from typing import Any

import pytest
from pyspark.errors import UnsupportedOperationException
from pyspark.sql import SparkSession

from spark_jobs.thrift import compile_check, read_only_session

pytestmark = pytest.mark.spark

READS = [
    "SELECT * FROM door.numbers_seen",
    "SELECT max(day) FROM door.days",
    "WITH n AS (SELECT * FROM door.numbers) SELECT (SELECT max(number) FROM door.numbers) FROM n",
    "SELECT * FROM door.numbers VERSION AS OF 0",
    "SHOW SCHEMAS",
    "SHOW TABLES IN door",
    "SHOW VIEWS IN door",
    "SHOW COLUMNS IN door.numbers",
    "DESCRIBE door.numbers",
    "DESCRIBE HISTORY door.numbers",
    "USE door",
    "EXPLAIN SELECT 1",
]
WRITES = [
    "INSERT INTO door.numbers VALUES (2)",
    "FROM door.numbers INSERT INTO door.numbers SELECT number INSERT INTO door.numbers SELECT number",
    "UPDATE door.numbers SET number = 2",
    "DELETE FROM door.numbers",
    "MERGE INTO door.numbers n USING door.numbers o ON n.number = o.number WHEN MATCHED THEN DELETE",
    "TRUNCATE TABLE door.numbers",
    "DROP TABLE door.numbers",
    "CREATE TABLE door.more AS SELECT 1 AS number",
    "CREATE TEMPORARY VIEW more AS SELECT 1 AS number",
    "OPTIMIZE door.numbers",
    "VACUUM door.numbers",
    "RESTORE TABLE door.numbers TO VERSION AS OF 0",
    "CACHE TABLE door.numbers",
    "SET spark.sql.shuffle.partitions = 3",
    "EXECUTE IMMEDIATE 'DROP TABLE door.numbers'",
]
BEYOND = [
    ("SELECT * FROM delta.`{path}`", "names files instead of a table"),
    ("DESCRIBE TABLE delta.`{path}`", "names files instead of a table"),
    ("DESCRIBE HISTORY delta.`{path}`", "names files instead of a table"),
    ("DESCRIBE HISTORY '{path}'", "names files instead of a table"),
    ("SELECT * FROM text.`/etc/hostname`", "names files instead of a table"),
    ("SELECT (SELECT max(value) FROM text.`/etc/hostname`)", "names files instead of a table"),
    ("SELECT reflect('java.lang.System', 'getProperty', 'user.home')", "would call a method of the server"),
    ("SELECT TRANSFORM(number) USING 'cat' FROM door.numbers", "would run a program"),
]


@pytest.fixture(scope="module")
def door(spark: SparkSession) -> Iterator[Any]:
    """A session as the door gives to a client, beside a table of two versions."""
    spark.sql("CREATE SCHEMA door")
    spark.sql("CREATE TABLE door.numbers USING delta AS SELECT 1 AS number")
    spark.sql("INSERT INTO door.numbers VALUES (1)")
    spark.sql("CREATE TABLE door.days USING delta AS SELECT DATE'2024-08-08' AS day")
    spark.sql("CREATE VIEW door.numbers_seen AS SELECT * FROM door.numbers")
    client = read_only_session(spark, compile_check(spark)).newSession()
    client.conf().set("spark.sql.datetime.java8API.enabled", "true")  # as the Thrift server does
    yield client
    spark.sql("DROP SCHEMA door CASCADE")


def refusal(door: Any, statement: str) -> str:
    """The sentence with which a statement is refused."""
    with pytest.raises(UnsupportedOperationException) as refused:
        door.sql(statement).collectAsList()
    return str(refused.value)


@pytest.mark.parametrize("statement", READS)
def test_door_reads(door: Any, statement: str) -> None:
    door.sql(statement).collectAsList()


@pytest.mark.parametrize("statement", WRITES)
def test_door_refuses_a_write(spark: SparkSession, door: Any, statement: str) -> None:
    said = refusal(door, statement)
    assert said.startswith("The Thrift door only reads tables and views, and this is ")
    assert said.endswith(": use depthlake sql or Spark Connect for it.")
    assert [row.number for row in spark.table("door.numbers").collect()] == [1, 1]


@pytest.mark.parametrize(("statement", "reason"), BEYOND)
def test_door_refuses_what_is_no_table(spark: SparkSession, door: Any, statement: str, reason: str) -> None:
    path = spark.sql("DESCRIBE DETAIL door.numbers").collect()[0].location
    assert reason in refusal(door, statement.format(path=path))


def test_check_notes_when_a_temporary_view_is_asked_for(spark: SparkSession) -> None:
    check = compile_check(spark)
    client = read_only_session(spark, check).newSession()
    schema = spark.conf.get("spark.sql.globalTempDatabase")
    for name in ("asked_for", "left_alone"):
        spark.range(1).createOrReplaceGlobalTempView(name)
    before = int(time.time() * 1e3)
    assert client.sql(f"SELECT 1 WHERE 1 = (SELECT count(*) FROM {schema}.asked_for)").collectAsList().size() == 1
    assert before <= check.askedAt("asked_for") <= time.time() * 1e3
    assert check.askedAt("left_alone") == 0


def test_other_sessions_write(spark: SparkSession, door: Any) -> None:
    spark.sql("CREATE TABLE door.own USING delta AS SELECT 1 AS number")
    assert spark.table("door.own").count() == 1
