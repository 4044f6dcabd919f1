"""`parity`."""

from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table

from spark_jobs.cli.context import Caller, caller

if TYPE_CHECKING:
    from spark_jobs.parity.ledger import Entry


def parity(
    context: typer.Context,
    files: Annotated[
        list[Path] | None, typer.Argument(help="Captures; without any, some minutes of the exchange.", exists=True)
    ] = None,
    source: Annotated[str, typer.Option(help="What wrote the files: binance.")] = "binance",
    seed: Annotated[int, typer.Option(help="The same seed gives the same minutes.")] = 1,
    keep: Annotated[bool, typer.Option("--keep", help="Leave the lakes of the three paths in <home>/parity.")] = False,
) -> None:
    """Bring the same bytes to gold three times: live, by backfill, by replay. Every table and day must be the same.

    Live is many small micro-batches while the bytes are published; the backfill computes from bronze, without Kafka;
    the replay reads the topics again after the checkpoint is lost, in other batches. Each has a lake of its own. The
    ledger is printed and, where the instance is up, appended to gold.parity. Exit code 1 when a path differs.

    Example: `depthlake parity spot_btcusdt_20240808.gz`
    """
    from spark_jobs.audit import new_run_id
    from spark_jobs.parity.command import take_all_prints
    from spark_jobs.parity.ledger import Run, compare_prints, require_equal
    from spark_jobs.parity.source import Request

    who = caller(context)
    run = Run(new_run_id(), datetime.now(UTC))
    request = Request(source, tuple(str(file.resolve()) for file in files or ()), seed)
    with who.err.status("The same bytes by three paths"):
        entries = compare_prints(run, take_all_prints(who.settings, request, keep, who.say))
    who.out.print(as_table(entries))
    _append(who, entries, asdict(request))
    require_equal(entries)
    who.out.print(f"Equal by all paths: {len({(e.table_name, e.event_date) for e in entries})} tables and days.")


def as_table(entries: "list[Entry]") -> Table:
    """A line a table and day: rows and hash by the first path; whether the others are equal, else what they have."""
    paths = list(dict.fromkeys(entry.path for entry in entries))
    table = Table("table", "day", "rows", "hash", *paths[1:], box=None, pad_edge=False)
    for first in (entry for entry in entries if entry.path == paths[0]):
        place = (first.table_name, first.event_date)
        others = [
            entry for entry in entries if entry.path != paths[0] and (entry.table_name, entry.event_date) == place
        ]
        marks = ["equal" if entry.is_equal else f"{entry.row_count:,} rows, {entry.hash[:12]}" for entry in others]
        day = str(first.event_date or "")
        table.add_row(first.table_name, day, f"{first.row_count:,}", first.hash[:12], *marks)
    return table


def _append(who: Caller, entries: "list[Entry]", inputs: dict[str, Any]) -> None:
    from schemas.parity import PARITY
    from spark_jobs.audit import Deed, audited
    from spark_jobs.cli.query import open_door
    from spark_jobs.instance.ports import accepts
    from spark_jobs.parity.command import append_entries

    if not accepts(who.settings.lakehouse, who.settings.connect_port):
        who.say("The instance is not up: gold.parity was not written.")
        return
    deed = Deed("PARITY", PARITY.name, inputs, run_id=entries[0].run_id)
    with open_door(who.settings) as session, audited(session, who.settings, deed) as said:
        append_entries(session, entries)
        said.append(f"{len(entries)} rows, {sum(not entry.is_equal for entry in entries)} of them unlike LIVE.")
    who.say(f"Appended {len(entries)} rows to gold.parity.")
