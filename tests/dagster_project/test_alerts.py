"""A run that fails is told, in one sentence, to whoever listens."""

import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import dagster as dg
import pytest

from dagster_project.alerts import failed_runs
from dagster_project.resources import Lakehouse
from spark_jobs.settings import Settings


class Listener(HTTPServer):
    """A webhook that keeps what it is told."""

    heard: list[dict[str, str]]


class Handler(BaseHTTPRequestHandler):
    """Takes a POST."""

    def do_POST(self) -> None:
        """Keep the body."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.heard.append(json.loads(body))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def listener() -> Iterator[Listener]:
    server = Listener(("127.0.0.1", 0), Handler)
    server.heard = []
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@dg.op
def stumble() -> None:
    raise dg.Failure("silver.trades is not at the same batch")


@dg.job
def nightly() -> None:
    stumble()


def test_failed_run_is_told_to_the_webhook(listener: Listener, tmp_path: Path) -> None:
    settings = replace(Settings(tmp_path), alert_webhook=f"http://127.0.0.1:{listener.server_port}/hook")
    with dg.DagsterInstance.ephemeral() as instance:
        done = nightly.execute_in_process(
            instance=instance, raise_on_error=False, tags={"dagster/partition": "2024-08-08"}
        )
        context = dg.build_run_status_sensor_context(
            "failed_runs", done.get_run_failure_event(), instance, done.dagster_run
        ).for_run_failure()
        failed_runs(context, lakehouse=Lakehouse(settings))
    (heard,) = listener.heard
    assert heard["text"].startswith(f"Run {done.run_id[:8]} of nightly of 2024-08-08 failed: ")
    assert "stumble" in heard["text"]
