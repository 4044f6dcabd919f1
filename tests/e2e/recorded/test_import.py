"""A recording to gold without Kafka, a crash in the middle included; then the same recording through Kafka."""

import pytest

from tests.e2e.commands import Instance

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(600)]

COUNTS = """
    select (select count(*) from bronze.trades), (select count(*) from silver.trades), (select sum(quantity) from
    silver.trades), (select count(*) from silver.quotes), (select count(*) from silver.depth), (select count(*) from
    silver.books), (select sum(trade_count) from gold.trades_1m_partials), (select count(*) from gold.obi_100ms)
"""


def test_import_that_was_cut_off_is_finished_by_up(instance: Instance, replayed: str) -> None:
    assert "Finished an import that was cut off." in replayed
    assert list(instance.settings.imports.glob("*/*.parquet")) == []


def test_import_and_replay_make_silver_once(instance: Instance) -> None:
    (row,) = instance.sql(COUNTS)
    assert row[:2] == [str(2 * 9757), "9757"]
    assert float(row[2]) == 212.03315
    assert row[3:5] == ["28040", "3452"]
    assert row[6] == "9757"
    assert int(row[5]) > 2_800
    assert int(row[7]) > 1_000
