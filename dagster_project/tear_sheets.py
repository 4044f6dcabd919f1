"""Where tear sheets of scheduled backtests lie, and at which address of Dagster's page they are read."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import dagster as dg

if TYPE_CHECKING:
    from spark_jobs.backtests.results import Stored
    from spark_jobs.tables import Session

ADDRESS = "/tear_sheets"


def folder_in(home: Path) -> Path:
    """The folder of an instance's tear sheets, made where there is none."""
    folder = home / "backtests"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def write_sheets(session: "Session", home: Path, runs: "Sequence[Stored]") -> dict[str, dg.MetadataValue]:
    """Write the tear sheet of each run into the folder of an instance; a link to each, by strategy."""
    from spark_jobs.backtests.report import report

    folder, links = folder_in(home), dict[str, dg.MetadataValue]()
    for run in runs:
        name = f"{run.row['run_id']}.html"
        (folder / name).write_text(report(session, run.row["run_id"]), encoding="utf-8")
        links[f"tear_sheet_{run.row['strategy']}"] = dg.MetadataValue.url(f"{ADDRESS}/{name}")
    return links
