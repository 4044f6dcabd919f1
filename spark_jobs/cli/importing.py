"""From recorded files to the tables of an instance whose lakehouse is down."""

import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import IO

from pipelines.source.importers.report import Imported
from schemas.errors import InstanceError
from spark_jobs.instance.java import java_version
from spark_jobs.instance.lakehouse import lakehouse
from spark_jobs.instance.lifecycle import alone, has_lakehouse, last_words
from spark_jobs.instance.process import Record, log_path
from spark_jobs.settings import Settings, with_environment
from spark_jobs.staging import Imports


@dataclass(frozen=True)
class Writer:
    """The only one who writes an instance's tables, as long as it holds the instance's lock."""

    settings: Settings
    lock: IO[str]

    def stage(self, files: Sequence[Imported]) -> tuple[int, list[str]]:
        """Keep the messages of files for `write`; how many there are, and a sentence for each file that was known."""
        imports, moment = Imports(self.settings.imports), datetime.now(UTC)
        known, fresh, said = imports.names(), list[Imported](), list[str]()
        for file in files:
            if file.identity in known:
                said.append(f"{file.path.name} was imported before, as {known[file.identity]}: it changes nothing.")
            elif file.identity is not None:
                known[file.identity] = file.path.name
                fresh.append(file)
        if fresh:
            imports.stage(fresh, moment, self.settings.max_batch_rows)
        return sum(len(rows) for file in fresh for _, rows in file.batches), said

    def write(self) -> bool:
        """Write what waits to every table; whether anything did.

        Raises InstanceError when the process that does it dies: what is left is written by the next call.
        """
        if not Imports(self.settings.imports).waiting():
            return False
        variables, log = lakehouse(self.settings).environment, log_path(self.settings, "import")
        command = with_environment(variables, (sys.executable, "-m", "spark_jobs.import_process"))
        with log.open("w") as output:  # the lock goes with the process, which may outlive this one
            done = subprocess.run(
                command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, pass_fds=(self.lock.fileno(),)
            )
        if done.returncode:
            words = f"The import stopped ({last_words(log)}): read {log}"
            raise InstanceError(f"{words}, then run the command again, which finishes what it began.")
        return True


@contextmanager
def only_writer(settings: Settings) -> Iterator[Writer]:
    """Keep the lakehouse from starting while the block runs.

    Raises InstanceError when it runs, or something else holds the instance; SetupError without Java or JARs.
    """
    java_version()
    with alone(settings) as lock:
        record = Record.load(settings, "lakehouse")
        if (record and record.members()) or has_lakehouse(settings):
            runs = f"The lakehouse in {settings.home} runs, and it alone writes its tables"
            raise InstanceError(f"{runs}: run depthlake down first, or depthlake replay, which goes through it.")
        yield Writer(settings, lock)
