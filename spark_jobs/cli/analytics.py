"""`analytics`: a day's report, and rows as files for other tools."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from schemas.errors import SettingsError
from spark_jobs.cli.context import caller
from spark_jobs.cli.options import require_folder

app = typer.Typer(help="Charts of a day, and rows as files for other tools.", no_args_is_help=True)


@app.command()
def report(
    context: typer.Context,
    day: Annotated[datetime, typer.Argument(formats=["%Y-%m-%d"], metavar="DAY", help="UTC day.")],
    out: Annotated[Path, typer.Option(help="Folder to write to; it is made.", metavar="DIR")],
) -> None:
    """Write a day's liquidity and spread: charts as PNG, and one HTML that holds them all. Needs `up`.

    Example: `depthlake analytics report 2024-08-08 --out august`
    """
    from pipelines.serve.analytics.daily_report import NEEDED, write_daily_report
    from spark_jobs.cli.query import open_door

    who, asked = caller(context), day.date()
    require_folder(out)
    with open_door(who.settings) as session:
        at = f"event_date = DATE'{asked}'"
        tables = {name: session.table(name).where(at).select(*columns).toArrow() for name, columns in NEEDED.items()}
    who.say(f"Wrote {write_daily_report(asked, tables, out)}.")


@app.command()
def export(
    context: typer.Context,
    table: Annotated[str, typer.Argument(help="Table or view, as gold.spread_1m.")],
    file: Annotated[Path, typer.Argument(help="New file: .parquet or .csv.", metavar="FILE")],
    day: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], metavar="DAY", help="A day of event_date; else all rows.")
    ] = None,
) -> None:
    """Write rows to a file for other tools, whole or not at all. Needs `up`.

    Example: `depthlake analytics export gold.spread_1m spread.parquet --day 2024-08-08`
    """
    from pipelines.gold.views import VIEWS
    from pipelines.serve.analytics.export import check_target
    from pipelines.serve.analytics.export import export as write
    from schemas.tables import TABLES
    from spark_jobs.cli.query import open_door

    who = caller(context)
    names = [*(each.name for each in TABLES), *(each.name for each in VIEWS)]
    if table not in names:
        raise SettingsError(f"{table} is neither a table nor a view: there are {', '.join(names)}.")
    check_target(file)
    with open_door(who.settings) as session:
        rows = session.table(table)
        chosen = rows.where(f"event_date = DATE'{day.date()}'") if day else rows
        count = write(chosen.toArrow().to_reader(), file)
    who.say(f"Wrote {count:,} rows to {file}.")
