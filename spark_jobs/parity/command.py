"""A parity run from outside: a broker and a process of its own, in a folder that goes when it is over."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from datetime import date

from schemas.errors import InstanceError
from schemas.parity import PARITY
from spark_jobs.instance.broker import broker
from spark_jobs.instance.child import child
from spark_jobs.instance.lakehouse import lakehouse
from spark_jobs.instance.lifecycle import down, last_words, up
from spark_jobs.instance.ports import free_ports
from spark_jobs.parity.ledger import Entry, Print
from spark_jobs.parity.source import Request
from spark_jobs.settings import Settings, with_environment
from spark_jobs.tables import Session, append_rows

Say = Callable[[str], None]


def take_all_prints(settings: Settings, request: Request, keep: bool, say: Say) -> dict[str, list[Print]]:
    """The prints of each path; its lakes lie in <home>/parity, and go with the end of the run unless `keep` says so.

    Raises InstanceError when another run uses the folder, or with the last words of the run when it fails.
    """
    scratch = scratch_settings(settings)
    with _broker(scratch, keep):
        output = scratch.home / "prints.json"
        _run(scratch, ("-m", "spark_jobs.parity", json.dumps(asdict(request)), str(output)), say)
        return {path: [_print(**row) for row in rows] for path, rows in json.loads(output.read_text()).items()}


def scratch_settings(settings: Settings) -> Settings:
    """The settings of a run: those of the instance, in a folder below its home and on ports that are free."""
    kafka_port, controller_port = free_ports(settings.host, 2)
    return replace(
        settings, home=settings.home / "parity", kafka_port=kafka_port, kafka_controller_port=controller_port
    )


def append_entries(session: Session, entries: list[Entry]) -> None:
    """Append the ledger of a run to gold.parity of the lakehouse."""
    rows = [tuple(asdict(entry)[name] for name in PARITY.column_names) for entry in entries]
    append_rows(session, PARITY, rows)


@contextmanager
def _broker(scratch: Settings, keep: bool) -> Iterator[None]:
    if not up(scratch, [broker(scratch)]):
        raise InstanceError(f"Another depthlake parity runs in {scratch.home}: wait until it ends.")
    try:
        yield
    finally:
        down(scratch, ["broker"])
        if not keep:
            shutil.rmtree(scratch.home)


def _run(scratch: Settings, arguments: tuple[str, ...], say: Say) -> None:
    """A Python process whose lines are passed on; the rest of what it writes goes to a log."""
    log = scratch.home.parent / "logs" / "parity.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    command = with_environment(lakehouse(scratch).environment, [sys.executable, *arguments])
    with log.open("w") as errors, child(scratch, command, stdout=subprocess.PIPE, stderr=errors.fileno()) as process:
        assert process.stdout is not None
        for line in process.stdout:
            say(line.decode().rstrip())
        code = process.wait()
    if code:
        raise InstanceError(f"The parity run failed ({last_words(log)}): read {log}.")


def _print(table_name: str, event_date: str | None, row_count: int, hash: str) -> Print:
    return Print(table_name, date.fromisoformat(event_date) if event_date else None, row_count, hash)
