"""`demo`, `bench`, `version`."""

from typing import Annotated

import typer

from spark_jobs.cli.context import caller
from spark_jobs.cli.options import Beside

Parts = Annotated[list[str] | None, typer.Argument(help="Parts of the benchmark; without any all of them.")]


def demo(
    context: typer.Context,
    seconds: Annotated[int, typer.Option(min=1, help="How long participants trade.")] = 60,
    beside: Annotated[list[Beside] | None, typer.Option("--with", help="What else to start.")] = None,
) -> None:
    """Start everything, let participants trade on the exchange, show the lake fill, stop everything.

    Example: `depthlake demo --seconds 20`
    """
    from spark_jobs.demo import run
    from spark_jobs.instance import superset

    who = caller(context)
    run(who.settings, who.out, seconds, superset.NAMES if beside else ())


def bench(context: typer.Context, parts: Parts = None) -> None:
    """Measure throughput, latency, rates of simulator, exchange and backtests, and dashboards, on this machine.

    The table is printed and written to docs/performance.md, part by part. All of it takes half an hour.

    Example: `depthlake bench codec backtests`
    """
    from spark_jobs.bench.report import run

    who = caller(context)
    run(who.settings, who.out, parts or ())


def version() -> None:
    """Print the version.

    Example: `depthlake version`
    """
    from importlib.metadata import version as version_of

    typer.echo(version_of("depthlake"))
