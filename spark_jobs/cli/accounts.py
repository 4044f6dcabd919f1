"""`exchange project`, `exchange accounts`, `exchange fund`."""

import signal
import time
from dataclasses import dataclass
from threading import Event
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

from pipelines.serve.accounts.codes import AccountType
from spark_jobs.cli.context import Caller, caller
from spark_jobs.cli.options import taking
from spark_jobs.cli.sql import Format

WIDEST = 10_000

if TYPE_CHECKING:
    from pipelines.serve.accounts.funding import Funding
    from pipelines.serve.accounts.statements import Statement


def project(
    context: typer.Context,
    once: Annotated[bool, typer.Option("--once", help="Stop where the topic ends now.")] = False,
) -> None:
    """Write accounts, balances, orders and trades into the database as market.order_events.v1 tells them. Needs `up`.

    The database is the SQLite file `<home>/exchange/exchange.db`, or the PostgreSQL of DEPTHLAKE_DATABASE_URL. Each
    batch is one transaction with the offsets it reaches: killed anywhere, it goes on where the database is. SIGTERM
    and Ctrl-C stop it after the batch at work.

    Example: `DEPTHLAKE_DATABASE_URL=postgresql://me@localhost/exchange depthlake exchange project`
    """
    from pipelines.serve.accounts.consume import Until, follow
    from pipelines.serve.accounts.database import open_database
    from pipelines.source.publish import ensure_topics
    from schemas.topics import TOPICS

    who = caller(context)
    engine = open_database(who.settings.database)
    ensure_topics(who.settings.bootstrap, TOPICS, who.settings.partitions)
    done = 0
    with who.err.status("Projecting") as spinner:
        for count in follow(engine, who.settings.bootstrap, Until(_stop_signal(), once)):
            done += count
            spinner.update(f"Projected {done:,} events")
    who.say(f"Projected {done:,} events.")


def _stop_signal() -> Event:
    """What SIGTERM, SIGHUP and Ctrl-C set, instead of ending the process."""
    stop = Event()
    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    return stop


def accounts(
    context: typer.Context,
    account: Annotated[str | None, typer.Argument(help="One account with balances and positions.")] = None,
    format: Annotated[Format, typer.Option(help="csv and json: each table after the other.")] = Format.table,
) -> None:
    """Show the accounts of the database, or the balances and positions of one. Amounts are exact.

    Example: `depthlake exchange accounts ALICE --format json`
    """
    from pipelines.serve.accounts.database import open_database, reading
    from pipelines.serve.accounts.statements import describe_account, list_accounts

    who = caller(context)
    with reading(open_database(who.settings.database)) as connection:
        statements = describe_account(connection, account) if account else list_accounts(connection)
    for statement in statements:
        _show(who, statement, format)
    if not statements[0].rows:
        who.say("No account yet: depthlake exchange fund makes one.")


def _show(who: Caller, statement: "Statement", format: Format) -> None:
    from spark_jobs.cli import render

    if format is Format.table:
        _print_table(who.out, statement)
    else:
        write = render.as_csv if format is Format.csv else render.as_json
        typer.echo(write(statement.names, statement.rows))


def _print_table(console: Console, statement: "Statement") -> None:
    """As wide as it needs to be: no amount is cut."""
    from spark_jobs.cli.render import text

    table = Table(title=statement.title, title_justify="left")
    for name, value in zip(statement.names, (*statement.rows, statement.names)[0], strict=True):
        table.add_column(name, justify="left" if isinstance(value, str) else "right")
    for row in statement.rows:
        table.add_row(*(Text(text(value)) for value in row))
    needed = Measurement.get(console, console.options.update(max_width=WIDEST), table).maximum
    console.width = max(console.width, needed)
    console.print(table)


@dataclass(frozen=True)
class FundOptions:
    """What `fund` takes."""

    context: typer.Context
    account: Annotated[str, typer.Argument(help="Its name; the first funding makes it.")]
    cash: Annotated[str, typer.Option(help="Added to its cash.", metavar="AMOUNT")] = "0"
    shares: Annotated[
        list[str] | None, typer.Option(help="Added shares and the price they have cost.", metavar="SYMBOL=N@PRICE")
    ] = None
    max_order_quantity: Annotated[str, typer.Option(help="Most shares of an order; 0: any.", metavar="N")] = "0"
    max_order_value: Annotated[str, typer.Option(help="Most value of an order; 0: any.", metavar="AMOUNT")] = "0"
    max_short_quantity: Annotated[str, typer.Option(help="Most shares of a symbol that it owes.", metavar="N")] = "0"
    name: Annotated[str | None, typer.Option(help="Whose it is.", metavar="TEXT")] = None
    type: Annotated[AccountType | None, typer.Option(help="What its owner is; else INDIVIDUAL.")] = None


@taking(FundOptions)
def fund(options: FundOptions) -> None:
    """Give an account cash and shares, set its limits, and write its profile. Needs `up`.

    Cash is split evenly over the shards of the exchange, shares go to the shard of their symbol. Limits that are left
    out are lifted: each funding sets them anew. `depthlake exchange run` acts on it, `depthlake exchange project`
    shows it.

    Example: `depthlake exchange fund ALICE --cash 1000000 --shares AAPL=100@230.5 --name "Alice Doe"`
    """
    from pipelines.serve.accounts.database import open_database
    from pipelines.serve.accounts.funding import publish_funding
    from pipelines.serve.accounts.profiles import write_profile
    from pipelines.source.publish import ensure_topics
    from schemas.topics import TOPICS

    settings, funding = caller(options.context).settings, _funding(options, time.time_ns())
    engine = open_database(settings.database)
    ensure_topics(settings.bootstrap, TOPICS, settings.partitions)
    given = {"name": options.name, "type": options.type}
    write_profile(engine, funding.account_id, funding.time_ns, {k: v for k, v in given.items() if v})
    sent = publish_funding(settings.bootstrap, funding)
    caller(options.context).say(f"Published {sent} messages to {settings.bootstrap}.")


def _funding(options: FundOptions, now_ns: int) -> "Funding":
    from pipelines.serve.accounts.amounts import MONEY_LIMIT, parse_units
    from pipelines.serve.accounts.funding import Funding, Limits, parse_lot

    limits = Limits(
        parse_units("--max-order-quantity", options.max_order_quantity),
        parse_units("--max-order-value", options.max_order_value),
        parse_units("--max-short-quantity", options.max_short_quantity),
    )
    cash = parse_units("--cash", options.cash, MONEY_LIMIT)
    return Funding(options.account, now_ns, cash, tuple(map(parse_lot, options.shares or ())), limits)
