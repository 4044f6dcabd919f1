"""What a process of an instance is, and the record by which it is known again."""

import json
import os
import signal
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from spark_jobs.settings import Settings

POLL_S = 0.1
KILL_WAIT_S = 10
SAME_START_S = 2  # a start time is derived from the machine's boot time, which moves when the clock is set


@dataclass(frozen=True)
class Port:
    """A port a process binds: its number, what a person calls it, the setting that moves it."""

    number: int
    label: str
    setting: str


@dataclass(frozen=True)
class Process:
    """A process to run: `environment` is added to the caller's; `ready` says whether it serves.

    `check` is a command that says the same by its exit code, where `ready` needs the log of a process of ours.
    """

    name: str
    command: Sequence[str]
    ready: Callable[[], bool]
    environment: Mapping[str, str] = field(default_factory=dict)
    ports: tuple[Port, ...] = ()
    prepare: Callable[[], None] = lambda: None  # runs before each start
    start_timeout_s: float = 120
    check: Sequence[str] = ()


@dataclass(frozen=True)
class Record:
    """A started process: its id, which is also its session's, and its start time, as a process id is used again."""

    pid: int
    create_time: float
    home: str

    @classmethod
    def load(cls, settings: Settings, name: str) -> "Record | None":
        """What `<home>/run/<name>.json` says; None when there is no such file or it was cut short."""
        try:
            values = json.loads(record_path(settings, name).read_text())
            return cls(values["pid"], values["create_time"], str(settings.home))
        except (FileNotFoundError, ValueError, KeyError):
            return None

    def save(self, settings: Settings, name: str) -> None:
        """Write `<home>/run/<name>.json`."""
        record_path(settings, name).write_text(json.dumps({"pid": self.pid, "create_time": self.create_time}))

    def leader(self) -> psutil.Process | None:
        """The process that was started, if it still runs."""
        try:
            process = psutil.Process(self.pid)
            return process if is_running(process) and self._started(process) else None
        except psutil.Error:
            return None

    def members(self) -> list[psutil.Process]:
        """Every running process of its session, also when the first one died: children, their children, a JVM."""
        if psutil.pid_exists(self.pid) and not self._started(psutil.Process(self.pid)):
            return []
        return [process for process in psutil.process_iter() if is_running(process) and self._owns(process)]

    def _started(self, process: psutil.Process) -> bool:
        return abs(process.create_time() - self.create_time) < SAME_START_S

    def _owns(self, process: psutil.Process) -> bool:
        """Session and DEPTHLAKE_HOME must both agree: after a reboot the session's number may be another's."""
        try:
            return os.getsid(process.pid) == self.pid and process.environ().get("DEPTHLAKE_HOME") == self.home
        except (psutil.Error, OSError):
            return False


def record_path(settings: Settings, name: str) -> Path:
    """Where a started process is recorded."""
    return settings.home / "run" / f"{name}.json"


def log_path(settings: Settings, name: str) -> Path:
    """Where a process writes its output."""
    return settings.logs / f"{name}.log"


def is_running(process: psutil.Process) -> bool:
    """Whether it lives; one that ended and that nobody has waited for does not."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False


def end(record: Record, grace_s: float) -> None:
    """SIGTERM to the first process (to all when it is dead), and after `grace_s` SIGKILL to whatever is left."""
    members = record.members()
    leader = record.leader()
    _signal([leader] if leader else members, signal.SIGTERM)
    _wait(members, grace_s)
    left = record.members()
    _signal(left, signal.SIGKILL)
    _wait(left, KILL_WAIT_S)


def _signal(processes: Sequence[psutil.Process], number: signal.Signals) -> None:
    for process in processes:
        try:
            process.send_signal(number)
        except psutil.NoSuchProcess:
            continue


def _wait(processes: Sequence[psutil.Process], seconds: float) -> None:
    for _ in range(int(seconds / POLL_S)):
        if not any(map(is_running, processes)):
            return
        time.sleep(POLL_S)
