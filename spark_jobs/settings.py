"""Every setting of an instance, read from the environment once, at the entry point."""

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields
from pathlib import Path

from schemas.errors import SettingsError


@dataclass(frozen=True)
class Settings:
    """Where an instance lives and which ports it takes. Each field is read from DEPTHLAKE_<FIELD>."""

    home: Path = Path(".depthlake")  # everything the instance writes lies below it
    host: str = "127.0.0.1"  # every server binds this address
    kafka_host: str = ""  # where the broker is; empty: host
    lakehouse_host: str = ""  # where the lakehouse is; empty: host
    dagster_code_host: str = ""  # where Dagster's definitions are; empty: host
    superset_host: str = ""  # where Superset's page is, for its reports; empty: host
    kafka_port: int = 9092
    kafka_controller_port: int = 9093
    connect_port: int = 15002  # Spark Connect
    thrift_port: int = 10015  # HiveServer2 for Superset, PyHive, JDBC
    ui_port: int = 4040  # Spark's own web page
    dagster_port: int = 3000  # Dagster's web page
    dagster_code_port: int = 3001  # Dagster's definitions, which its other processes read
    superset_port: int = 8088  # Superset's web page
    partitions: int = 2  # of each topic
    memory_mb: int = 3072  # heap of the lakehouse driver
    cores: int = 2
    trigger_ms: int = 1_000  # between the starts of micro-batches; 0: the next one starts when the last ends
    max_batch_rows: int = 400_000  # offsets a micro-batch takes at most
    database_url: str = ""  # postgresql://user:password@host:port/name; empty: a SQLite file below home
    dagster_database_url: str = ""  # the same for what Dagster keeps
    superset_database_url: str = ""  # the same for what Superset keeps
    retention: str = ""  # days to keep, by table: bronze.*=30 silver.quotes=90; without, all of them
    alert_webhook: str = ""  # URL that is told of each failed run and check
    alert_smtp: str = ""  # mailbox that is: smtp://user:password@host:587?from=me@example.org&to=you@example.org

    def __post_init__(self) -> None:
        """Refuse what no server could use."""
        object.__setattr__(self, "home", self.home.expanduser().resolve())
        for name in (field.name for field in fields(self) if field.name.endswith("_port")):
            if not 0 < getattr(self, name) < 65536:
                raise SettingsError(f"DEPTHLAKE_{name.upper()}={getattr(self, name)} is not a port: use 1 to 65535.")
        for name in ("partitions", "memory_mb", "cores", "max_batch_rows"):
            if getattr(self, name) < 1:
                raise SettingsError(f"DEPTHLAKE_{name.upper()}={getattr(self, name)} must be at least 1.")

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> "Settings":
        """Settings from DEPTHLAKE_* variables. Raises SettingsError, naming the variable, on a value it cannot use."""
        values: dict[str, Path | str | int] = {}
        for field in fields(cls):
            key = f"DEPTHLAKE_{field.name.upper()}"
            if key in environment:
                values[field.name] = _parse(key, environment[key], type(field.default))
        return cls(**values)  # type: ignore[arg-type]  # _parse gives each field its own type

    def as_environment(self) -> dict[str, str]:
        """The same settings as variables, for a child process."""
        return {f"DEPTHLAKE_{field.name.upper()}": str(getattr(self, field.name)) for field in fields(self)}

    @property
    def bootstrap(self) -> str:
        """The broker's address, as Kafka clients want it."""
        return f"{self.kafka_host or self.host}:{self.kafka_port}"

    @property
    def connect_url(self) -> str:
        """The Spark Connect door."""
        return f"sc://{self.lakehouse}:{self.connect_port}"

    @property
    def lakehouse(self) -> str:
        """The host that the lakehouse's doors are on."""
        return self.lakehouse_host or self.host

    @property
    def is_spread(self) -> bool:
        """Whether broker and lakehouse are processes of other machines or containers, which `up` does not start."""
        return bool(self.kafka_host or self.lakehouse_host)

    @property
    def database(self) -> str:
        """The address of the exchange's database."""
        return self.database_url or f"sqlite:///{self.home}/exchange/exchange.db"

    @property
    def lake(self) -> Path:
        """The root of the Delta tables: `<lake>/<layer>/<noun>`."""
        return self.home / "lake"

    @property
    def checkpoints(self) -> Path:
        """Spark's streaming checkpoints: `<checkpoints>/<topic>/<topic id>`."""
        return self.home / "checkpoints"

    @property
    def imports(self) -> Path:
        """What was imported, and what of it is still on its way to the tables."""
        return self.home / "imports"

    @property
    def recordings(self) -> Path:
        """Recorded files that are to be replayed, each below a folder with the name of its source."""
        return self.home / "recordings"

    @property
    def audit(self) -> Path:
        """The head of the audit log, beside the table itself."""
        return self.home / "audit"

    @property
    def logs(self) -> Path:
        """A log file for each process."""
        return self.home / "logs"


def _parse(key: str, text: str, kind: type) -> Path | str | int:
    try:
        return kind(text)  # type: ignore[no-any-return]  # Path, str and int all take a string
    except ValueError:
        raise SettingsError(f"{key}={text!r} is not a whole number: unset it or give one.") from None


def with_environment(variables: Mapping[str, str], command: Sequence[str]) -> list[str]:
    """A command to which `env` gives variables beside those that its caller has."""
    return ["env", *(f"{key}={value}" for key, value in variables.items()), *command]


@contextmanager
def variable(name: str, value: str) -> Iterator[None]:
    """A variable of this process's environment while the block runs, for a library that takes no argument instead."""
    before = os.environ.get(name)
    os.environ[name] = value
    try:
        yield
    finally:
        if before is None:
            del os.environ[name]
        else:
            os.environ[name] = before
