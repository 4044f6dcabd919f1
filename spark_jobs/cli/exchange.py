"""`exchange match`, `exchange run`, `exchange trade`."""

import time
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from spark_jobs.cli.context import caller
from spark_jobs.cli.sources import progress_bar

app = typer.Typer(no_args_is_help=True, help="The exchange: orders in, trades and reports out.")


class ReportFormat(StrEnum):
    """How reports are written."""

    CANONICAL = "canonical"
    PARQUET = "parquet"


@app.command()
def run(
    context: typer.Context,
    tick: Annotated[float, typer.Option(min=1e-9, help="Prices are multiples of it.")] = 0.01,
    lot: Annotated[float, typer.Option(min=1e-9, help="Quantities are multiples of it.")] = 1.0,
    taker_fee: Annotated[float, typer.Option(help="Of a trade's value, bps.")] = 0.30,
    maker_fee: Annotated[float, typer.Option(help="The same; below zero a rebate.")] = -0.20,
) -> None:
    """Match the orders of market.orders.v1, a shard a partition, until Ctrl-C or SIGTERM. Needs `up`.

    Orders for the venues DLXA, DLXB and DLXD (dark) are matched, others are passed over. Trades, order events and
    depth are published in one transaction with the offsets of their orders, so that each is out once, whatever dies;
    quotes follow at most every 100 ms. Snapshots lie in <home>/exchange; the next start goes on from the last one.

    Example: `depthlake exchange run --tick 0.01 --lot 1`
    """
    from pipelines.exchange.rules import UNITS, Rules
    from spark_jobs.exchange import run_exchange

    who = caller(context)
    ppm = (round(fee * 100) for fee in (taker_fee, maker_fee))
    run_exchange(who.settings, Rules(round(tick * UNITS), round(lot * UNITS), *ppm), who.say)


@app.command()
def trade(
    context: typer.Context,
    rate: Annotated[float, typer.Option(min=1, help="Orders a second in all, on average.")] = 2_000,
    duration: Annotated[float, typer.Option(min=0, help="Seconds.")] = 60,
    seed: Annotated[int, typer.Option(help="The same seed gives the same participants and prices in mind.")] = 1,
    symbols: Annotated[str | None, typer.Option(help="Some of the twelve, as AAPL,GME.", metavar="LIST")] = None,
) -> None:
    """Let simulated participants trade on the exchange, until the time is up or Ctrl-C. Needs `exchange run`.

    Market makers (accounts MM-01 and on), momentum (MOM-01) and mean-reversion traders (REV-01), noise traders
    (NOISE-001) and institutions (INST-01) that slice blocks by TWAP or VWAP, partly in the dark book. Each start gives
    their accounts cash and shares anew, and sets reference prices and collars. They wait while the exchange is silent,
    and cancel what is open at the end.

    Example: `depthlake exchange trade --rate 2000 --duration 60 --symbols AAPL,GME`
    """
    from pipelines.source.participants.config import trading_config
    from pipelines.source.participants.run import Session
    from pipelines.source.simulator.run import Clock
    from spark_jobs.cli.publishing import wanted_instruments
    from spark_jobs.trading import run_participants

    who = caller(context)
    config = trading_config(seed, time.time_ns(), wanted_instruments(symbols))
    session = Session(rate, duration, True, Clock(time.time_ns, time.sleep))
    with progress_bar(who.err, "orders") as advance:
        run_participants(who.settings, config, session, advance, who.say)


@app.command()
def match(
    context: typer.Context,
    messages: Annotated[Path, typer.Argument(help="Parquet file of messages.", metavar="MESSAGES")],
    reports: Annotated[Path, typer.Option(help="File that the reports are written to.", metavar="FILE")],
    format: Annotated[ReportFormat, typer.Option(help="Lines of the canonical stream, or all columns.")] = (
        ReportFormat.CANONICAL
    ),
) -> None:
    """Match the messages of a file and write the reports; print the speed and the SHA-256 of the canonical stream.

    **Messages**, a row each: `sequence`, `type` (0 new, 1 cancel, 2 modify), `side` (0 buy, 1 sell), `ioc` (boolean),
    `order_id`, `price_ticks`, `quantity`; integers above zero, ids from zero. Other columns are left alone. A modify
    that only makes the quantity smaller keeps the order's place; any other is cancel and entry anew.

    **Canonical stream**: one line a report, joined by newlines, none at the end; within a message by type, trades in
    order of matching. `0,seq,side,id,price,qty` accepted, `1,seq,price,qty,maker,taker` trade at the maker's price,
    `2,seq,side,id,price` cancelled, also the rest of an IOC, `3,seq,side,id,price,qty` modified, `4,seq,id` cancel
    refused, `5,seq,id` modify refused.

    **Parquet**: every report with all its columns, also orders that are refused, which have no canonical line.

    The first run on a machine compiles the engine, for about half a minute; the speed leaves that out.

    Example: `depthlake exchange match messages.parquet --reports reports.txt`
    """
    from spark_jobs.cli.matching import match_file

    who = caller(context)
    with progress_bar(who.err, "messages") as advance:
        done = match_file(messages, reports, format, advance)
    who.out.print(f"{done.messages:,} messages, {done.reports:,} reports, {done.trades:,} trades")
    who.out.print(f"{done.rate:,.0f} messages/s in the engine, after {done.compile_s:.1f} s of compiling or loading it")
    who.out.print(f"sha256 {done.sha256}")
    if done.refused:
        who.say(f"{done.refused:,} orders were refused and have no canonical line: --format parquet gives the reasons.")
