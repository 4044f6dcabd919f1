"""Imports to the tables: the job of each topic at work over the messages that wait below the home."""

import logging
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from spark_jobs.audit import Deed, audited
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
        files = imports.files_of(folder)
        deed = Deed("IMPORT", ", ".join(file["name"] for file in files), {"files": files})
        with audited(lake.spark, lake.settings, deed) as said:
            count = _finish(lake, imports, folder, clock)
            said.append(f"{count:,} messages.")
        rows += count
    return rows


def _finish(lake: Lake, imports: Imports, folder: Path, clock: Callable[[], datetime]) -> int:
    topics, rows = parts_of(folder), 0
    for topic, parts in topics.items():
        rows += _write(TopicStream(lake, job_of(topic), imports.stream(topic), clock), parts)
    for part in (part for parts in topics.values() for part in parts):
        part.path.unlink()
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
