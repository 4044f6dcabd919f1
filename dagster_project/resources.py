"""What assets work with: the instance's lakehouse, through its Spark Connect door."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from spark_jobs.settings import Settings

if TYPE_CHECKING:
    from spark_jobs.tables import Session

SPARK = "spark"  # the pool of what Spark works on: one at a time, beside the streams


def actor() -> str:
    """Who does what Dagster does, for the audit log."""
    from spark_jobs.audit import local_actor

    return f"dagster/{local_actor()}"


@dataclass(frozen=True)
class Lakehouse:
    """The lakehouse of an instance."""

    settings: Settings

    @contextmanager
    def session(self) -> "Iterator[Session]":
        """A session in the driver that runs already. Raises InstanceError when nothing answers at the door."""
        from spark_jobs.cli.query import open_door

        with open_door(self.settings) as session:
            yield session
