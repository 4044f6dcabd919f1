"""`backfill`."""

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from schemas.errors import SettingsError
from spark_jobs.cli.context import Caller, caller
from spark_jobs.cli.days import First, Last, day_of

if TYPE_CHECKING:
    from spark_jobs.refresh import Days
    from spark_jobs.tables import Session


def backfill(
    context: typer.Context,
    tables: Annotated[list[str] | None, typer.Argument(help="Tables; without any all that can be.")] = None,
    since: First = None,
    until: Last = None,
    failed: Annotated[bool, typer.Option("--failed", help="The days of which the last attempt failed.")] = False,
) -> None:
    """Compute days of silver and gold again from bronze, while the streams go on. Needs `up`.

    What the days had is replaced in one commit a table; gold.partition_ledger says what they came to. Only days that
    are over; without --to the first alone.

    Example: `depthlake backfill silver.trades gold.trades_1m_partials --from 2024-08-08`
    """
    from spark_jobs.cli.query import open_door
    from spark_jobs.ledger import failed_days

    who = caller(context)
    with open_door(who.settings) as session:
        wanted = failed_days(session) if failed else _chosen(tables, day_of(since), day_of(until))
        _run(who, session, wanted)
    if not wanted:
        who.say("Nothing failed.")


def _chosen(tables: list[str] | None, begin: date | None, end: date | None) -> "dict[str, list[Days]]":
    """The days of each table, in the order in which they follow from each other."""
    from spark_jobs.backfill import backfillable, closed_days

    if begin is None:
        raise SettingsError("Which days? Give the first as --from DAY, or --failed.")
    if unknown := [name for name in tables or () if name not in backfillable()]:
        raise SettingsError(f"{', '.join(unknown)} cannot be computed again: there are {', '.join(backfillable())}.")
    days = closed_days(begin, end or begin, datetime.now(UTC))
    return {name: [days] for name in backfillable() if not tables or name in tables}


def _run(who: Caller, session: "Session", wanted: "dict[str, list[Days]]") -> None:
    from spark_jobs.audit import new_run_id
    from spark_jobs.ledger import Run, backfill_recorded

    run = Run(new_run_id(), datetime.now(UTC))
    for name, spans in wanted.items():
        for days in spans:
            written = backfill_recorded(session, who.settings, name, days, run)
            who.say(f"{name}, {days}: {written.row_count:,} rows in {written.took_s:.1f} s, version {written.version}")
