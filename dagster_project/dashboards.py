"""Dashboards: where everything ends; Superset shows them, nothing computes them."""

import re
from collections.abc import Mapping
from typing import Any

import dagster as dg
import jinja2
import yaml

from dagster_project.lineage import OWNERS, READ, key_of
from pipelines.gold.recent import RECENT
from pipelines.serve.superset.files import FOLDER, charts_of
from schemas.recent import SCHEMA

GROUP = "dashboard"
QUERIES = {view.noun: view.query for view in RECENT}
HELD = re.compile(rf"\b{SCHEMA}\.(\w+)")
TEMPLATES = jinja2.Environment()
TEMPLATES.globals["layer"] = lambda begin, layer="gold": layer


def read_tables() -> Mapping[str, frozenset[str]]:
    """The tables and views that each dashboard draws, by its slug."""
    datasets = {content["uuid"]: _tables_of(content) for content in _read("datasets/*")}
    charts = {content["uuid"]: datasets[content["dataset_uuid"]] for content in _read("charts")}
    return {
        content["slug"]: frozenset().union(*(charts[uuid] for uuid in charts_of(content))) for content in _DASHBOARDS
    }


def _read(folder: str) -> list[dict[str, Any]]:
    return [yaml.load(path.read_text(), yaml.CSafeLoader) for path in sorted(FOLDER.glob(f"{folder}/*.yaml"))]


def _tables_of(dataset: dict[str, Any]) -> set[str]:
    """Those of its query, over all of history where it chooses by the time; else the one of its name."""
    if not dataset["sql"]:
        return {f"{dataset['schema']}.{dataset['table_name']}"}
    sql = TEMPLATES.from_string(dataset["sql"]).render()
    recent = [QUERIES[noun] for noun in HELD.findall(sql)]
    return {table for query in (sql, *recent) for table in READ.findall(query)}


def _spec(dashboard: dict[str, Any], tables: frozenset[str]) -> dg.AssetSpec:
    return dg.AssetSpec(
        [GROUP, dashboard["slug"]],
        deps=[key_of(name) for name in sorted(tables)],
        description=f"{dashboard['dashboard_title']}, a dashboard of Superset.",
        group_name=GROUP,
        owners=[OWNERS["gold"]],
        kinds={"superset"},
    )


_DASHBOARDS = _read("dashboards")
_TABLES = read_tables()
ASSETS = [_spec(content, _TABLES[content["slug"]]) for content in _DASHBOARDS]
