"""Processes that last as long as a block."""

import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from spark_jobs.settings import Settings, with_environment

LEAVE_S = 15


def depthlake(*arguments: str) -> list[str]:
    """The command line of this environment's `depthlake`."""
    return [str(Path(sys.executable).with_name("depthlake")), *arguments]


@contextmanager
def child(
    settings: Settings, command: Sequence[str], stdout: int | None = None, stderr: int | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """A command on an instance: asked to end with the block, and killed when it has not left after 15 s."""
    wrapped = with_environment(settings.as_environment(), command)
    process = subprocess.Popen(wrapped, stdout=stdout, stderr=stderr)
    try:
        yield process
    finally:
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(LEAVE_S)
        process.kill()
        process.wait()
