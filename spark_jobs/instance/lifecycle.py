"""Bring the processes of an instance up and down, so that nothing is left behind."""

import fcntl
import re
import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO

import psutil

from schemas.errors import InstanceError
from spark_jobs.instance import dagster
from spark_jobs.instance.broker import broker, broker_ports
from spark_jobs.instance.lakehouse import lakehouse, lakehouse_ports
from spark_jobs.instance.ports import accepts, check_ports
from spark_jobs.instance.process import POLL_S, Port, Process, Record, end, log_path, record_path
from spark_jobs.settings import Settings, with_environment

LAKE = ("broker", "lakehouse")
NAMES = (*LAKE, *dagster.NAMES)
GRACE_S = 30

Say = Callable[[str], None]

_TELLING = re.compile(r"ERROR|FATAL|Exception|Error:|error:")


def processes(settings: Settings, names: Sequence[str] = LAKE) -> tuple[Process, ...]:
    """Processes of an instance, in the order of NAMES. Raises SetupError when JARs are missing."""
    made = (broker(settings), lakehouse(settings), *dagster.dagster(settings))
    return tuple(process for process in made if process.name in names)


def ports(settings: Settings) -> dict[str, tuple[Port, ...]]:
    """The ports of each process, by its name."""
    return {
        "broker": broker_ports(settings),
        "lakehouse": lakehouse_ports(settings),
        **dagster.dagster_ports(settings),
    }


def up(settings: Settings, wanted: Sequence[Process], say: Say = lambda _: None) -> tuple[str, ...]:
    """Start those of `wanted` that do not run, each once the one before serves; return their names.

    Raises InstanceError when a port is taken (before anything starts) or a process does not come up;
    whatever this call had started is then stopped, as it is on Ctrl-C.
    """
    with alone(settings):
        missing = [process for process in wanted if pid(settings, process.name) is None]
        _stop_all(settings, [process.name for process in missing])  # children that outlived a crash
        check_ports(settings.host, [port for process in missing for port in process.ports])
        with ExitStack() as undo:
            for process in missing:
                say(f"Starting the {process.name}")
                undo.callback(_stop_all, settings, [process.name])
                _start(settings, process)
            undo.pop_all()
        return tuple(process.name for process in missing)


def down(
    settings: Settings, names: Sequence[str], say: Say = lambda _: None, grace_s: float = GRACE_S
) -> tuple[str, ...]:
    """Stop `names`, the last first, all their children with them; return those that were running."""
    with alone(settings):
        return _stop_all(settings, names[::-1], say, grace_s)


def pid(settings: Settings, name: str) -> int | None:
    """The id of the process that was started under this name, while it runs."""
    record = Record.load(settings, name)
    leader = record.leader() if record else None
    return leader.pid if leader else None


def has_lakehouse(settings: Settings) -> bool:
    """Whether the lakehouse runs: as a process that `up` started, or behind its door where it is elsewhere."""
    if settings.lakehouse_host:
        return accepts(settings.lakehouse_host, settings.connect_port)
    return pid(settings, "lakehouse") is not None


def last_words(log: Path) -> str:
    """The last line of a log that tells of an error, else its last line."""
    lines = [line.strip() for line in log.read_text(errors="replace").splitlines() if line.strip()]
    telling = [line for line in lines if _TELLING.search(line)]
    return (telling or lines or ["it wrote nothing"])[-1]


def _start(settings: Settings, process: Process) -> None:
    process.prepare()
    log = log_path(settings, process.name)
    child = _spawn(settings, process, log)
    Record(child.pid, child.create_time(), str(settings.home)).save(settings, process.name)
    _wait_until_ready(process, child, log)


def _spawn(settings: Settings, process: Process, log: Path) -> psutil.Process:
    """In a session of its own, which a Ctrl-C in this terminal does not reach; `env` adds to what the caller has."""
    variables = {"DEPTHLAKE_HOME": str(settings.home), **process.environment}
    if log.exists():
        log.replace(log.with_suffix(".log.1"))
    with log.open("w") as output:
        started = subprocess.Popen(
            with_environment(variables, process.command),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=settings.home,
            start_new_session=True,
        )
    started.returncode = 0  # it is meant to outlive this object, which would warn of that
    return psutil.Process(started.pid)


def _wait_until_ready(process: Process, child: psutil.Process, log: Path) -> None:
    for _ in range(int(process.start_timeout_s / POLL_S)):
        try:
            child.wait(POLL_S)
        except psutil.TimeoutExpired:
            if process.ready():
                return
        else:
            raise InstanceError(f"The {process.name} stopped while it started ({last_words(log)}): read {log}.")
    raise InstanceError(
        f"The {process.name} does not serve after {process.start_timeout_s:.0f} s ({last_words(log)}): read {log}."
    )


def _stop_all(
    settings: Settings, names: Sequence[str], say: Say = lambda _: None, grace_s: float = GRACE_S
) -> tuple[str, ...]:
    stopped = []
    for name in names:
        record = Record.load(settings, name)
        if record and record.members():
            say(f"Stopping the {name}")
            end(record, grace_s)
            stopped.append(name)
        record_path(settings, name).unlink(missing_ok=True)
    return tuple(stopped)


@contextmanager
def alone(settings: Settings) -> Iterator[IO[str]]:
    """Hold the instance's lock, the file that is given. Raises InstanceError when `up`, `down` or `import` holds it."""
    for folder in (settings.home / "run", settings.logs):
        folder.mkdir(parents=True, exist_ok=True)
    with (settings.home / "run" / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise InstanceError(
                f"Another depthlake starts, stops or imports into the instance in {settings.home}: wait until it ends."
            ) from None
        yield lock
