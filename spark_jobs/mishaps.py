"""Writes that did not come about for a reason that a user can do something about, said in one sentence."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from py4j.protocol import Py4JJavaError
from pyspark.errors import PySparkException

from schemas.errors import LakeError

# Where Python has no class for an error of the JVM, in the driver's own process: any other door has.
SPARK_ERRORS = (PySparkException, Py4JJavaError)
OVERTAKEN = re.compile(r"DELTA_CONCURRENT_|\bConcurrent\w*Exception\b|\bDeltaConcurrentModificationException\b")
FULL = re.compile(r"No space left on device|Disk quota exceeded")


@contextmanager
def explained(what: str, state: str) -> Iterator[None]:
    """Raise LakeError where another run was faster or the disk is full, and other errors as they are.

    `what` names table and days; `state` says, as a clause, what became of them.
    """
    try:
        yield
    except SPARK_ERRORS as error:
        said = str(error)
        if FULL.search(said):
            raise LakeError(
                f"The disk is full, so {what} could not be written: {state}; make space, then run this again."
            ) from error
        if OVERTAKEN.search(said):
            raise LakeError(
                f"Another run replaced rows of {what} while this one computed them, and its rows stand: "
                f"{state}; run this again when the other is over."
            ) from error
        raise


def sentence_of(error: BaseException) -> str:
    """The first line of what an error says, that has something on it; of Java's errors what Java says."""
    said = str(error.java_exception.toString()) if isinstance(error, Py4JJavaError) else str(error)
    return next((line for line in said.splitlines() if line.strip()), type(error).__name__)
