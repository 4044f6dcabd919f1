"""Where an instance is talked to and looked at."""

from collections.abc import Callable

from spark_jobs.instance import dagster, superset
from spark_jobs.instance.lifecycle import pid
from spark_jobs.settings import Settings


def tell_doors(settings: Settings, say: Callable[[str], object]) -> None:
    """Say the addresses, a line each: those of the lake, and of the pages that are served."""
    say(f"Kafka     {settings.bootstrap}")
    say(f"Connect   {settings.connect_url}")
    say(f"Thrift    hive://{settings.lakehouse}:{settings.thrift_port}")
    say(f"Spark UI  http://{settings.host}:{settings.ui_port}")
    if pid(settings, dagster.WEB):
        say(f"Dagster   http://{settings.host}:{settings.dagster_port}")
    if pid(settings, superset.WEB):
        say(f"Superset  http://{settings.host}:{settings.superset_port}")
