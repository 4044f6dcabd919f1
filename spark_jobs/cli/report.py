"""`report`: what regulators publish of venues, of this lake."""

import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from schemas.errors import SettingsError
from schemas.venues import EXCHANGE_VENUES
from spark_jobs.cli.context import caller
from spark_jobs.cli.options import require_folder

app = typer.Typer(help="Reports on venues, as CSV.", no_args_is_help=True)
Out = Annotated[Path | None, typer.Option(help="File to write; without it, standard output.", metavar="FILE")]

# FINRA's names of the fields of its weekly summary, and the columns of gold.ats_weekly.
ATS_FIELDS = {
    "weekStartDate": "week_start",
    "tierIdentifier": "tier",
    "issueSymbolIdentifier": "symbol",
    "MPID": "venue",
    "marketParticipantName": "venue_name",
    "totalWeeklyShareQuantity": "share_quantity",
    "totalWeeklyTradeCount": "trade_count",
    "initialPublishedDate": "publication_date",
}


@app.command("execution-quality")
def execution_quality(
    context: typer.Context,
    month: Annotated[str, typer.Option(help="Month, as 2024-08.", metavar="MONTH")],
    venue: Annotated[str | None, typer.Option(help="One venue of the exchange; else all.")] = None,
    out: Out = None,
) -> None:
    """Write a month's execution quality, in the form of SEC Rule 605, from what `refresh` has computed. Needs `up`.

    Example: `depthlake report execution-quality --month 2024-08 --venue DLXA --out august.csv`
    """
    _write(context, query_execution_quality(month, venue), out)


@app.command("ats")
def ats(
    context: typer.Context,
    week: Annotated[str, typer.Option(help="Monday of the week, as 2024-08-05.", metavar="DAY")],
    out: Out = None,
) -> None:
    """Write what dark pools traded in a week, in the form of FINRA's weekly ATS data. Needs `up`.

    Example: `depthlake report ats --week 2024-08-05 --out week.csv`
    """
    _write(context, query_ats(week), out)


def query_execution_quality(month: str, venue: str | None) -> str:
    """The SQL of a month's report. Raises SettingsError when there is no such month or venue of the exchange."""
    if not re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])", month) or month.startswith("0000"):
        raise SettingsError(f"--month {month!r} is no month: give one as 2024-08.")
    codes = [each.code for each in EXCHANGE_VENUES]
    if venue is not None and venue not in codes:
        raise SettingsError(f"--venue {venue} is no venue of the exchange: choose from {', '.join(codes)}.")
    of_venue = f" AND venue = '{venue}'" if venue else ""
    columns = "month_start, venue, symbol, order_type, order_size, lot_status"
    return (
        "SELECT * EXCEPT (known_from) FROM gold.execution_quality_1mo "
        f"WHERE month_start = DATE'{month}-01'{of_venue} ORDER BY {columns}"
    )


def query_ats(week: str) -> str:
    """The SQL of a week's report. Raises SettingsError when the day is no Monday."""
    day = _day(week)
    if day.weekday():
        monday = day - timedelta(days=day.weekday())
        raise SettingsError(f"--week {week} is no Monday: weeks begin on one, this one on {monday}.")
    fields = ", ".join(f"{column} AS {name}" for name, column in ATS_FIELDS.items())
    return f"SELECT {fields} FROM gold.ats_weekly WHERE week_start = DATE'{day}' ORDER BY tier, symbol, venue"


def _day(text: str) -> date:
    try:
        return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC).date()
    except ValueError:
        raise SettingsError(f"--week {text!r} is no day: give a Monday as 2024-08-05.") from None


def _write(context: typer.Context, query: str, out: Path | None) -> None:
    from spark_jobs.cli import render
    from spark_jobs.cli.query import run_sql

    who = caller(context)
    if out is not None:
        require_folder(out)
    (answer,) = run_sql(who.settings, query)
    text = render.as_csv(answer.names, answer.rows)
    if out is None:
        typer.echo(text)
    else:
        out.write_text(text + "\n")
    who.say(f"{len(answer.rows):,} rows." if answer.rows else "No rows: the lake has nothing of it.")
