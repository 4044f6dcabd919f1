"""`book`."""

from datetime import UTC, datetime
from typing import Annotated

import typer

from schemas.errors import SettingsError
from spark_jobs.cli.context import caller
from spark_jobs.cli.sql import Format

NS = 10**9
FRACTION_DIGITS = 9


def book(
    context: typer.Context,
    symbol: Annotated[str, typer.Argument(help="Instrument.", metavar="SYMBOL")],
    at: Annotated[str, typer.Option(help="ISO 8601 time, UTC unless it says otherwise, or ns since 1970.")],
    venue: Annotated[str, typer.Option(help="Venue code, see gold.venues.")] = "DLXA",
    format: Annotated[Format, typer.Option(help="How the levels are written.")] = Format.table,
) -> None:
    """Show the order book of a symbol as it was at any past instant, rebuilt from silver.depth. Needs `up`.

    Example: `depthlake book AAPL --at 2024-08-08T14:30:00.250 --venue DLXA`
    """
    from pipelines.gold.book_at import book_at
    from spark_jobs.cli import render
    from spark_jobs.cli.query import run_sql

    who = caller(context)
    writers = {Format.table: render.as_table, Format.csv: render.as_csv, Format.json: render.as_json}
    (answer,) = run_sql(who.settings, book_at(symbol, venue, parse_instant(at)))
    typer.echo(writers[format](answer.names, answer.rows))
    if not answer.rows:
        who.say(f"silver.depth shows nothing of {symbol} on {venue} at {at}.")


def parse_instant(text: str) -> int:
    """A time as nanoseconds since 1970, to the ninth digit of its second. Raises SettingsError when it is none."""
    if text.isdigit():
        return int(text)
    head, _, rest = text.partition(".")
    digits = rest[: len(rest) - len(rest.lstrip("0123456789"))]
    try:
        moment = datetime.fromisoformat(head + rest[len(digits) :])
    except ValueError:
        raise SettingsError(
            f"--at {text!r} is no time: give one as 2024-08-08T14:30:00.25, or ns since 1970."
        ) from None
    whole = round((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())
    return whole * NS + int(digits[:FRACTION_DIGITS].ljust(FRACTION_DIGITS, "0"))
