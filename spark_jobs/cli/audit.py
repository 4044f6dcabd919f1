"""`audit`: what was done to the lake."""

import re
from typing import Annotated

import typer

from schemas.errors import SettingsError
from spark_jobs.cli.context import caller
from spark_jobs.cli.sql import Format

SHOWN = "number, entry_ts, actor, action, subject, outcome, sentence"

app = typer.Typer(help="The audit log: what was done to the lake, by whom, and what came of it.", no_args_is_help=True)


@app.command("list")
def list_(
    context: typer.Context,
    limit: Annotated[int, typer.Option(min=1, help="Entries to show at most.")] = 20,
    format: Annotated[Format, typer.Option(help="csv and json have every column.")] = Format.table,
) -> None:
    """Show the entries of gold.audit_log, the newest first. Needs `up`.

    Example: `depthlake audit list --limit 5`
    """
    from spark_jobs.cli import render
    from spark_jobs.cli.query import run_sql

    who = caller(context)
    columns = SHOWN if format is Format.table else "*"
    query = f"SELECT {columns} FROM gold.audit_log ORDER BY number DESC LIMIT {limit}"
    writers = {Format.table: render.as_table, Format.csv: render.as_csv, Format.json: render.as_json}
    (answer,) = run_sql(who.settings, query)
    typer.echo(writers[format](answer.names, answer.rows))


@app.command()
def verify(
    context: typer.Context,
    head: Annotated[
        str | None, typer.Option(help="Hash that verify printed before and that you kept elsewhere.", metavar="HASH")
    ] = None,
) -> None:
    """Check that no entry of gold.audit_log was changed, removed, moved or slipped in. Exit code 1 when one was.

    The end of the log is compared with <home>/audit/head.json; whoever can write the table can perhaps write that
    file, too, so keep the hash that is printed elsewhere and give it as --head. Needs `up`.

    Example: `depthlake audit verify`
    """
    from spark_jobs.audit import verify as verify_log
    from spark_jobs.cli.query import open_door

    who = caller(context)
    elsewhere = None if head is None else parse_hash(head)
    with open_door(who.settings) as session:
        verdict = verify_log(session, who.settings, elsewhere)
    if verdict.crash:
        who.say(verdict.crash)
    who.out.print(f"{verdict.head.number:,} entries hold together; the hash of the last is {verdict.head.hash}")


def parse_hash(text: str) -> str:
    """A hash in lower case. Raises SettingsError when it is none."""
    if not re.fullmatch(r"[0-9a-fA-F]{64}", text):
        raise SettingsError(f"--head {text!r} is no hash: give the 64 hexadecimal digits that audit verify printed.")
    return text.lower()
