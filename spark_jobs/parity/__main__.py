"""The process of a parity run: one Spark session, the three paths one after the other."""

import json
import logging
import os
import signal
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import FrameType

from pyspark.sql import SparkSession

from pipelines.gold.daily.tables import DAILY
from spark_jobs.io import Lake
from spark_jobs.lakehouse import create_catalog
from spark_jobs.parity.ledger import Print, compared_tables, take_prints
from spark_jobs.parity.paths import Paths
from spark_jobs.parity.source import Request, read_batches
from spark_jobs.refresh import Days, days_of, refresh
from spark_jobs.session import build_session
from spark_jobs.settings import Settings

LAYERS = ("bronze", "silver", "gold")


def measure(spark: SparkSession, settings: Settings, request: Request) -> Iterator[tuple[str, list[Print]]]:
    """Each path with its prints; the lakes lie below the home of `settings`. Says on standard output how far it is."""
    batches = read_batches(request)
    print(f"{sum(len(rows) for _, rows in batches):,} messages in {len(batches):,} batches", flush=True)
    paths = Paths(spark, settings, batches)
    for path, fill in paths.fillers().items():
        began, lake = time.monotonic(), paths.lake(path)
        with _catalog(lake):
            fill(lake)
            _refresh(spark)
            prints = [each for name in compared_tables() for each in take_prints(spark, name)]
        print(
            f"{path}: {sum(each.row_count for each in prints):,} rows in {time.monotonic() - began:.0f} s", flush=True
        )
        yield path, prints


def _refresh(spark: SparkSession) -> None:
    days = days_of(spark, DAILY)
    for daily in DAILY if days else ():
        refresh(spark, daily, Days(days[0], days[-1]))


@contextmanager
def _catalog(lake: Lake) -> Iterator[None]:
    """The names of tables and views mean those of a lake; afterwards nothing, and its files stay."""
    create_catalog(lake)
    yield
    for layer in LAYERS:
        lake.spark.sql(f"DROP SCHEMA {layer} CASCADE")


def _leave(number: int, _: FrameType | None) -> None:
    """Leave through every `finally`, which no second signal disturbs."""
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, signal.SIG_IGN)
    sys.exit(128 + number)


def main(environment: Mapping[str, str], request: Request, output: str) -> None:
    """Write the prints of the paths to a file, as JSON."""
    logging.getLogger("py4j").setLevel(logging.CRITICAL)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _leave)
    settings = Settings.from_environment(environment)
    spark = build_session(settings, "parity", {"spark.ui.enabled": "false"})
    try:
        rows = {path: [vars(each) for each in prints] for path, prints in measure(spark, settings, request)}
    finally:
        spark.stop()
    with open(output, "w") as file:
        json.dump(rows, file, default=str)


if __name__ == "__main__":
    main(os.environ, Request(**json.loads(sys.argv[1])), sys.argv[2])
