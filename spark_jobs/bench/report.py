"""Run parts of the benchmark on an instance of their own and write the table down."""

import platform
import re
import shutil
import sys
from collections.abc import Sequence
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

    Rows that are not measured anew stay, unless they are of another machine. The instance must be down: its ports are
    used. Raises SettingsError for a part that there is not.
    """
    if unknown := [name for name in names if name not in PARTS]:
        raise SettingsError(f"{', '.join(unknown)} is no part of the benchmark: there are {', '.join(PARTS)}.")
    own = replace(settings, home=settings.home / "bench")
    shutil.rmtree(own.home, ignore_errors=True)
    written = rows_of_this_machine(output.read_text() if output.exists() else "")
    table = Table("what", "measured", "how")
    try:
        for name in dict.fromkeys(names or PARTS):
            rows = PARTS[name](own, console)
            written = merge(written, rows, f"{datetime.now(UTC):%Y-%m-%d}")
            output.write_text(as_markdown(written))
            for row in rows:
                table.add_row(*row)
    finally:
        lifecycle.down(own, lifecycle.NAMES, say=console.print)
    console.print(table)


def merge(before: Sequence[Dated], rows: Sequence[Row], day: str) -> list[Dated]:
    """The rows of before, those measured anew in their place or, the new ones, at the end."""
    merged = {row[0]: row for row in before} | {row[0]: (*row, day) for row in rows}
    return list(merged.values())


def rows_of_this_machine(text: str) -> list[Dated]:
    """The rows of docs/performance.md, none where it tells of another machine."""
    return read_rows(text) if machine() in text else []


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
