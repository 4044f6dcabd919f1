"""Backfills: days that were spoilt are as before, whatever the stream does meanwhile."""

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from pyspark.errors import AnalysisException, StreamingQueryException

from schemas.audit import AUDIT
from schemas.errors import LakeError, SettingsError
from schemas.ledger import PARTITION_LEDGER
from schemas.registry import Topic
from schemas.topics import DEPTH, TRADES
from spark_jobs.backfill import backfill, closed_days
from spark_jobs.cuts import take_cut
from spark_jobs.io import Lake
from spark_jobs.jobs import job_of
from spark_jobs.ledger import Run, backfill_recorded, failed_days, spans
from spark_jobs.refresh import Days
from tests.conftest import Broker
from tests.pipelines.silver.deliveries import payloads_of
from tests.spark_jobs import test_book_stream, test_runner
from tests.spark_jobs.streams import Crash, FragileLake, Stand, hashed, renew, to

pytestmark = [pytest.mark.spark, pytest.mark.kafka]

NOW = datetime(2024, 9, 1, 12, tzinfo=UTC)
Make = Callable[..., Stand]


@pytest.fixture
def make(lake: Lake, broker: Broker) -> Make:
    """A stand over a topic made anew, whose lake dies before a commit to the tables that are named."""

    def stand(topic: Topic, *breaks: tuple[str, str]) -> Stand:
        renew(broker.settings, topic)
        settings = replace(lake.settings, kafka_port=broker.settings.kafka_port)
        for table in (PARTITION_LEDGER, AUDIT):
            lake.create(table)
        return Stand(FragileLake(lake.spark, settings, list(breaks)), job_of(topic.name)).create()

    return stand


def days_in(stand: Stand) -> Days:
    """The days of which silver has rows."""
    found = sorted(row[0] for row in stand.lake.read(stand.job.silver).select("event_date").distinct().collect())
    return Days(found[0], found[-1])


def spoil(stand: Stand) -> None:
    """Rows of silver and of what follows from it are changed, lost and doubled."""
    spark = stand.lake.spark
    for table in (stand.job.silver, *(step.table for step in stand.job.steps)):
        some = f"xxhash64({', '.join(table.column_names[:8])})"
        spark.sql(f"UPDATE {table.name} SET symbol = 'SPOILT' WHERE {some} % 3 = 0")
        spark.sql(f"DELETE FROM {table.name} WHERE {some} % 5 = 0")
        spark.sql(f"INSERT INTO {table.name} SELECT * FROM {table.name} WHERE {some} % 7 = 0")


def repair(stand: Stand, days: Days) -> None:
    """Silver first, then what follows from it."""
    for table in (stand.job.silver, *(step.table for step in stand.job.steps)):
        backfill(stand.lake.spark, table.name, days, NOW)


@pytest.mark.parametrize(
    ("topic", "sent"),
    [(TRADES, test_runner.disturbed), (DEPTH, lambda: test_book_stream.deliveries(3_000))],
    ids=["trades", "depth"],
)
def test_backfill_of_a_spoilt_day_gives_what_the_stream_gave(make: Make, topic: Topic, sent: Callable) -> None:
    stand = make(topic)
    stand.send(sent())
    stand.run(rows=1_500)
    before, days = stand.facts(), days_in(stand)
    spoil(stand)
    assert stand.facts() != before
    repair(stand, days)
    assert stand.facts() == before
    assert stand.count(stand.job.silver, "ingest_ts = '2024-09-01 12:00:00'") == stand.count(stand.job.silver)


def test_backfill_while_the_stream_goes_on_loses_and_doubles_nothing(make: Make) -> None:
    stand, quiet = make(TRADES), threading.Event()
    rows = to(0, payloads_of(TRADES, *({"seq": seq} for seq in range(1, 6_001))))
    stand.send(rows[:1_000])
    stand.run()
    days = days_in(stand)

    def stream() -> None:
        for start in range(1_000, 6_000, 1_000):
            stand.send(rows[start : start + 1_000])
            stand.run()
        quiet.set()

    thread = threading.Thread(target=stream)
    thread.start()
    backfills = 0
    while not quiet.is_set():
        try:
            repair(stand, days)
            backfills += 1
        except LakeError as error:
            assert "keep writing" in str(error)
    thread.join()
    assert backfills
    assert stand.count(stand.job.silver) == 6_000
    (partials, *_) = (step.table for step in stand.job.steps)
    assert stand.lake.read(partials).selectExpr("sum(trade_count)").first() == (6_000,)


