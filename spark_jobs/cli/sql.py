"""`sql`."""

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from spark_jobs.cli.context import caller

TABLE_ROWS = 1_000


class Format(StrEnum):
    """How an answer is written."""

    table = "table"
    csv = "csv"
    json = "json"


def sql(
    context: typer.Context,
    query: Annotated[str | None, typer.Argument(help="Statements, separated by ;  or - for standard input.")] = None,
    file: Annotated[Path | None, typer.Option("-f", "--file", help="Read the statements from a file.")] = None,
    format: Annotated[Format, typer.Option(help="csv and json give all rows.")] = Format.table,
    limit: Annotated[int, typer.Option(min=1, help="Rows that a table shows at most.")] = TABLE_ROWS,
) -> None:
    """Run SQL in the lakehouse, through Spark Connect. Decimals are exact; null is NULL, nothing (csv), null (json).

    Example: `depthlake sql "select symbol, count(*) from silver.trades group by symbol" --format csv`
    """
    from spark_jobs.cli import render
    from spark_jobs.cli.query import run_sql

    who = caller(context)
    script = _script(query, file)
    writers = {Format.table: render.as_table, Format.csv: render.as_csv, Format.json: render.as_json}
    for answer in run_sql(who.settings, script, limit + 1 if format is Format.table else None):
        rows = answer.rows[:limit] if format is Format.table else answer.rows
        if answer.names:
            typer.echo(writers[format](answer.names, rows))
        if len(rows) < len(answer.rows):
            who.say(f"The first {limit:,} rows: --limit shows more, --format csv all.")


def _script(query: str | None, file: Path | None) -> str:
    if (query is None) == (file is None):
        raise typer.BadParameter("give either a query (- reads standard input) or -f FILE")
    if file is not None:
        if not file.is_file():
            raise typer.BadParameter(f"{file} is not a file")
        return file.read_text()
    return sys.stdin.read() if query == "-" else str(query)
