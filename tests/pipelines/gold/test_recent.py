"""Views of the last minutes read the last minutes only."""

import re

import pytest

from pipelines.gold.held import RecentView, Tail
from pipelines.gold.latest import LATEST
from pipelines.gold.recent import RECENT

WHOLE = {"gold.venues"}  # a list, not events
TABLE = re.compile(r"(?:gold|silver)\.\w+")
LIMITED = re.compile(r"SELECT \* FROM (\w+\.\w+) WHERE event_date >= .*? AND \w+ >= now\(\) - INTERVAL \d+ MINUTES")


@pytest.mark.parametrize("recent", [each for each in RECENT if each not in LATEST], ids=lambda each: each.noun)
def test_recent_reads_no_table_whole(recent: RecentView) -> None:
    names = [name for name in TABLE.findall(recent.query) if name not in WHOLE]
    assert LIMITED.findall(recent.query) == names


@pytest.mark.parametrize("recent", RECENT, ids=lambda each: each.noun)
def test_recent_is_held_by_tails_alone(recent: RecentView) -> None:
    assert recent.tails
    assert not set(TABLE.findall(recent.held)) - WHOLE


def test_recent_knows_the_columns_of_its_tables() -> None:
    for tail in {tail for recent in RECENT for tail in recent.tails if isinstance(tail, Tail)}:
        assert {tail.clock, tail.table.partition_by} <= set(tail.reads) <= set(tail.table.column_names)
