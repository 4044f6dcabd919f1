"""Dagster's web page, with the tear sheets of backtests: browsers follow no link from a page to a file."""

import os
import sys
from collections.abc import Mapping

import dagster as dg
import uvicorn
from dagster._core.workspace.context import WorkspaceProcessContext
from dagster._core.workspace.load_target import WorkspaceFileTarget
from dagster_webserver.app import create_app_from_workspace_process_context
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles

from dagster_project.tear_sheets import ADDRESS, folder_in
from spark_jobs.settings import Settings

STATEMENT_MS, RECYCLE_S, OVERFLOW = 15_000, 3_600, 20  # the usual ones of `dagster-webserver`, for PostgreSQL


def main(environment: Mapping[str, str], host: str, port: str, workspace: str) -> None:
    """Serve the page of a workspace on a port, until a signal comes."""
    sheets = Mount(ADDRESS, StaticFiles(directory=folder_in(Settings.from_environment(environment).home)))
    with dg.DagsterInstance.get() as instance:
        instance.optimize_for_webserver(STATEMENT_MS, RECYCLE_S, OVERFLOW)
        with WorkspaceProcessContext(instance, WorkspaceFileTarget([workspace])) as context:
            app = create_app_from_workspace_process_context(context)
            app.router.routes.insert(0, sheets)  # Dagster's last route answers everything else
            uvicorn.run(app, host=host, port=int(port), log_level="warning")


if __name__ == "__main__":
    main(os.environ, *sys.argv[1:])
