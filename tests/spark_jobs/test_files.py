"""Files that Python writes and Spark reads as rows of a Delta table."""

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pytest
from pyspark.sql import functions as F

from pipelines.silver.judge import build_silver
from schemas.registry import Topic
from schemas.silver import SILVER_QUOTES, SILVER_TRADES
from schemas.topics import QUOTES, TRADES
from spark_jobs.files import TableFiles
from spark_jobs.io import Lake
from spark_jobs.jobs import job_of
from tests.conftest import assert_rows
from tests.pipelines.silver.deliveries import VENUE_NS, every, judge, payloads_of

MOMENT = datetime(2024, 8, 8, 12, tzinfo=UTC)
DAY_NS = 86_400 * 10**9


def silver_of(topic: Topic, *changes: dict[str, object]) -> pa.RecordBatch:
    judged = judge(topic, *payloads_of(topic, *changes))
    return build_silver(judged, job_of(topic.name).silver, every(judged))


def actions(added: list[str]) -> list[dict]:
    return [json.loads(action)["add"] for action in added]


def test_close_describes_a_file_a_day_with_its_statistics(tmp_path: Path) -> None:
    files = TableFiles(SILVER_QUOTES, str(tmp_path))
    files.write(silver_of(QUOTES, {"symbol": "B"}, {"venue_ts_ns": VENUE_NS - DAY_NS}))
    files.write(silver_of(QUOTES, {"symbol": "A", "venue_ts_ns": VENUE_NS + 1_999}))
    first, second = actions(files.close(MOMENT))
    statistics = json.loads(first["stats"])
    assert (first["partitionValues"], second["partitionValues"]) == (
        {"event_date": "2024-08-08"},
        {"event_date": "2024-08-07"},
    )
    assert statistics["numRecords"] == 2
    assert (statistics["minValues"]["symbol"], statistics["maxValues"]["symbol"]) == ("A", "B")
    assert statistics["minValues"]["event_ts"] == "2024-08-08T12:00:00.000000Z"
    assert statistics["maxValues"]["event_ts"] == "2024-08-08T12:00:00.000001Z"
    assert statistics["nullCount"]["symbol"] == 0
    assert first["size"] == (tmp_path / first["path"]).stat().st_size
    assert first["modificationTime"] == MOMENT.timestamp() * 1000


def test_close_without_rows_makes_no_file(tmp_path: Path) -> None:
    files = TableFiles(SILVER_TRADES, str(tmp_path))
    files.write(pa.RecordBatch.from_pylist([], SILVER_TRADES.arrow_schema))
    assert files.close(MOMENT) == []
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


@pytest.mark.spark
@pytest.mark.parametrize("topic", [TRADES, QUOTES], ids=lambda topic: topic.noun)
def test_spark_reads_what_was_written(lake: Lake, topic: Topic) -> None:
    table, rows = job_of(topic.name).silver, silver_of(topic, {}, {"producer_id": "other"})
    lake.create(table)
    files = TableFiles(table, lake.path(table))
    files.write(rows)
    lake.commit(table, files.close(MOMENT), "a", {0: 2})
    read = lake.read(table)
    assert_rows(read, lake.spark.createDataFrame(pa.Table.from_batches([rows]), table.schema).collect(), table.schema)
    assert [(row.producer_id, row.event_date) for row in read.where("producer_id = 'other'").collect()] == [
        ("other", date(2024, 8, 8))
    ]


@pytest.mark.spark
def test_statistics_prune_files_and_lose_no_row(lake: Lake) -> None:
    lake.create(SILVER_QUOTES)
    for number, shift in enumerate((0, 10**9 + 999, 2 * 10**9)):
        files = TableFiles(SILVER_QUOTES, lake.path(SILVER_QUOTES))
        files.write(silver_of(QUOTES, {"venue_ts_ns": VENUE_NS + shift}))
        lake.commit(SILVER_QUOTES, files.close(MOMENT), "a", {0: number + 1})
    at = lake.read(SILVER_QUOTES).where(F.col("event_ts") == F.expr("timestamp '2024-08-08 12:00:01'"))
    assert [(row.event_ns - VENUE_NS, row.bid_price) for row in at.collect()] == [(10**9 + 999, Decimal(99))]
    assert len(at.inputFiles()) == 1
