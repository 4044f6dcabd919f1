"""Views of the last minutes read the last minutes only."""

import re

import pytest

from pipelines.gold.recent import CLOCKS, RECENT
from schemas.registry import View
from schemas.tables import TABLES

WHOLE = {"gold.venues"}  # a list, not events
GOLD = re.compile(r"gold\.\w+")


@pytest.mark.parametrize("view", RECENT, ids=lambda view: view.name)
def test_recent_reads_no_table_whole(view: View) -> None:
    limited = re.compile(
        r"SELECT \* FROM (gold\.\w+) WHERE event_date >= .*? AND \w+ >= now\(\) - INTERVAL 105 MINUTES"
    )
    assert len(limited.findall(view.query)) == len([name for name in GOLD.findall(view.query) if name not in WHOLE])


def test_recent_knows_the_clocks_of_its_tables() -> None:
    tables = {table.name: table for table in TABLES}
    assert all(clock in tables[name].column_names for name, clock in CLOCKS.items())
