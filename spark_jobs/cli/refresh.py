"""`refresh`."""

import time
from typing import Annotated

import typer

from schemas.errors import SettingsError
from spark_jobs.cli.context import caller
from spark_jobs.cli.days import First, Last, day_of


def refresh(
    context: typer.Context,
    tables: Annotated[list[str] | None, typer.Argument(help="Tables by the day; without any all of them.")] = None,
    since: First = None,
    until: Last = None,
) -> None:
    """Compute the gold tables by the day anew, of each day that silver has or of those from a day to another.

    What the days had is replaced in one commit a table; doing it again gives the same rows. Needs `up`.

    Example: `depthlake refresh gold.book_integrity_1m --from 2024-08-08`
    """
    from pipelines.gold.daily.tables import DAILY
    from spark_jobs.cli.query import open_door
    from spark_jobs.refresh import Days, between, days_of
    from spark_jobs.refresh import refresh as refresh_days

    who, names = caller(context), [daily.table.name for daily in DAILY]
    if unknown := [name for name in tables or () if name not in names]:
        raise SettingsError(f"{', '.join(unknown)} is no table by the day: there are {', '.join(names)}.")
    chosen = [daily for daily in DAILY if not tables or daily.table.name in tables]
    with open_door(who.settings) as session:
        days = list(between(days_of(session, chosen), day_of(since), day_of(until)))
        for daily in chosen if days else ():
            started, span = time.monotonic(), Days(days[0], days[-1])
            count = refresh_days(session, daily, span)
            who.say(f"{daily.table.name}, {span}: {count:,} rows in {time.monotonic() - started:.1f} s")
    if not days:
        who.say("Silver has no rows of such a day.")
