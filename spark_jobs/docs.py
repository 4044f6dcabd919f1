"""docs/tables.md from the registry: `make tables` writes it, a test compares it."""

import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from pipelines.gold.daily.declare import Daily
from pipelines.gold.daily.tables import DAILY
from pipelines.gold.functions import FUNCTIONS
from pipelines.gold.views import VIEWS
from schemas.registry import Function, Parameter, Table, View
from schemas.tables import TABLES
from spark_jobs.jobs import JOBS, TopicJob

HEAD = """\
# Tables

Written by `make tables` from `schemas/` and `pipelines/gold/`; `DESCRIBE TABLE` says the same in SQL.
"""


def render_docs() -> str:
    """The whole page, in Markdown."""
    flow = _grid(("topic", "bronze", "silver", "rejected", "follows from silver"), map(_flow, JOBS))
    rows = ((each.table.name, _inputs(each), f"`{each.known_at}`") for each in DAILY)
    daily = _grid(("table by the day", "made of", "known at"), rows)
    parts = [HEAD, "## From topic to table\n", flow, "`depthlake refresh` computes gold by the day:\n", daily]
    for layer in ("bronze", "silver", "gold"):
        parts.append(f"\n## {layer.capitalize()}\n")
        parts += [_section(table) for table in TABLES if table.layer == layer]
    views = ["\n## Views of gold\n", *map(_view, VIEWS)]
    return "\n".join([*parts, *views, "\n## Functions of gold\n", *map(_function, FUNCTIONS)])


def _flow(job: TopicJob) -> Sequence[str]:
    steps = ", ".join(step.table.name for step in job.steps) or "nothing yet"
    return (job.topic.name, job.bronze.name, job.silver.name, job.rejected.name, steps)


def _inputs(daily: Daily) -> str:
    return ", ".join(each.name for each in daily.inputs)


def _section(table: Table) -> str:
    rows = ((f"`{c.name}`", c.type.simpleString().upper(), c.comment) for c in table.columns)
    kept = " Rows are only ever added." if table.is_append_only else ""
    about = f"### {table.name}\n\n{table.comment}. Partitioned by `{table.partition_by}`.{kept}\n"
    return f"{about}\n{_grid(('column', 'type', 'meaning'), rows)}"


def _view(view: View) -> str:
    rows = ((f"`{name}`", comment) for name, comment in view.columns)
    known = f" A row is known at `{view.known}`." if view.known else ""
    return f"### {view.name}\n\n{view.comment}.{known}\n\n{_grid(('column', 'meaning'), rows)}"


def _function(function: Function) -> str:
    call = f"{function.name}({', '.join(p.name for p in function.parameters)})"
    arguments = _grid(("argument", "type", "meaning"), map(_argument, function.parameters))
    rows = ((f"`{c.name}`", c.type.simpleString().upper(), c.comment) for c in function.columns)
    columns = _grid(("column", "type", "meaning"), rows)
    return f"### {function.name}\n\n`{call}`: {function.comment}.\n\n{arguments}\n{columns}"


def _argument(parameter: Parameter) -> Sequence[str]:
    default = "" if parameter.default is None else f"; `{parameter.default}` where not given"
    return (f"`{parameter.name}`", parameter.type.simpleString().upper(), f"{parameter.comment}{default}")


def _grid(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', '&#124;') for cell in line)} |" for line in lines) + "\n"


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(render_docs())
