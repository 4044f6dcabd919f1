"""The Kafka broker: one KRaft node, broker and controller in one JVM."""

import base64
import subprocess
import uuid
from functools import partial
from pathlib import Path

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient

from schemas.errors import InstanceError
from spark_jobs.instance.java import JAVA
from spark_jobs.instance.ports import accepts
from spark_jobs.instance.process import Port, Process
from spark_jobs.jars import kafka_jars
from spark_jobs.settings import Settings

HEAP_MB = 512
RETENTION_HOURS = 7 * 24

_PROPERTIES = """\
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller_port}
listeners=BROKER://{host}:{port},CONTROLLER://127.0.0.1:{controller_port}
advertised.listeners=BROKER://{bootstrap}
listener.security.protocol.map=BROKER:PLAINTEXT,CONTROLLER:PLAINTEXT
inter.broker.listener.name=BROKER
controller.listener.names=CONTROLLER
log.dirs={data}
log.retention.hours={retention}
num.partitions={partitions}
auto.create.topics.enable=false
offsets.topic.replication.factor=1
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=4
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
"""


def broker(settings: Settings) -> Process:
    """The broker of an instance. Raises SetupError when its JARs are missing."""
    return Process(
        name="broker",
        command=(*_java(settings), f"-Xmx{HEAP_MB}m", f"-Xms{HEAP_MB}m", "kafka.Kafka", str(_properties(settings))),
        ports=broker_ports(settings),
        ready=partial(_answers, settings),
        prepare=partial(_prepare, settings),
    )


def broker_ports(settings: Settings) -> tuple[Port, ...]:
    """What the broker binds."""
    return (
        Port(settings.kafka_port, "Kafka", "DEPTHLAKE_KAFKA_PORT"),
        Port(settings.kafka_controller_port, "Kafka controller", "DEPTHLAKE_KAFKA_CONTROLLER_PORT"),
    )


def cluster_id(home: Path) -> str:
    """A Kafka cluster id that follows from the folder: a UUID in URL-safe base64, never with a leading dash."""
    named = uuid.uuid5(uuid.NAMESPACE_URL, home.as_uri()).bytes
    return base64.urlsafe_b64encode(b"\0" + named[1:]).decode().rstrip("=")


def _java(settings: Settings) -> tuple[str, ...]:
    class_path = str(kafka_jars()[0].parent / "*")
    quiet = ("-Dorg.slf4j.simpleLogger.defaultLogLevel=warn", "-Dorg.slf4j.simpleLogger.showDateTime=true")
    return (*JAVA, *quiet, f"-Dkafka.logs.dir={settings.logs}", "-cp", class_path)


def _properties(settings: Settings) -> Path:
    return settings.home / "kafka" / "server.properties"


def _prepare(settings: Settings) -> None:
    data = settings.home / "kafka" / "data"
    data.mkdir(parents=True, exist_ok=True)
    _properties(settings).write_text(
        _PROPERTIES.format(
            host=settings.host,
            port=settings.kafka_port,
            bootstrap=settings.bootstrap,
            controller_port=settings.kafka_controller_port,
            data=data,
            retention=RETENTION_HOURS,
            partitions=settings.partitions,
        )
    )
    if not (data / "meta.properties").exists():
        _format(settings)


def _format(settings: Settings) -> None:
    """Give the empty storage its identity, once."""
    arguments = ("format", "-t", cluster_id(settings.home), "-c", str(_properties(settings)))
    done = subprocess.run(
        [*_java(settings), "kafka.tools.StorageTool", *arguments], capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        said = (done.stderr or done.stdout).strip().splitlines() or ["no reason given"]
        raise InstanceError(f"Kafka's storage below {settings.home / 'kafka'} cannot be formatted: {said[-1]}")


def _answers(settings: Settings) -> bool:
    if not accepts(settings.host, settings.kafka_port):
        return False
    try:
        return bool(
            AdminClient({"bootstrap.servers": settings.bootstrap, "log_level": 3}).list_topics(timeout=5).brokers
        )
    except KafkaException:
        return False
