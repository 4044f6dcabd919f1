"""Dagster: the server of its definitions, the web page, and the daemon that runs schedules, sensors and backfills.

Each is a process in a session of its own: `dagster dev` in the background does not hear SIGTERM.
"""

import json
import sys
from functools import partial
from pathlib import Path

from spark_jobs.instance.ports import accepts
from spark_jobs.instance.process import Port, Process, log_path
from spark_jobs.settings import Settings

CODE, WEB, DAEMON = NAMES = ("dagster-code", "dagster-web", "dagster-daemon")
DAEMON_SAYS = "Instance is configured with the following daemons"
STORAGE = "DAGSTER_STORAGE_URL"  # so that no password is written down
PYTHON = (sys.executable, "-m")


def dagster(settings: Settings) -> tuple[Process, ...]:
    """The processes of Dagster, in the order in which they start."""
    host, workspace = settings.host, str(_folder(settings) / "workspace.yaml")
    make = partial(Process, environment=_variables(settings))
    serve = (*PYTHON, "dagster_project.server", host, str(settings.dagster_code_port))
    web = (*PYTHON, "dagster_project.web", host, str(settings.dagster_port), workspace)
    said, bound = log_path(settings, DAEMON), dagster_ports(settings)
    is_served, is_shown = (partial(accepts, host, port) for port in (settings.dagster_code_port, settings.dagster_port))
    return (
        make(CODE, serve, is_served, prepare=partial(_configure, settings), ports=bound[CODE]),
        make(WEB, web, is_shown, ports=bound[WEB]),
        make(
            DAEMON,
            (*PYTHON, "dagster._daemon", "run", "-w", workspace),
            lambda: DAEMON_SAYS in said.read_text(),
            check=(*PYTHON, "dagster._daemon", "liveness-check"),
        ),
    )


def dagster_ports(settings: Settings) -> dict[str, tuple[Port, ...]]:
    """What each process binds, by its name."""
    return {
        CODE: (Port(settings.dagster_code_port, "Dagster's definitions", "DEPTHLAKE_DAGSTER_CODE_PORT"),),
        WEB: (Port(settings.dagster_port, "Dagster's web page", "DEPTHLAKE_DAGSTER_PORT"),),
        DAEMON: (),
    }


def _folder(settings: Settings) -> Path:
    """DAGSTER_HOME: its configuration, and without PostgreSQL its database."""
    return settings.home / "dagster"


def _variables(settings: Settings) -> dict[str, str]:
    """Of each process. Dagster's storage speaks SQLAlchemy's dialect of psycopg2, which must be named."""
    url = settings.dagster_database_url.replace("postgresql://", "postgresql+psycopg2://", 1)
    own = {"DAGSTER_HOME": str(_folder(settings)), STORAGE: url, "PYTHONUNBUFFERED": "1"}
    return {**settings.as_environment(), **own}


def _configure(settings: Settings) -> None:
    """One heavy Spark job at a time: the pool of what goes to Spark has one place, whatever asks for it.

    The files are YAML, of which JSON is a part.
    """
    configuration: dict[str, object] = {
        "telemetry": {"enabled": False},
        "nux": {"enabled": False},
        "concurrency": {"pools": {"default_limit": 1, "granularity": "run"}, "runs": {"max_concurrent_runs": 4}},
        # A run that is launched starts within a second, not five.
        "run_coordinator": {
            "module": "dagster.core.run_coordinator",
            "class": "QueuedRunCoordinator",
            "config": {"dequeue_interval_seconds": 1},
        },
        "retention": {"sensor": {"purge_after_days": {"skipped": 1, "success": 7, "failure": 30}}},
    }
    if settings.dagster_database_url:
        configuration["storage"] = {"postgres": {"postgres_url": {"env": STORAGE}}}
    host = settings.dagster_code_host or settings.host
    place = {"host": host, "port": settings.dagster_code_port, "location_name": "depthlake"}
    folder = _folder(settings)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "dagster.yaml").write_text(json.dumps(configuration))
    (folder / "workspace.yaml").write_text(json.dumps({"load_from": [{"grpc_server": place}]}))
