"""`refresh`."""

import time
from datetime import date, datetime
from typing import Annotated

import typer

from schemas.errors import SettingsError
from spark_jobs.cli.context import caller


def refresh(
    context: typer.Context,
    tables: Annotated[list[str] | None, typer.Argument(help="Tables by the day; without any all of them.")] = None,
    since: Annotated[
        datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], metavar="DAY", help="First UTC day.")
    ] = None,
    until: Annotated[
        datetime | None, typer.Option("--to", formats=["%Y-%m-%d"], metavar="DAY", help="Last UTC day.")
    ] = None,
) -> None:
    """Compute the gold tables by the day anew, of each day that silver has or of those from a day to another.

    What a day had is replaced in one commit; doing it again gives the same rows. Needs `up`.

    Example: `depthlake refresh gold.book_integrity_1m --from 2024-08-08`
    """
    from pipelines.gold.daily.tables import DAILY
    from spark_jobs.cli.query import open_door
    from spark_jobs.refresh import between, days_of
    from spark_jobs.refresh import refresh as refresh_day

    who, names = caller(context), [daily.table.name for daily in DAILY]
    if unknown := [name for name in tables or () if name not in names]:
        raise SettingsError(f"{', '.join(unknown)} is no table by the day: there are {', '.join(names)}.")
    chosen = [daily for daily in DAILY if not tables or daily.table.name in tables]
    with open_door(who.settings) as session:
        days = list(between(days_of(session, chosen), _day(since), _day(until)))
        for day in days:
            for daily in chosen:
                started = time.monotonic()
                count = refresh_day(session, daily, day)
                who.say(f"{day} {daily.table.name}: {count:,} rows in {time.monotonic() - started:.1f} s")
    if not days:
        who.say("Silver has no rows of such a day.")


def _day(moment: datetime | None) -> date | None:
    return moment.date() if moment else None
