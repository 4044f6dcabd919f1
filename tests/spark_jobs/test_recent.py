"""Views that are held in memory while somebody asks for them, and are as ever when nobody does."""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from pyspark.sql import SparkSession

from schemas.registry import View
from spark_jobs import recent
from spark_jobs.recent import Recent
from tests.waiting import wait_for

pytestmark = pytest.mark.spark

VIEW = View("recent.numbers_now", "", (), "SELECT max(number) AS number FROM watched.numbers")


@dataclass
class Asked:
    """What the check of the Thrift door notes."""

    at: dict[str, float] = field(default_factory=dict)

    def askedAt(self, name: str) -> int:  # the name it has in Java
        """Milliseconds since 1970."""
        return int(self.at.get(name, 0) * 1e3)


@pytest.fixture
def watched(spark: SparkSession) -> Iterator[SparkSession]:
    """A table with the number 1."""
    spark.sql("CREATE SCHEMA watched")
    spark.sql("CREATE TABLE watched.numbers USING delta AS SELECT 1 AS number")
    yield spark
    spark.sql("DROP SCHEMA watched CASCADE")


def seen(spark: SparkSession) -> int:
    """The greatest number by the view."""
    schema = spark.conf.get("spark.sql.globalTempDatabase")
    return int(spark.sql(f"SELECT number FROM {schema}.numbers_now").collect()[0].number)


def test_recent_is_in_memory_while_somebody_asks(watched: SparkSession, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = Asked()
    held = Recent(watched, [VIEW], asked)
    assert (held.look(), seen(watched)) == ([], 1)
    watched.sql("INSERT INTO watched.numbers VALUES (2)")
    assert seen(watched) == 2
    asked.at["numbers_now"] = time.time()
    assert held.look() == ["numbers_now"]
    watched.sql("INSERT INTO watched.numbers VALUES (3)")
    assert (held.look(), seen(watched)) == ([], 2)
    later = time.monotonic() + 600
    monkeypatch.setattr(time, "monotonic", lambda: later)
    assert (held.look(), seen(watched)) == (["numbers_now"], 3)
    asked.at["numbers_now"] = time.time() - recent.WATCHED_S
    watched.sql("INSERT INTO watched.numbers VALUES (4)")
    assert (held.look(), seen(watched)) == ([], 4)


def test_recent_goes_on_after_a_view_that_cannot_be_computed(
    watched: SparkSession, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(recent, "LOOK_S", 0.05)
    asked = Asked({"numbers_now": time.time() + 600})
    with Recent(watched, [VIEW], asked).kept():
        watched.sql("ALTER TABLE watched.numbers RENAME TO watched.others")
        wait_for(lambda: "Rows of schema recent stay as they are" in caplog.text)
        watched.sql("ALTER TABLE watched.others RENAME TO watched.numbers")
        monkeypatch.setattr(recent, "EVERY_S", 0.0)
        watched.sql("INSERT INTO watched.numbers VALUES (5)")
        wait_for(lambda: seen(watched) == 5)
