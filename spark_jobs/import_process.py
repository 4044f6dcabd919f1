"""The process that writes imports while the lakehouse is down: a Spark driver without doors, which then ends."""

import logging
import os
import sys
from collections.abc import Mapping
from datetime import UTC, datetime

from spark_jobs.imports import finish_imports
from spark_jobs.io import Lake
from spark_jobs.lakehouse import create_catalog
from spark_jobs.session import build_session
from spark_jobs.settings import Settings


def main(environment: Mapping[str, str]) -> None:
    """Write what waits; the caller keeps others from writing the tables meanwhile."""
    logging.basicConfig(level=logging.INFO, stream=sys.stdout, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    logging.getLogger("py4j").setLevel(logging.WARNING)
    settings = Settings.from_environment(environment)
    spark = build_session(settings, "depthlake import", {"spark.ui.enabled": "false"})
    try:
        lake = Lake(spark, settings)
        create_catalog(lake)
        finish_imports(lake, lambda: datetime.now(UTC))
    finally:
        spark.stop()


if __name__ == "__main__":
    main(os.environ)
