"""The one Spark driver of a deployment: the streaming queries run in it, and two doors lead into it."""

import json
import logging
import os
import signal
import sys
import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import partial

from pyspark.sql.streaming.query import StreamingQuery

from pipelines.gold.functions import FUNCTIONS
from pipelines.gold.recent import RECENT
from pipelines.gold.views import VIEWS
from pipelines.source.publish import ensure_topics
from schemas.registry import Column, Function, Parameter, View
from schemas.tables import TABLES
from schemas.topics import TOPICS
from spark_jobs.imports import finish_imports
from spark_jobs.io import Lake
from spark_jobs.jobs import JOBS, TopicJob
from spark_jobs.maintenance import maintenance
from spark_jobs.pools import use_pool
from spark_jobs.progress import stream_name
from spark_jobs.recent import Recent
from spark_jobs.runner import TopicStream
from spark_jobs.session import build_session, end_session
from spark_jobs.settings import Settings
from spark_jobs.tables import literal
from spark_jobs.thrift import open_thrift

log = logging.getLogger("lakehouse")


def doors(settings: Settings) -> dict[str, str]:
    """Settings of Spark Connect and the Thrift server."""
    return {
        "spark.plugins": "org.apache.spark.sql.connect.SparkConnectPlugin",
        "spark.connect.grpc.binding.address": settings.host,
        "spark.connect.grpc.binding.port": str(settings.connect_port),
        "spark.sql.hive.thriftServer.singleSession": "false",
        "spark.sql.thriftserver.scheduler.pool": "people",
        "spark.hadoop.hive.server2.thrift.bind.host": settings.host,
        "spark.hadoop.hive.server2.thrift.port": str(settings.thrift_port),
    }


def create_catalog(lake: Lake) -> None:
    """Every table, view and function of the registry."""
    for layer in ("bronze", "silver", "gold"):
        lake.spark.sql(f"CREATE SCHEMA IF NOT EXISTS {layer}")
    with ThreadPoolExecutor(lake.settings.cores) as pool:
        list(pool.map(lake.create, TABLES))
    for view in VIEWS:
        lake.spark.sql(view_statement(view))
    for function in FUNCTIONS:
        lake.spark.sql(function_statement(function))


def view_statement(view: View) -> str:
    """The CREATE VIEW of a view, with a comment on each column."""
    columns = ", ".join(f"{name} COMMENT {literal(comment)}" for name, comment in view.columns)
    return f"CREATE OR REPLACE VIEW {view.name} ({columns}) COMMENT {literal(view.comment)} AS {view.query}"


def function_statement(function: Function) -> str:
    """The CREATE FUNCTION of a table function, with a comment on each argument and column."""
    parameters = ", ".join(f"{_declared(p)}{_default(p)} COMMENT {literal(p.comment)}" for p in function.parameters)
    columns = ", ".join(f"{_declared(c)} COMMENT {literal(c.comment)}" for c in function.columns)
    head = f"CREATE OR REPLACE FUNCTION {function.name}({parameters}) RETURNS TABLE ({columns})"
    return f"{head} COMMENT {literal(function.comment)} RETURN {function.query}"


def _declared(column: Column) -> str:
    return f"{column.name} {column.type.simpleString()}"


def _default(parameter: Parameter) -> str:
    return "" if parameter.default is None else f" DEFAULT {parameter.default}"


def start_stream(lake: Lake, job: TopicJob) -> StreamingQuery:
    """The query of a topic, where it left off, in a scheduler's pool of its own: free slots go round."""
    use_pool(lake.spark, job.topic.name)
    stream = stream_name(lake.settings, job.topic)
    return TopicStream(lake, job, stream, lambda: datetime.now(UTC)).start(lake.settings.checkpoints / stream)


def run(settings: Settings, stop: threading.Event) -> None:
    """Open the doors, run the queries, until `stop` is set or a query fails."""
    spark = build_session(settings, "depthlake", doors(settings))
    ready = settings.home / "run" / "lakehouse.ready"
    try:
        ensure_topics(settings.bootstrap, TOPICS, settings.partitions)
        lake = Lake(spark, settings)
        create_catalog(lake)
        finish_imports(lake, lambda: datetime.now(UTC))
        held = Recent(lake, RECENT, open_thrift(spark))
        with ThreadPoolExecutor(len(JOBS)) as pool:
            queries = list(pool.map(partial(start_stream, lake), JOBS))
        ready.parent.mkdir(parents=True, exist_ok=True)
        ready.write_text(json.dumps({"pid": os.getpid()}))
        log.info("ready: %s, thrift on port %s", settings.connect_url, settings.thrift_port)
        with maintenance(lake, TABLES), held.kept():
            watch(queries, stop)
    finally:
        ready.unlink(missing_ok=True)
        end_session(spark)


def watch(queries: list[StreamingQuery], stop: threading.Event) -> None:
    """Wait for `stop`, then let each query finish its batch. Raises what a query died of."""
    while not stop.wait(0.2):
        for query in queries:
            if not query.isActive:
                query.awaitTermination()
                return
    for query in queries:
        query.stop()


def main(environment: Mapping[str, str]) -> None:
    """The process: SIGTERM and SIGINT stop it cleanly."""
    logging.basicConfig(level=logging.INFO, stream=sys.stdout, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    for library in ("py4j", "kafka"):
        logging.getLogger(library).setLevel(logging.WARNING)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    run(Settings.from_environment(environment), stop)


if __name__ == "__main__":
    main(os.environ)