def test_take_cut_of_a_batch_that_is_torn(make: Make) -> None:
    stand = make(TRADES, ("bronze.trades", ""))
    stand.send(test_runner.disturbed())
    with pytest.raises(StreamingQueryException, match=Crash.__name__):
        stand.run()
    sentence = r"^bronze\.trades and silver\.trades are not at the same batch of market\.trades\.v1"
    with pytest.raises(LakeError, match=sentence):
        take_cut(stand.lake.spark, stand.job, 0)
    stand.run()
    cut = take_cut(stand.lake.spark, stand.job)
    assert set(cut) == {table.name for table in stand.job.tables if table != stand.job.rejected}


@pytest.fixture
def recorded(make: Make) -> tuple[Stand, Days]:
    """Two days of silver.trades, of which the second has no rows, computed once without bronze and once with it."""
    stand = make(TRADES)
    stand.send(to(0, payloads_of(TRADES, *({"seq": seq} for seq in range(1, 9)))))
    stand.run()
    spark, settings, begin = stand.lake.spark, stand.lake.settings, days_in(stand).begin
    days, before = Days(begin, date.fromordinal(begin.toordinal() + 1)), hashed(stand.lake.read(stand.job.silver))
    spark.sql("ALTER TABLE bronze.trades RENAME TO bronze.elsewhere")
    with pytest.raises(AnalysisException):
        backfill_recorded(spark, settings, "silver.trades", days, Run("first", NOW))
    assert failed_days(spark) == {"silver.trades": [days]}
    spark.sql("ALTER TABLE bronze.elsewhere RENAME TO bronze.trades")
    backfill_recorded(spark, settings, "silver.trades", days, Run("second", NOW.replace(hour=13)))
    assert failed_days(spark) == {}
    assert hashed(stand.lake.read(stand.job.silver)) == before
    return stand, days


def test_ledger_says_what_days_came_to_and_which_failed(recorded: tuple[Stand, Days]) -> None:
    stand, days = recorded
    rows = stand.lake.read(PARTITION_LEDGER).orderBy("run_ts", "event_date").collect()
    assert [(row.run_id, row.event_date, row.outcome, row.row_count) for row in rows] == [
        *(("first", day, "FAILED", None) for day in (days.begin, days.end)),
        ("second", days.begin, "WRITTEN", 8),
        ("second", days.end, "WRITTEN", 0),
    ]
    assert "`bronze`.`trades`" in rows[0].sentence
    assert set(rows[2].versions_read) == {"bronze.trades"}
    assert rows[2].hash
    assert rows[3].hash is None
    log = stand.lake.read(AUDIT).orderBy("number").collect()
    assert [(row.action, row.run_id, row.outcome) for row in log] == [
        ("BACKFILL", "first", "FAILED"),
        ("BACKFILL", "second", "DONE"),
    ]
    assert json.loads(log[1].inputs)["versions"] == rows[2].versions_read


def test_backfill_of_a_table_that_nothing_computes(lake: Lake) -> None:
    with pytest.raises(SettingsError, match=r"^bronze\.trades cannot be computed again: there are silver\.orders, "):
        backfill(lake.spark, "bronze.trades", Days(date(2024, 8, 8), date(2024, 8, 8)), NOW)


def dates(*days: int) -> Iterator[date]:
    return (date(2024, 8, day) for day in days)


@pytest.mark.parametrize(
    ("begin", "end", "sentence"),
    [
        (9, 8, "The days go from 2024-08-09 to 2024-08-08: give the earlier one first."),
        (8, 10, "2024-08-10 is not over in UTC, and streams write to it: give days before 2024-08-10."),
    ],
)
def test_closed_days_that_are_none(begin: int, end: int, sentence: str) -> None:
    with pytest.raises(SettingsError) as caught:
        closed_days(*dates(begin, end), datetime(2024, 8, 10, 23, 59, tzinfo=UTC))
    assert str(caught.value) == sentence


def test_closed_days_until_yesterday() -> None:
    days = closed_days(*dates(7, 9), datetime(2024, 8, 10, tzinfo=UTC))
    assert days.condition == "event_date >= DATE'2024-08-07' AND event_date <= DATE'2024-08-09'"


def test_spans_of_days_with_holes() -> None:
    assert [str(each) for each in spans(dates(1, 2, 3, 5, 8, 9))] == [
        "2024-08-01 to 2024-08-03",
        "2024-08-05",
        "2024-08-08 to 2024-08-09",
    ]
    assert list(spans([])) == []
