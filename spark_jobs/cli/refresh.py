"""`refresh`."""

import time
from typing import TYPE_CHECKING, Annotated

import typer

from schemas.errors import SettingsError
from spark_jobs.cli.context import Caller, caller
from spark_jobs.cli.days import First, Last, day_of

if TYPE_CHECKING:
    from pyspark.sql.connect.session import SparkSession

    from pipelines.gold.daily.declare import Daily
    from spark_jobs.audit import Deed
    from spark_jobs.refresh import Days


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

    who, names = caller(context), [daily.table.name for daily in DAILY]
    if unknown := [name for name in tables or () if name not in names]:
        raise SettingsError(f"{', '.join(unknown)} is no table by the day: there are {', '.join(names)}.")
    chosen = [daily for daily in DAILY if not tables or daily.table.name in tables]
    with open_door(who.settings) as session:
        days = list(between(days_of(session, chosen), day_of(since), day_of(until)))
        if days:
            _refresh(who, session, chosen, Days(days[0], days[-1]))
        else:
            who.say("Silver has no rows of such a day.")


def _refresh(who: Caller, session: "SparkSession", chosen: "list[Daily]", days: "Days") -> None:
    from spark_jobs.audit import audited
    from spark_jobs.refresh import refresh as refresh_days

    total = 0
    with audited(session, who.settings, _deed(session, chosen, days)) as said:
        for daily in chosen:
            started = time.monotonic()
            count = refresh_days(session, daily, days)
            total += count
            who.say(f"{daily.table.name}, {days}: {count:,} rows in {time.monotonic() - started:.1f} s")
        said.append(f"{total:,} rows.")


def _deed(session: "SparkSession", chosen: "list[Daily]", days: "Days") -> "Deed":
    """What the audit log says of it, with the versions of silver that are read."""
    from pipelines.gold.daily.tables import DAILY
    from spark_jobs.audit import Deed
    from spark_jobs.tables import read_versions

    tables = [daily.table.name for daily in chosen]
    silver = sorted({each.name for daily in chosen for each in daily.inputs if each.name.startswith("silver.")})
    subject = "gold by the day" if len(chosen) == len(DAILY) else ", ".join(tables)
    inputs = {"tables": tables, "days": str(days), "versions": read_versions(session, silver)}
    return Deed("REFRESH", f"{subject}, {days}", inputs)
