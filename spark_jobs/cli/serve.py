"""`serve`, `ready`: one process of an instance by itself, as a container runs it."""

import os
import subprocess
from typing import TYPE_CHECKING, Annotated

import typer

from schemas.errors import SettingsError
from spark_jobs.cli.context import caller
from spark_jobs.settings import Settings, with_environment

if TYPE_CHECKING:
    from spark_jobs.instance.process import Process

Name = Annotated[
    str,
    typer.Argument(
        help="broker, lakehouse, exchange, participants, dagster-code, dagster-web, dagster-daemon, superset-web or "
        "superset-alerts.",
        metavar="NAME",
    ),
]


def serve(context: typer.Context, name: Name) -> None:
    """Become one process of an instance, in the foreground, until SIGTERM.

    For containers and service managers, where `up` has no place: the process replaces this one, and writes what it has
    to say to its output. Where the others are, DEPTHLAKE_KAFKA_HOST, DEPTHLAKE_LAKEHOUSE_HOST,
    DEPTHLAKE_DAGSTER_CODE_HOST and DEPTHLAKE_SUPERSET_HOST say.

    Example: `DEPTHLAKE_HOST=0.0.0.0 DEPTHLAKE_KAFKA_HOST=broker depthlake serve lakehouse`
    """
    from spark_jobs.instance import superset

    settings = caller(context).settings
    process = process_named(settings, name)
    settings.home.mkdir(parents=True, exist_ok=True)
    os.chdir(settings.home)
    process.prepare()
    if name == superset.WEB:
        superset.tell_first_login(settings, caller(context).say)
    command = with_environment({"DEPTHLAKE_HOME": str(settings.home), **process.environment}, process.command)
    os.execvp(command[0], command)


def ready(context: typer.Context, name: Name) -> None:
    """Tell by the exit code whether a process of an instance serves: 0 when it does, else 1. For health checks.

    Example: `depthlake ready broker`
    """
    process = process_named(caller(context).settings, name)
    if process.check:
        command = with_environment(process.environment, process.check)
        serves = subprocess.run(command, capture_output=True, check=False).returncode == 0
    else:
        serves = process.ready()
    if not serves:
        caller(context).say(f"The {name} does not serve.")
        raise typer.Exit(1)


def process_named(settings: Settings, name: str) -> "Process":
    """A process of an instance, by its name. Raises SettingsError when there is none of that name."""
    from spark_jobs.instance.exchange import exchange, participants
    from spark_jobs.instance.lifecycle import NAMES, processes

    known = {
        process.name: process for process in (*processes(settings, NAMES), exchange(settings), participants(settings))
    }
    if name not in known:
        raise SettingsError(f"{name} is no process of an instance: choose from {', '.join(known)}.")
    return known[name]
