"""`simulate`, `replay`, `import`."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

from spark_jobs.cli.context import Caller, caller
from spark_jobs.cli.instance import bring_up
from spark_jobs.cli.options import taking

if TYPE_CHECKING:
    from pipelines.source.importers.report import Imported

VISIBLE_S = 600

Advance = Callable[[int, float | None], object]


def simulate(
    context: typer.Context,
    rate: Annotated[float, typer.Option(min=0, help="Events a second; 0: as many as go.")] = 5_000,
    duration: Annotated[float, typer.Option(min=0, help="Seconds.")] = 60,
    seed: Annotated[int, typer.Option(help="The same seed gives the same market.")] = 1,
    symbols: Annotated[str | None, typer.Option(help="Some of the twelve, as AAPL,GME.", metavar="LIST")] = None,
) -> None:
    """Publish a simulated market: orders, trades, quotes and depth of lit and dark venues. Needs `up`.

    Example: `depthlake simulate --rate 20000 --duration 30 --symbols AAPL,TSLA`
    """
    from pipelines.source.simulator.config import MarketConfig
    from pipelines.source.simulator.run import Pace
    from spark_jobs.cli.publishing import publish_market, wanted_instruments

    who = caller(context)
    market = MarketConfig(seed, time.time_ns(), wanted_instruments(symbols))
    with progress_bar(who.err, "events") as advance:
        sent = publish_market(who.settings, market, Pace(rate, duration), advance)
    who.say(f"Published {sent:,} events.")


@dataclass(frozen=True)
class ImportOptions:
    """Parameters of `import`."""

    context: typer.Context
    files: Annotated[list[Path], typer.Argument(help="Recorded market data.", exists=True, dir_okay=False)]
    source: Annotated[
        str,
        typer.Option(help="What wrote the files: binance, binance-csv, databento, lobster, tardis; plain: --mapping."),
    ] = "binance"
    mapping: Annotated[
        Path | None, typer.Option(help="TOML that maps columns of any CSV or Parquet to a topic.", metavar="FILE")
    ] = None


@dataclass(frozen=True)
class ReplayOptions(ImportOptions):
    """Parameters of `replay`."""

    speed: Annotated[str, typer.Option(help="max, or a multiple of the pace of the recording.")] = "max"
    wait: Annotated[bool, typer.Option("--wait/--no-wait", help="Return when all rows are visible in gold.")] = True


@taking(ReplayOptions)
def replay(options: ReplayOptions) -> None:
    """Publish recorded market data; start the instance when it is down; wait until gold shows it all.

    All files are read and checked first: one line that is wrong, and nothing is published. A file that was replayed
    before changes nothing: its messages carry the same identity.

    **Sources**: `binance` captures of WebSocket streams; `binance-csv` bulk downloads; `databento` DBN or CSV;
    `lobster` a message file with its orderbook beside it; `tardis` CSV; `plain` any table, by `--mapping`.

    Example: `depthlake replay --source binance spot_btcusdt_20240808.gz --speed max`
    """
    from pipelines.source.replay import parse_speed
    from spark_jobs.recordings import publish_recording

    who = caller(options.context)
    pace = parse_speed(options.speed)
    imported = _read(who, options)
    bring_up(who)
    batches = [batch for file in imported for batch in file.batches]
    with progress_bar(who.err, "messages") as advance:
        ends = publish_recording(who.settings, batches, pace, advance)
    who.say(f"Published {sum(len(rows) for _, rows in batches):,} messages to {', '.join(ends)}.")
    if options.wait:
        wait_for_gold(who, ends)


@taking(ImportOptions)
def import_(options: ImportOptions) -> None:
    """Write recorded market data straight to bronze, silver and gold, without Kafka. Needs `down`.

    All files are read and checked first: one line that is wrong, and nothing is written. A file that was imported
    before changes nothing. An import that was cut off is finished by the next one, or by `up`.

    **Sources**: as those of `replay`.

    Example: `depthlake import --source databento XNAS.ITCH.tbbo.dbn.zst`
    """
    from spark_jobs.cli.importing import only_writer

    who = caller(options.context)
    with only_writer(who.settings) as writer:
        rows, known = writer.stage(_read(who, options))
        for sentence in known:
            who.say(sentence)
        with who.err.status("Writing bronze, silver and gold"):
            has_written = writer.write()
    if has_written:
        done = f"Imported {rows:,} messages" if rows else "Finished an import that was cut off"
        who.say(f"{done}: depthlake up opens the tables.")


def _read(who: Caller, options: ImportOptions) -> "list[Imported]":
    """All files, told of before anything is done with them."""
    from pipelines.source.importers.report import describe
    from spark_jobs.recordings import read_recording

    with who.err.status("Reading"):
        imported = read_recording(options.source, options.files, options.mapping)
    for line in chain.from_iterable(map(describe, imported)):
        who.say(line)
    return imported


def wait_for_gold(who: Caller, ends: dict[str, dict[int, int]]) -> None:
    """Return when gold shows the topics up to the offsets `ends`."""
    from spark_jobs.progress import wait_until_visible

    with who.err.status("Waiting until everything is visible in gold"):
        wait_until_visible(who.settings, ends, VISIBLE_S)
    who.say('Everything is visible in gold: depthlake sql "select * from gold.obi_100ms limit 5"')


@contextmanager
def progress_bar(console: Console, unit: str) -> Iterator[Advance]:
    """A bar on a terminal, nothing elsewhere; the function it gives takes how many are done, and of how many."""
    columns = (TextColumn(unit), BarColumn(), MofNCompleteColumn(), TaskProgressColumn(show_speed=True))
    with Progress(*columns, TimeElapsedColumn(), console=console, disable=not console.is_terminal) as progress:
        task = progress.add_task(unit, total=None)
        yield lambda done, total: progress.update(task, completed=done, total=total)
