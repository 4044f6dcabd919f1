"""`up`, `down`, `status`, `doctor`."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from spark_jobs.cli.context import Caller, caller
from spark_jobs.cli.options import Beside
from spark_jobs.settings import Settings


def up(
    context: typer.Context,
    dagster: Annotated[bool, typer.Option(help="Dagster's web page and daemon as well.")] = True,
    beside: Annotated[list[Beside] | None, typer.Option("--with", help="What else to start.")] = None,
) -> None:
    """Start the instance: broker, lakehouse, then Dagster, and Superset where it is asked for; wait until they serve.

    What already runs is left alone. Logs are in <home>/logs.

    Example: `DEPTHLAKE_KAFKA_PORT=9192 depthlake --home /data/lake up --no-dagster`
    """
    from spark_jobs.instance import dagster as orchestration
    from spark_jobs.instance import superset
    from spark_jobs.instance.lifecycle import LAKE

    names = (*LAKE, *(orchestration.NAMES if dagster else ()), *(superset.NAMES if beside else ()))
    bring_up(caller(context), names)


def down(context: typer.Context) -> None:
    """Stop the instance: Superset, Dagster, lakehouse, then broker. Data stay, and `up` goes on where it was.

    Example: `depthlake down`
    """
    from spark_jobs.instance.lifecycle import NAMES
    from spark_jobs.instance.lifecycle import down as stop

    who = caller(context)
    stopped = stop(who.settings, NAMES, who.say)
    who.say("Stopped." if stopped else f"Nothing runs in {who.settings.home}.")


def status(context: typer.Context) -> None:
    """Show processes, doors, rows on their way to gold, and the size of the lake.

    Exit code 1 when broker and lakehouse do not both run.

    Example: `depthlake status`
    """
    from spark_jobs.instance.doors import tell_doors
    from spark_jobs.instance.lifecycle import LAKE, NAMES, pid

    who = caller(context)
    running = {name: pid(who.settings, name) for name in NAMES}
    who.out.print(_processes(running, who.settings))
    who.out.print(f"lake      {who.settings.lake} ({_size(who.settings.lake) / 1e6:,.1f} MB)", markup=False)
    if not all(running[name] for name in LAKE):
        who.say("Not running: depthlake up starts it.")
        raise typer.Exit(1)
    tell_doors(who.settings, partial(who.out.print, markup=False))
    _print_lag(who.out, who.settings)


def doctor(context: typer.Context) -> None:
    """Check Java, memory, ports, JARs, disk and Python packages; each failure comes with its fix.

    Example: `depthlake doctor`
    """
    from spark_jobs.cli.doctor import diagnose

    who = caller(context)
    findings = diagnose(who.settings)
    for finding in findings:
        mark = "[green]ok    [/]" if finding.is_ok else "[red]failed[/]"
        who.out.print(f"{mark}  {finding.name:<16}", finding.text)
    if not all(finding.is_ok for finding in findings):
        raise typer.Exit(1)


def bring_up(who: Caller, names: Sequence[str] | None = None) -> None:
    """Start what does not run of broker and lakehouse, or of `names`; then tell the caller where the doors are."""
    from spark_jobs.instance import dagster
    from spark_jobs.instance.dagster_checks import check_dagster
    from spark_jobs.instance.doors import tell_doors
    from spark_jobs.instance.lifecycle import LAKE, processes
    from spark_jobs.instance.lifecycle import up as start
    from spark_jobs.instance.superset import tell_first_login

    settings = who.settings
    if settings.is_spread:
        who.say("Nothing is started here: DEPTHLAKE_KAFKA_HOST and DEPTHLAKE_LAKEHOUSE_HOST say where all of it runs.")
        return
    if names and dagster.CODE in names:
        check_dagster(settings)
    _finish_imports(who)
    with who.err.status("") as spinner:
        started = start(settings, processes(settings, names or LAKE), lambda line: spinner.update(line))
    who.say(f"Started {' and '.join(started)}." if started else f"Already running in {settings.home}.")
    tell_doors(settings, who.say)
    tell_first_login(settings, who.say)


def _finish_imports(who: Caller) -> None:
    """Write what an import that was cut off has left, however long it takes, before anything waits for the start."""
    from spark_jobs.cli.importing import only_writer
    from spark_jobs.instance.lifecycle import pid
    from spark_jobs.staging import Imports

    if Imports(who.settings.imports).waiting() and pid(who.settings, "lakehouse") is None:
        with who.err.status("Finishing an import"), only_writer(who.settings) as writer:
            writer.write()
        who.say("Finished an import that was cut off.")


def _print_lag(console: Console, settings: Settings) -> None:
    from spark_jobs.progress import lag

    for topic, rows in lag(settings).items():
        console.print(f"{topic:<23} {rows:>12,} rows not yet in gold")


def _processes(running: dict[str, int | None], settings: Settings) -> Table:
    from spark_jobs.instance.lifecycle import ports

    table = Table("process", "state", "ports", box=None, pad_edge=False)
    for name, process_id in running.items():
        state = f"running, process {process_id}" if process_id else "not running"
        table.add_row(name, state, ", ".join(str(port.number) for port in ports(settings)[name]))
    return table


def _size(folder: Path) -> int:
    """Bytes of the files below a folder that may change while it is read."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
