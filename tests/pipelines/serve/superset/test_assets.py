"""The files of the dashboards hold together, without a Superset."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.house_rules import ROOT

ASSETS = ROOT / "pipelines" / "serve" / "superset" / "assets"
DASHBOARDS = sorted((ASSETS / "dashboards").glob("*.yaml"))
LIVE = {"microstructure", "fragmentation", "exchange", "health"}
COLOURED = "okabe_ito"


def content(path: Path) -> dict[str, Any]:
    """What a file says."""
    return dict(yaml.safe_load(path.read_text()))


def every(kind: str) -> dict[str, dict[str, Any]]:
    """The things of a kind, by uuid."""
    found = [content(path) for path in (ASSETS / kind).rglob("*.yaml")]
    assert len({each["uuid"] for each in found}) == len(found)
    return {each["uuid"]: each for each in found}


def placed(dashboard: dict[str, Any]) -> set[str]:
    """The uuids of the charts on a dashboard."""
    items = (item for item in dashboard["position"].values() if isinstance(item, dict) and item["type"] == "CHART")
    return {item["meta"]["uuid"] for item in items}


def test_charts_are_described_coloured_and_on_a_dashboard() -> None:
    charts, data = every("charts"), every("datasets")
    assert all(chart["description"] for chart in charts.values())
    assert {chart["params"]["color_scheme"] for chart in charts.values()} == {COLOURED}
    assert {chart["dataset_uuid"] for chart in charts.values()} <= set(data)
    assert set().union(*(placed(content(path)) for path in DASHBOARDS)) == set(charts)


@pytest.mark.parametrize("path", DASHBOARDS, ids=lambda path: path.stem)
def test_dashboard_is_filtered_and_fresh(path: Path) -> None:
    dashboard = content(path)
    filters = {each["name"] for each in dashboard["metadata"]["native_filter_configuration"]}
    assert {"Time range", "Symbol", "Venue"} <= filters
    assert (5 <= dashboard["metadata"]["refresh_frequency"] <= 10) is (dashboard["slug"] in LIVE)
