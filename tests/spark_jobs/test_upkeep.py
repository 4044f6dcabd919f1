"""Upkeep: fewer files with the same rows, old days gone, and nothing a stream or reader still needs."""

from datetime import date

import pytest
from pyspark.sql import functions as F

from schemas.bronze import BRONZE_TRADES
from schemas.errors import SettingsError
from schemas.topics import TRADES
from spark_jobs import upkeep
from spark_jobs.io import Lake
from spark_jobs.progress import stream_name
from spark_jobs.upkeep import (
    Done,
    clean_checkpoints,
    compact,
    expirable,
    expire,
    first_kept,
    optimise,
    parse_retention,
    vacuum,
)
from tests.conftest import Broker
from tests.spark_jobs.streams import hashed, renew

NAMES = ("bronze.trades", "bronze.quotes", "silver.quotes")
NAME = BRONZE_TRADES.name


@pytest.fixture
def filled(lake: Lake) -> Lake:
    """Six small files of bronze.trades on two days."""
    lake.create(BRONZE_TRADES)
    for number in range(6):
        values = {"kafka_offset": F.lit(number).cast("bigint"), "ingest_date": F.lit(date(2024, 8, 8 + number % 2))}
        columns = [values.get(c.name, F.lit(None).cast(c.type)).alias(c.name) for c in BRONZE_TRADES.columns]
        lake.spark.range(1).select(*columns).write.format("delta").mode("append").saveAsTable(NAME)
    return lake


@pytest.mark.spark
def test_optimise_takes_the_files_of_days_before_one_together(filled: Lake) -> None:
    before = hashed(filled.read(BRONZE_TRADES))
    assert optimise(filled.spark, BRONZE_TRADES, date(2024, 8, 9)) == Done(NAME, "OPTIMIZE", 3)
    assert optimise(filled.spark, BRONZE_TRADES, date(2024, 8, 9)) == Done(NAME, "OPTIMIZE", 0)
    assert optimise(filled.spark, BRONZE_TRADES, date(2024, 8, 10)) == Done(NAME, "OPTIMIZE", 3)
    assert hashed(filled.read(BRONZE_TRADES)) == before


@pytest.mark.spark
def test_compact_takes_the_small_files_of_a_day_together(filled: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    before = hashed(filled.read(BRONZE_TRADES))
    with monkeypatch.context() as patch:
        patch.setattr(upkeep, "SMALL", 1)
        assert compact(filled.spark.newSession(), BRONZE_TRADES, date(2024, 8, 9)) == Done(NAME, "OPTIMIZE", 0)
    assert compact(filled.spark.newSession(), BRONZE_TRADES, date(2024, 8, 9)) == Done(NAME, "OPTIMIZE", 3)
    assert hashed(filled.read(BRONZE_TRADES)) == before


@pytest.mark.spark
def test_vacuum_leaves_what_a_version_of_the_week_has(filled: Lake) -> None:
    optimise(filled.spark, BRONZE_TRADES, date(2024, 8, 10))
    assert vacuum(filled.spark, BRONZE_TRADES) == Done(NAME, "VACUUM", 0)
    assert filled.spark.sql(f"SELECT count(*) FROM {NAME} VERSION AS OF 6").first() == (6,)


@pytest.mark.spark
def test_expire_deletes_the_days_before_the_first_that_is_kept(filled: Lake) -> None:
    assert expire(filled.spark, BRONZE_TRADES, date(2024, 8, 8)) == Done(NAME, "EXPIRE", 0)
    assert expire(filled.spark, BRONZE_TRADES, date(2024, 8, 9)) == Done(NAME, "EXPIRE", 3)
    assert {row.ingest_date for row in filled.read(BRONZE_TRADES).collect()} == {date(2024, 8, 9)}


@pytest.mark.kafka
def test_clean_checkpoints_keeps_that_of_the_topic_as_it_is(broker: Broker) -> None:
    renew(broker.settings, TRADES)
    current = broker.settings.checkpoints / stream_name(broker.settings, TRADES)
    old = current.with_name("another")
    for folder in (current, old):
        (folder / "commits").mkdir(parents=True)
    assert list(clean_checkpoints(broker.settings, [TRADES])) == [Done("market.trades.v1/another", "CHECKPOINT", 1)]
    assert current.exists()
    assert not old.exists()


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("", {}),
        ("bronze.*=30 silver.quotes=90", {"bronze.trades": 30, "bronze.quotes": 30, "silver.quotes": 90}),
        ("*=9 bronze.trades=1", {"bronze.trades": 1, "bronze.quotes": 9, "silver.quotes": 9}),
    ],
)
def test_parse_retention(text: str, kept: dict[str, int]) -> None:
    assert parse_retention(text, NAMES) == kept


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("bronze.*", "DEPTHLAKE_RETENTION: 'bronze.*' is no table with its days: write it as bronze.*=30."),
        ("bronze.*=0", "DEPTHLAKE_RETENTION: 'bronze.*=0' is no table with its days: write it as bronze.*=30."),
        ("gold.x=3", f"DEPTHLAKE_RETENTION: 'gold.x' fits no table: there are {', '.join(NAMES)}."),
    ],
)
def test_parse_retention_that_is_wrong(text: str, sentence: str) -> None:
    with pytest.raises(SettingsError) as caught:
        parse_retention(text, NAMES)
    assert str(caught.value) == sentence


def test_first_kept() -> None:
    assert first_kept(date(2024, 8, 31), 30) == date(2024, 8, 1)


def test_expirable_leaves_out_what_only_grows() -> None:
    assert "gold.audit_log" not in expirable()
    assert "gold.partition_ledger" in expirable()
