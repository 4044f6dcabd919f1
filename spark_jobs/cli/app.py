"""The command line `depthlake`: one function a command, each a few lines over the packages that do the work."""

import logging
import os
import signal
import sys
import warnings
from pathlib import Path
from types import FrameType, TracebackType
from typing import Annotated

import typer

from schemas.errors import DepthlakeError
from spark_jobs.cli import (
    accounts,
    analytics,
    audit,
    backfill,
    backtest,
    book,
    exchange,
    feed,
    instance,
    lookahead,
    parity,
    quality,
    refresh,
    rejected,
    report,
    serve,
    show,
    sources,
    sql,
)
from spark_jobs.cli.context import Caller

INTERRUPTED = 128 + signal.SIGINT

app = typer.Typer(
    name="depthlake",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Settings are DEPTHLAKE_* variables, one a field of spark_jobs/settings.py: DEPTHLAKE_KAFKA_PORT=9192.",
)
app.command()(instance.up)
app.command()(instance.down)
app.command()(instance.status)
app.command()(instance.doctor)
app.command()(serve.serve)
app.command()(serve.ready)
app.command()(sources.simulate)
app.command()(sources.replay)
app.command("import")(sources.import_)
app.command()(sql.sql)
app.command()(book.book)
app.command()(refresh.refresh)
app.command()(backfill.backfill)
app.command()(lookahead.lookahead)
app.command()(parity.parity)
app.command()(quality.quality)
app.command()(show.demo)
app.command()(show.bench)
app.command()(show.version)
app.add_typer(analytics.app, name="analytics")
app.add_typer(audit.app, name="audit")
app.add_typer(backtest.app, name="backtest")
app.add_typer(exchange.app, name="exchange")
app.add_typer(feed.app, name="feed")
app.add_typer(rejected.app, name="rejected")
app.add_typer(report.app, name="report")
exchange.app.command()(accounts.project)
exchange.app.command()(accounts.accounts)
exchange.app.command()(accounts.fund)


@app.callback()
def options(
    context: typer.Context,
    home: Annotated[
        Path | None, typer.Option(help="Folder of the instance (DEPTHLAKE_HOME); else .depthlake here.", metavar="DIR")
    ] = None,
    debug: Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")] = False,
) -> None:
    """A market-data lakehouse: Kafka topics become Delta tables that you query while they fill.

    Start with `depthlake demo`, or with `depthlake up`, `depthlake simulate` and `depthlake sql`.
    """
    context.obj = Caller(dict(os.environ), home)
    if not debug:
        sys.excepthook = explain
        logging.disable()  # libraries log what they raise
        warnings.simplefilter("ignore")


def explain(kind: type[BaseException], error: BaseException, _: TracebackType | None) -> None:
    """One sentence for an error that ends the command."""
    known = isinstance(error, DepthlakeError)
    print(error if known else f"{kind.__name__}: {error}. depthlake --debug COMMAND shows where.", file=sys.stderr)


def main() -> None:
    """Entry point: exit code 0, 1 after an error, 2 for wrong usage, 128 + n when signal n ended the command."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, _end)
    try:
        app()
    except SystemExit as ended:
        if ended.code == INTERRUPTED:
            print("Interrupted.", file=sys.stderr)
        raise


def _end(number: int, _: FrameType | None) -> None:
    """Leave as Ctrl-C does, through every `finally`."""
    sys.exit(128 + number)
