"""`refresh`."""

import time
from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from schemas.errors import SettingsError
from spark_jobs.cli.context import Caller, caller

if TYPE_CHECKING:
    from pyspark.sql.connect.session import SparkSession

    from pipelines.gold.daily.declare import Daily
    from spark_jobs.audit import Deed


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

    who, names = caller(context), [daily.table.name for daily in DAILY]
    if unknown := [name for name in tables or () if name not in names]:
        raise SettingsError(f"{', '.join(unknown)} is no table by the day: there are {', '.join(names)}.")
    chosen = [daily for daily in DAILY if not tables or daily.table.name in tables]
    with open_door(who.settings) as session:
        days = list(between(days_of(session, chosen), _day(since), _day(until)))
        if days:
            _refresh(who, session, chosen, days)
        else:
            who.say("Silver has no rows of such a day.")


def _refresh(who: Caller, session: "SparkSession", chosen: "list[Daily]", days: list[date]) -> None:
    from spark_jobs.audit import audited
    from spark_jobs.refresh import refresh as refresh_day

    total = 0
    with audited(session, who.settings, _deed(session, chosen, days)) as said:
        for day in days:
            for daily in chosen:
                started = time.monotonic()
                count = refresh_day(session, daily, day)
                total += count
                who.say(f"{day} {daily.table.name}: {count:,} rows in {time.monotonic() - started:.1f} s")
        said.append(f"{total:,} rows.")


def _deed(session: "SparkSession", chosen: "list[Daily]", days: list[date]) -> "Deed":
    """What the audit log says of it, with the versions of silver that are read."""
    from pipelines.gold.daily.tables import DAILY
    from spark_jobs.audit import Deed, read_versions

    tables = [daily.table.name for daily in chosen]
    silver = sorted({each.name for daily in chosen for each in daily.inputs if each.name.startswith("silver.")})
    subject = "gold by the day" if len(chosen) == len(DAILY) else ", ".join(tables)
    period = " to ".join(dict.fromkeys(map(str, (days[0], days[-1]))))
    inputs = {"tables": tables, "days": list(map(str, days)), "versions": read_versions(session, silver)}
    return Deed("REFRESH", f"{subject}, {period}", inputs)


def _day(moment: datetime | None) -> date | None:
    return moment.date() if moment else None
