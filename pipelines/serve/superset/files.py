"""The files of the dashboards, in Superset's own export format, as anybody can read them without a Superset."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).with_name("assets")


def charts_of(dashboard: Mapping[str, Any]) -> set[str]:
    """The uuids of the charts that a dashboard's file places."""
    metas = (item.get("meta", {}) for item in dashboard["position"].values() if isinstance(item, dict))
    return {meta["uuid"] for meta in metas if "uuid" in meta}
