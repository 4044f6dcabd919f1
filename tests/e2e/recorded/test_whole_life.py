"""The life of an instance: what runs in it, how it stops, how it goes on."""

import pytest

from schemas.topics import TOPICS
from spark_jobs.instance import dagster
from spark_jobs.instance.lifecycle import LAKE
from tests.e2e.commands import CAPTURE, Instance, facts
from tests.e2e.recorded.conftest import IMPORT, REPLAY
from tests.house_rules import ROOT
from tests.test_docs import commands

pytestmark = pytest.mark.e2e

GOLD = ("gold.obi_100ms", "gold.spread_1m", "gold.venue_liquidity_5m")
TABLES = ("bronze.trades", "silver.trades", "silver.quotes", "silver.depth", *GOLD)


@pytest.fixture(scope="module", autouse=True)
def all_up(instance: Instance) -> None:
    """Dagster runs too."""
    instance.run("up")


def test_status_says_what_runs_and_that_nothing_is_left(instance: Instance) -> None:
    said = instance.run("status")
    assert said.count("running, process") == len((*LAKE, *dagster.NAMES))
    lags = [line.split()[1] for line in said.splitlines() if line.endswith("rows not yet in gold")]
    assert lags == ["0"] * len(TOPICS)


def test_up_second_time_leaves_what_runs(instance: Instance) -> None:
    before = sorted(process.pid for process in instance.members())
    assert "Already running in" in instance.run("up")
    assert sorted(process.pid for process in instance.members()) == before


def test_down_leaves_nothing_and_up_goes_on_where_it_was(instance: Instance) -> None:
    unchanged = [name for name in TABLES if name != "bronze.trades"]
    before = facts(instance, *TABLES)
    assert "Stopped." in instance.run("down")
    assert instance.members() == []
    assert instance.call("status").returncode == 1
    instance.run("up", "--no-dagster")
    assert facts(instance, *TABLES) == before
    instance.run(*REPLAY)
    assert facts(instance, *unchanged) == [row for row in before if row[0] in unchanged]
    ((_, deliveries, _),) = facts(instance, "bronze.trades")
    assert int(deliveries) == int(before[0][1]) + 9757


def test_import_as_the_page_shows_it(instance: Instance) -> None:
    page = commands((ROOT / "docs" / "sources.md").read_text())
    shown = [words[1:] for words in page if words[:2] in (["depthlake", "down"], ["depthlake", "import"])]
    refused = instance.call(*IMPORT)
    assert refused.returncode == 1
    assert "runs, and it alone writes its tables: run depthlake down first" in refused.stderr
    down, imported = (instance.run(*words) for words in shown)
    assert "Stopped." in down
    assert "Imported 8 messages: depthlake up opens the tables." in imported
    assert f"{CAPTURE.name} was imported before, as {CAPTURE.name}: it changes" in instance.run(*IMPORT)
