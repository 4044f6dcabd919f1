"""Pools of Spark's scheduler: free slots go round among them, so that no work waits for all of another's tasks."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from pyspark.sql import SparkSession


def use_pool(spark: SparkSession, name: str) -> None:
    """Put what this thread asks of Spark from now on into a pool; threads that it starts follow."""
    spark.sparkContext.setLocalProperty("spark.scheduler.pool", name)


@contextmanager
def beside(spark: SparkSession, name: str, work: Callable[[threading.Event], None]) -> Iterator[None]:
    """Do `work` in a thread and pool of its own while the block runs.

    The end of the block sets the event that `work` is given, and waits until it is done.
    """
    stop = threading.Event()

    def run() -> None:
        use_pool(spark, name)
        work(stop)

    thread = threading.Thread(target=run, name=name)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
