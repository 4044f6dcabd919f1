"""Run parts of the benchmark on an instance of their own and write the table down."""

import platform
import re
import shutil
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import psutil
from rich.console import Console
from rich.table import Table

from schemas.errors import SettingsError
from spark_jobs.bench.parts import PARTS, Row
from spark_jobs.instance import lifecycle
from spark_jobs.settings import Settings

PERFORMANCE = Path(__file__).parents[2] / "docs" / "performance.md"
Dated = tuple[str, str, str, str]  # what, how much, how, on which day
_ROW = re.compile(r"^\| (?!what )(.+?) \| (.+?) \| (.+?) \| (.+?) \|$", re.MULTILINE)


def run(settings: Settings, console: Console, names: Sequence[str] = (), output: Path = PERFORMANCE) -> None:
    """Measure the parts of these names, all without any; print a table, write docs/performance.md part by part.

    The instance must be down: its ports are used. Raises SettingsError for a part that there is not.
    """
    parts = {name: _part(name) for name in names or PARTS}
    own = replace(settings, home=settings.home / "bench")
    shutil.rmtree(own.home, ignore_errors=True)
    table = Table("what", "measured", "how")
    try:
        for measure in parts.values():
            rows = measure(own, console)
            for row in rows:
                table.add_row(*row)
            output.write_text(as_markdown(merge(read_rows(output.read_text()), rows, f"{datetime.now(UTC):%Y-%m-%d}")))
    finally:
        lifecycle.down(own, lifecycle.NAMES, say=console.print)
    console.print(table)


def merge(before: Sequence[Dated], rows: Sequence[Row], day: str) -> list[Dated]:
    """The rows of before, those measured anew in their place or, the new ones, at the end."""
    merged = {row[0]: row for row in before} | {row[0]: (*row, day) for row in rows}
    return list(merged.values())


def read_rows(text: str) -> list[Dated]:
    """The rows of docs/performance.md."""
    return [(found[1], found[2], found[3], found[4]) for found in _ROW.finditer(text)]


def machine() -> str:
    """One line about where this ran."""
    memory = psutil.virtual_memory().total / 2**30
    return f"{psutil.cpu_count()} cores ({platform.machine()}), {memory:.0f} GiB, Python {sys.version.split()[0]}"


def as_markdown(rows: Sequence[Dated]) -> str:
    """The text of docs/performance.md."""
    lines = ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join(
        [
            "# Performance",
            "",
            f"Measured by `make bench`, or a part of it by `depthlake bench PART`: {machine()}.",
            "Absolute figures vary with the machine; ratios come from one run.",
            "",
            "| what | measured | how | on |",
            "|---|---|---|---|",
            *lines,
            "",
        ]
    )


def _part(name: str) -> Callable[[Settings, Console], list[Row]]:
    if name not in PARTS:
        raise SettingsError(f"{name} is no part of the benchmark: there are {', '.join(PARTS)}.")
    return PARTS[name]
