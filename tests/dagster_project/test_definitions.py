"""The definitions: what the registry has, nothing else, and no JVM to load them."""

import subprocess
import sys

import dagster as dg
import pytest

from dagster_project import dashboards
from dagster_project.definitions import defs
from dagster_project.graph import render
from dagster_project.lineage import RECORDED, REPLAYED, key_of, upstream
from dagster_project.resources import SPARK
from pipelines.gold.views import VIEWS
from pipelines.source.importers.mapping import MAPPED
from schemas import research
from schemas.registry import Table
from schemas.tables import TABLES
from schemas.topics import TOPICS
from spark_jobs.backfill import backfillable
from tests.house_rules import ROOT

LOAD = """
import resource, psutil
from dagster_project.definitions import defs
defs.resolve_all_job_defs()
print(psutil.Process().children(recursive=True))
print(resource.getrusage(resource.RUSAGE_SELF).ru_utime + resource.getrusage(resource.RUSAGE_SELF).ru_stime)
"""
LOAD_S = 5  # of a core
NAMES = [described.name for described in (*TOPICS, *TABLES, *VIEWS)]
GRAPH = defs.resolve_asset_graph()


def test_every_topic_table_and_view_is_an_asset() -> None:
    registered = {key for key in GRAPH.get_all_asset_keys() if key.path[0] != dashboards.GROUP}
    assert registered == {key_of(name) for name in (*NAMES, RECORDED)}
    assert set(upstream()) == set(NAMES) - {topic.name for topic in TOPICS if topic not in REPLAYED}
    assert {topic.name for topic in REPLAYED} == set(MAPPED)


def test_every_dashboard_is_an_asset_over_what_it_draws() -> None:
    drawn = dashboards.read_tables()
    assert set(drawn) == {"microstructure", "fragmentation", "exchange", "research", "health"}
    for slug, tables in drawn.items():
        node = GRAPH.get(dg.AssetKey([dashboards.GROUP, slug]))
        assert node.description
        assert node.parent_keys == {key_of(name) for name in tables} <= {key_of(name) for name in NAMES}
    assert {"gold.obi_100ms", "gold.spread_1m"} <= drawn["microstructure"]
    assert {"gold.market_prices", "gold.portfolios", "gold.book_snapshots_1s_partials"} <= drawn["exchange"]


@pytest.mark.parametrize("name", NAMES)
def test_asset_says_what_the_registry_says(name: str) -> None:
    node = GRAPH.get(key_of(name))
    assert node.description
    assert node.owners
    assert node.group_name == node.key.path[0]
    assert node.parent_keys == {key_of(each) for each in upstream().get(name, ())}
    schema = node.metadata["dagster/column_schema"]
    assert all(column.name for column in schema.columns)
    table = next((table for table in TABLES if table.name == name), None)
    if table:
        assert [(c.name, c.type, c.description) for c in schema.columns] == [
            (c.name, c.type.simpleString(), c.comment) for c in table.columns
        ]


def test_what_can_be_computed_again_is_materialisable_by_the_day() -> None:
    executable = {key for key in GRAPH.get_all_asset_keys() if GRAPH.get(key).is_executable}
    days = {key_of(name) for name in backfillable()}
    assert executable == days | {key_of(RECORDED)} | {key_of(table.name) for table in research.TABLES}
    for key in days:
        node = GRAPH.get(key)
        assert isinstance(node.partitions_def, dg.DailyPartitionsDefinition)
        assert node.backfill_policy == dg.BackfillPolicy.single_run()


@pytest.mark.parametrize("table", research.TABLES, ids=lambda table: table.name)
def test_backtests_are_materialisable_by_day_and_market(table: Table) -> None:
    partitions = GRAPH.get(key_of(table.name)).partitions_def
    assert isinstance(partitions, dg.MultiPartitionsDefinition)
    assert {dimension.name for dimension in partitions.partitions_defs} == {"day", "market"}


def test_heavy_steps_wait_for_each_other() -> None:
    steps = [asset.op for asset in defs.assets or () if isinstance(asset, dg.AssetsDefinition)]
    assert {step.name for step in steps if step.pool != SPARK} == {"file__recordings"}


def test_lineage_goes_from_file_to_gold() -> None:
    ancestors = GRAPH.get_ancestor_asset_keys(key_of("gold.effective_spread_1m"))
    wanted = (RECORDED, "market.trades.v1", "bronze.trades", "silver.trades", "silver.books", "gold.trade_costs")
    assert {key_of(name) for name in wanted} <= ancestors


def test_lineage_page_is_what_the_definitions_say() -> None:
    assert (ROOT / "docs" / "lineage.md").read_text() == render(defs), "run make tables"


def test_definitions_load_without_a_jvm() -> None:
    done = subprocess.run([sys.executable, "-c", LOAD], capture_output=True, text=True, check=True, cwd=ROOT)
    children, seconds = done.stdout.splitlines()
    assert children == "[]"
    assert float(seconds) < LOAD_S
