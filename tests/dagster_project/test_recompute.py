"""Materialisations on a real lake: they compute days, say what they did, and leave a ledger."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date

import dagster as dg
import pytest

from dagster_project import gold
from dagster_project.lineage import key_of
from dagster_project.recompute import days_table
from dagster_project.resources import Lakehouse
from pipelines.gold.daily.tables import DAILY
from schemas.audit import AUDIT
from schemas.ledger import PARTITION_LEDGER
from spark_jobs.backfill import Written
from spark_jobs.io import Lake
from spark_jobs.parity.ledger import Print
from spark_jobs.tables import Session
from tests.conftest import save
from tests.pipelines.gold.daily.conftest import read_day

INTEGRITY = "gold.book_integrity_1m"


@dataclass(frozen=True)
class Here(Lakehouse):
    """The lakehouse is the session of the tests."""

    lake: Lake

    @contextmanager
    def session(self) -> Iterator[Session]:
        """The session."""
        yield self.lake.spark


@pytest.fixture
def here(lake: Lake) -> Here:
    """Silver has a capture of two days."""
    save(lake, read_day("spot_btcusdt").tables)
    for table in (*(daily.table for daily in DAILY), PARTITION_LEDGER, AUDIT):
        lake.create(table)
    return Here(lake.settings, lake)


@pytest.mark.spark
def test_materialise_a_range_in_one_run(here: Here) -> None:
    (asset,) = (
        each for each in gold.ASSETS if isinstance(each, dg.AssetsDefinition) and key_of(INTEGRITY) in each.keys
    )
    with dg.DagsterInstance.ephemeral() as instance:
        tags = {"dagster/asset_partition_range_start": "2024-08-08", "dagster/asset_partition_range_end": "2024-08-09"}
        done = dg.materialize([asset], instance=instance, tags=tags, resources={"lakehouse": here})
    assert done.success
    events = done.asset_materializations_for_node("gold__book_integrity_1m")
    counts = {event.partition: event.metadata["dagster/row_count"].value for event in events}
    assert counts == {"2024-08-08": 6, "2024-08-09": 0}
    event = events[0]
    assert event.metadata["rows"].value == 6
    assert event.metadata["delta_version"].value == 1
    assert "| 2024-08-08 | 6 | ████████████████████ |" in event.metadata["days"].value
    ledger = here.lake.read(PARTITION_LEDGER).orderBy("event_date").collect()
    assert [(row.table_name, row.event_date, row.row_count, row.outcome) for row in ledger] == [
        (INTEGRITY, date(2024, 8, 8), 6, "WRITTEN"),
        (INTEGRITY, date(2024, 8, 9), 0, "WRITTEN"),  # its books were received on the day before
    ]
    assert {row.run_id for row in ledger} == {done.run_id}
    assert set(ledger[0].versions_read) == {"silver.books", "silver.quotes"}


def test_days_table_of_days_without_rows() -> None:
    assert days_table(Written(INTEGRITY, [Print(INTEGRITY, None, 0, "nothing")], [], {}, 1, 0.1)) == "No rows."
