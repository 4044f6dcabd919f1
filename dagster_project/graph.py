"""docs/lineage.md: the asset graph as a diagram.

Usage: python -m dagster_project.graph FILE
"""

import sys
from pathlib import Path

import dagster as dg

from dagster_project.definitions import defs

LAYERS = ("file", "topic", "bronze", "silver", "gold", "dashboard")
HEAD = """\
# Lineage

From files and topics to gold and the dashboards, as Dagster shows it (`http://127.0.0.1:3000/asset-groups`). Boxes \
are tables, rounded ones views, topics, files or dashboards. Made by `make tables`.

"""


def render(definitions: dg.Definitions) -> str:
    """The page: a Mermaid flowchart with a box for each asset and an arrow for each dependency."""
    graph = definitions.resolve_asset_graph()
    nodes = [graph.get(key) for key in sorted(graph.get_all_asset_keys())]
    lines = ["flowchart LR"]
    for layer in LAYERS:
        boxes = (_box(node.key, "delta" in node.kinds) for node in nodes if node.group_name == layer)
        lines += [f"  subgraph {layer}", *(f"    {box}" for box in boxes), "  end"]
    for node in nodes:
        lines += [f"  {_id(parent)} --> {_id(node.key)}" for parent in sorted(node.parent_keys)]
    return "\n".join([HEAD + "```mermaid", *lines, "```"]) + "\n"


def _box(key: dg.AssetKey, is_table: bool) -> str:
    begin, end = ("[", "]") if is_table else ("(", ")")
    return f"{_id(key)}{begin}{key.path[-1]}{end}"


def _id(key: dg.AssetKey) -> str:
    return "_".join(key.path).replace(".", "_")


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(render(defs))
