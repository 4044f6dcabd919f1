"""Errors of Spark that a user can do something about, told from the others and said in one sentence."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from py4j.protocol import Py4JJavaError
from pyspark.errors import PySparkException

from schemas.errors import LakeError, first_line

# Where Python has no class for an error of the JVM, in the driver's own process: any other door has.
SPARK_ERRORS = (PySparkException, Py4JJavaError)
CONFLICT = re.compile(r"DELTA_CONCURRENT_|\bConcurrent\w*Exception\b|\bDeltaConcurrentModificationException\b")
FULL = re.compile(r"No space left on device|Disk quota exceeded")


def is_conflict(error: BaseException) -> bool:
    """Whether a commit was refused as another one was made to the same rows meanwhile."""
    return CONFLICT.search(str(error)) is not None


@contextmanager
def full_disk_said(what: str, state: str) -> Iterator[None]:
    """Raise LakeError where the disk is full, and other errors as they are.

    `what` names table and days; `state` says, as a clause, what became of them.
    """
    try:
        yield
    except SPARK_ERRORS as error:
        if FULL.search(str(error)):
            raise LakeError(
                f"The disk is full, so {what} could not be written: {state}; make space, then run this again."
            ) from error
        raise


def sentence_of(error: BaseException) -> str:
    """The first line of what an error says, that has something on it; of Java's errors what Java says."""
    said = str(error.java_exception.toString()) if isinstance(error, Py4JJavaError) else str(error)
    return first_line(said, type(error).__name__)
