"""Dagster's web page, with the tear sheets of backtests: browsers follow no link from a page to a file."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path

import dagster as dg
import uvicorn
from dagster._core.workspace.context import WorkspaceProcessContext, WorkspaceRequestContext
from dagster._core.workspace.load_target import WorkspaceFileTarget
from dagster_webserver.webserver import DagsterWebserver
from starlette.routing import BaseRoute, Mount
from starlette.staticfiles import StaticFiles

from dagster_project.tear_sheets import ADDRESS, folder_in
from spark_jobs.settings import Settings

STATEMENT_MS, RECYCLE_S, OVERFLOW = 15_000, 3_600, 20  # the usual ones of `dagster-webserver`, for PostgreSQL


class Webserver(DagsterWebserver[WorkspaceProcessContext, WorkspaceRequestContext]):
    """The page, and a folder of HTML files below `ADDRESS`."""

    def __init__(self, context: WorkspaceProcessContext, folder: Path) -> None:
        super().__init__(context)
        self._folder = folder

    def build_routes(self) -> list[BaseRoute]:
        """The folder comes first: the page answers everything else."""
        page = super().build_routes()  # type: ignore[no-untyped-call]  # Dagster says nothing of its type
        return [Mount(ADDRESS, StaticFiles(directory=self._folder)), *page]


def main(environment: Mapping[str, str], host: str, port: str, workspace: str) -> None:
    """Serve the page of a workspace on a port, until a signal comes."""
    folder = folder_in(Settings.from_environment(environment).home)
    folder.mkdir(parents=True, exist_ok=True)
    with dg.DagsterInstance.get() as instance:
        instance.optimize_for_webserver(STATEMENT_MS, RECYCLE_S, OVERFLOW)
        with WorkspaceProcessContext(instance, WorkspaceFileTarget([workspace])) as context:
            uvicorn.run(Webserver(context, folder).create_asgi_app(), host=host, port=int(port), log_level="warning")


if __name__ == "__main__":
    main(os.environ, *sys.argv[1:])
