"""What tests share: an instance's settings on free ports, and one real broker for the whole run."""

import logging
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path

import pyarrow as pa
import pytest
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.types import StructType
from pyspark.testing import assertDataFrameEqual

from schemas import research
from schemas.audit import AUDIT
from spark_jobs.instance import broker as kafka
from spark_jobs.instance.lifecycle import NAMES, down, up
from spark_jobs.instance.ports import is_free
from spark_jobs.io import Lake
from spark_jobs.session import build_session
from spark_jobs.settings import Settings
from tests.pipelines.gold.daily.conftest import read_day
from tests.postgresql import Server, running_server

LAYERS = ("bronze", "silver", "gold")
# Most code of a test runs once: the JVM's second compiler takes half of the processor's time and gives little back,
# and so does Spark's generation of code, a fifth. Lakehouses that tests start as processes generate it.
JVM = {"JDK_JAVA_OPTIONS": "-XX:TieredStopAtLevel=1"}
INTERPRETED = {"spark.sql.codegen.wholeStage": "false", "spark.sql.codegen.factoryMode": "NO_CODEGEN"}
PORTS_OF_A_PROCESS = 200
FIRST_PORT = 12_000 + os.getpid() % 100 * PORTS_OF_A_PROCESS  # below those that Linux gives to clients
PORTS = cycle(range(FIRST_PORT, FIRST_PORT + PORTS_OF_A_PROCESS))


@dataclass(frozen=True)
class Broker:
    """A running broker and the settings it was started with."""

    settings: Settings

    @property
    def bootstrap(self) -> str:
        """Its address, as Kafka clients want it."""
        return self.settings.bootstrap


def pytest_configure() -> None:
    """Every JVM that tests and their processes start, the broker's included."""
    os.environ.update(JVM)


@pytest.fixture(autouse=True)
def heard() -> None:
    """A command that ran in this process has silenced what libraries log: here they are heard again."""
    logging.disable(logging.NOTSET)


def free_ports(count: int) -> list[int]:
    """Ports of 127.0.0.1 that nothing binds, that no client is given and no other process of the tests chooses."""
    return list(islice((port for port in PORTS if is_free("127.0.0.1", port)), count))


def settings_in(home: Path) -> Settings:
    """An instance in `home` that collides with no other."""
    kafka_port, controller_port, connect_port, thrift_port, ui_port, web_port, code_port, bi_port = free_ports(8)
    return Settings(
        home=home,
        kafka_port=kafka_port,
        kafka_controller_port=controller_port,
        connect_port=connect_port,
        thrift_port=thrift_port,
        ui_port=ui_port,
        dagster_port=web_port,
        dagster_code_port=code_port,
        superset_port=bi_port,
    )


@pytest.fixture
def instance_settings(tmp_path: Path) -> Settings:
    return settings_in(tmp_path / "instance")


@pytest.fixture
def make_settings(tmp_path: Path) -> Callable[[str], Settings]:
    """Settings of as many instances as a test wants, by the name of their folder."""
    return lambda name: settings_in(tmp_path / name)


@contextmanager
def broker_in(home: Path) -> Iterator[Broker]:
    """A broker that runs with the block."""
    settings = settings_in(home)
    up(settings, [kafka.broker(settings)])
    yield Broker(settings)
    down(settings, NAMES)


@pytest.fixture(scope="session")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    with broker_in(tmp_path_factory.mktemp("broker")) as running:
        yield running


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Server]:
    with running_server(*free_ports(1)) as server:
        yield server


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty database, of each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/exchange.db"
    server: Server = request.getfixturevalue("postgresql")
    return server.new_database()


@pytest.fixture(scope="session")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SparkSession]:
    settings = settings_in(tmp_path_factory.mktemp("spark"))
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("PYSPARK_PYTHON", sys.executable)
        session = build_session(settings, "tests", {"spark.ui.enabled": "false", **INTERPRETED})
        yield session
        session.stop()


@contextmanager
def lake_in(spark: SparkSession, home: Path) -> Iterator[Lake]:
    """An empty lake with its three schemas; nothing of it stays in the catalog."""
    for layer in LAYERS:
        spark.sql(f"CREATE SCHEMA IF NOT EXISTS {layer}")
    yield Lake(spark, settings_in(home))
    for layer in LAYERS:
        spark.sql(f"DROP SCHEMA {layer} CASCADE")


def save(lake: Lake, tables: Mapping[str, pa.Table]) -> None:
    """Add rows to tables, by their names, which are made where they are not there."""
    for name, rows in tables.items():
        written = lake.spark.createDataFrame(rows.combine_chunks()).write.format("delta").mode("append")
        written.partitionBy("event_date").saveAsTable(name)


@pytest.fixture
def lake(spark: SparkSession, tmp_path: Path) -> Iterator[Lake]:
    with lake_in(spark, tmp_path / "lake") as empty:
        yield empty


@pytest.fixture(scope="module")
def recorded(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lake]:
    """A lake whose silver has a capture of BTCUSDT, with tables for backtests of it."""
    day = read_day("spot_btcusdt").tables
    with lake_in(spark, tmp_path_factory.mktemp("recorded")) as lake:
        save(lake, {name: day[name] for name in ("silver.quotes", "silver.trades")})
        for table in (*research.TABLES, AUDIT):
            lake.create(table)
        yield lake


def assert_rows(actual: DataFrame, expected: Sequence[object], schema: StructType | str) -> None:
    """The one comparer: the same rows in any order, bit for bit, of the same schema, nullability included.

    Comments of columns are declared in schemas/ and left out of the comparison.
    """
    wanted = actual.sparkSession.createDataFrame(expected, schema)
    comments = {field.name: field.metadata for field in actual.schema}
    commented = wanted.select(*(F.col(name).alias(name, metadata=comments.get(name, {})) for name in wanted.columns))
    assertDataFrameEqual(actual, commented, rtol=0, atol=0, ignoreNullable=False)
