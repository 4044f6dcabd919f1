"""The lakehouse: the Spark driver that owns every table, with its two doors."""

import sys
from functools import partial
from pathlib import Path

from spark_jobs.instance.ports import accepts
from spark_jobs.instance.process import Port, Process
from spark_jobs.jars import pyspark_home
from spark_jobs.settings import Settings


def lakehouse(settings: Settings) -> Process:
    """The lakehouse of an instance. Raises SetupError when pyspark is missing."""
    return Process(
        name="lakehouse",
        command=(sys.executable, "-m", "spark_jobs.lakehouse"),
        environment={
            **settings.as_environment(),
            "PYSPARK_PYTHON": sys.executable,
            "SPARK_HOME": str(pyspark_home()),  # another Spark of the machine must not be taken for ours
            "SPARK_LOCAL_IP": settings.host,  # else Spark's web page binds every address
        },
        ports=lakehouse_ports(settings),
        ready=partial(_is_open, settings),
        prepare=partial(ready_file(settings).unlink, missing_ok=True),
        start_timeout_s=180,
    )


def lakehouse_ports(settings: Settings) -> tuple[Port, ...]:
    """What the driver binds."""
    return (
        Port(settings.connect_port, "Spark Connect", "DEPTHLAKE_CONNECT_PORT"),
        Port(settings.thrift_port, "Thrift", "DEPTHLAKE_THRIFT_PORT"),
        Port(settings.ui_port, "Spark's web page", "DEPTHLAKE_UI_PORT"),
    )


def ready_file(settings: Settings) -> Path:
    """The file that the driver writes when its doors are open and its queries run."""
    return settings.home / "run" / "lakehouse.ready"


def _is_open(settings: Settings) -> bool:
    return ready_file(settings).exists() and all(
        accepts(settings.host, port) for port in (settings.connect_port, settings.thrift_port)
    )
