"""A PostgreSQL server of the tests' own: in a folder that goes with it, as a user that is not root."""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import psycopg

START_S = 30
USER = "depthlake"
NUMBERS = count(1)


@dataclass(frozen=True)
class Server:
    """A running server on a port of 127.0.0.1."""

    port: int

    def address(self, name: str) -> str:
        """The address of a database of it."""
        return f"postgresql://{USER}@127.0.0.1:{self.port}/{name}"

    def new_database(self) -> str:
        """The address of a database that no other test has."""
        return self.create_database(f"test_{next(NUMBERS)}")

    def create_database(self, name: str) -> str:
        """The address of a new database."""
        with psycopg.connect(self.address("postgres"), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}".encode())
        return self.address(name)


@contextmanager
def running_server(port: int) -> Iterator[Server]:
    """A server that ends with the block, or with the process that started it."""
    folder = Path(tempfile.mkdtemp(prefix="depthlake-postgresql-"))
    try:
        if os.geteuid() == 0:
            shutil.chown(folder, "postgres", "postgres")
        make = ("initdb", "-D", "data", "-U", USER, "--auth=trust", "--no-sync", "--encoding=UTF8", "--locale=C")
        subprocess.run(command(*make), cwd=folder, check=True, stdout=subprocess.DEVNULL)
        with serving(folder, port):
            yield Server(port)
    finally:
        shutil.rmtree(folder)


@contextmanager
def serving(folder: Path, port: int) -> Iterator[None]:
    """The server of a folder, from when it answers until it has stopped."""
    options = ("-k", str(folder), "-c", "listen_addresses=127.0.0.1", "-c", "fsync=off")
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command("postgres", "-D", "data", "-p", str(port), *options), cwd=folder, stderr=log)
    try:
        wait_until_it_answers(process, port)
        yield
    finally:
        process.send_signal(signal.SIGINT)  # its fast shutdown: sessions are ended
        process.wait(START_S)


def command(program: str, *arguments: str) -> list[str]:
    """A command of PostgreSQL, as the user postgres where we are root, that ends when we do."""
    newest = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{program}"), key=lambda path: int(path.parts[4]))
    found = shutil.which(program) or (str(newest[-1]) if newest else None)
    assert found, f"PostgreSQL's {program} is missing: run sh spark_jobs/setup.sh postgres"
    user = ("--reuid=postgres", "--regid=postgres", "--clear-groups") if os.geteuid() == 0 else ()
    setpriv = ("setpriv", "--pdeathsig=INT", *user) if shutil.which("setpriv") else ()
    return [*setpriv, found, *arguments]


def wait_until_it_answers(process: subprocess.Popen[bytes], port: int) -> None:
    """Return when the server takes connections."""
    deadline = time.monotonic() + START_S
    while process.poll() is None and time.monotonic() < deadline:
        try:
            psycopg.connect(Server(port).address("postgres"), connect_timeout=2).close()
            return
        except psycopg.OperationalError:
            time.sleep(0.05)
    raise AssertionError("PostgreSQL does not answer")
