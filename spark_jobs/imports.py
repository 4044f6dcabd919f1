"""Imports to the tables: the job of each topic at work over the messages that wait below the home."""

import logging
import time
from collections.abc import Callable
from datetime import datetime

from spark_jobs.io import Lake
from spark_jobs.jobs import job_of
from spark_jobs.runner import TopicStream
from spark_jobs.staging import Imports, Part, parts_of

log = logging.getLogger(__name__)


def finish_imports(lake: Lake, clock: Callable[[], datetime]) -> int:
    """Write what waits to every table of its topic, each message once; gives how many messages it were.

    After a crash at any point it is called again: what a table has of an import, its commits say, is left out.
    """
    imports, rows = Imports(lake.settings.imports), 0
    for folder in imports.waiting():
        for topic, parts in parts_of(folder).items():
            rows += _write(TopicStream(lake, job_of(topic), imports.stream(topic), clock), parts)
        for path in [part.path for parts in parts_of(folder).values() for part in parts]:
            path.unlink()
    return rows


def _write(stream: TopicStream, parts: list[Part]) -> int:
    """What is kept between the batches of an import is given up after it: the messages of a file are in one."""
    stream.take_up()
    for part in parts:
        began = time.monotonic()
        stream.write(stream.lake.spark.read.parquet(str(part.path)), part.offsets)
        log.info("%s: %s rows in %.2f s", part.topic, part.offsets.rows, time.monotonic() - began)
    stream.forget_states()
    return sum(part.offsets.rows for part in parts)
