"""Rows that silver refused: which they are and why, seen from a client of the lakehouse."""

from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from datetime import date, datetime

from schemas.errors import SettingsError
from schemas.registry import Table, Topic
from schemas.silver import NUMBERS, REJECTED_TABLES
from spark_jobs.jobs import TopicJob, job_of
from spark_jobs.tables import Session, is_one_of, literal

REPLAYED = "/replayed"
# A message that is sent again has a name of its own, which follows from that of the refused one or, where that has
# none, from its delivery: however often it is sent, silver takes it once.
PRODUCER = (
    "concat(coalesce(producer_id, concat(kafka_topic, '[', kafka_partition, ']@', unix_millis(kafka_ts))), "
    f"'{REPLAYED}')"
)
SEQ = "if(producer_id IS NULL, kafka_offset, seq)"
FEW = 1_000  # producers that are named in a query


@dataclass(frozen=True)
class Refused:
    """A row of a rejected table; `new_producer_id` and `new_seq` name the message that takes its place.

    `is_replayed`: silver, or its rejected table, has that message.
    """

    kafka_topic: str
    kafka_partition: int
    kafka_offset: int
    kafka_ts: datetime
    ingest_ts: datetime
    producer_id: str | None
    seq: int | None
    symbol: str | None
    violations: list[str]
    is_decodable: bool
    raw_value: bytes | None
    new_producer_id: str
    new_seq: int
    is_replayed: bool

    @property
    def label(self) -> str:
        """Where it was delivered."""
        return f"{self.kafka_topic}[{self.kafka_partition}] offset {self.kafka_offset}"

    @property
    def place(self) -> tuple[int, int, datetime]:
        """Partition, offset and Kafka time."""
        return self.kafka_partition, self.kafka_offset, self.kafka_ts


@dataclass(frozen=True)
class Choice:
    """Some refused rows: of tables, with a text in a sentence that says why, written on a UTC day."""

    tables: Sequence[Table] = field(default=REJECTED_TABLES)
    reason: str | None = None
    day: date | None = None

    @property
    def where(self) -> str:
        """The condition in SQL."""
        of_reason = f"exists(violations, sentence -> contains(sentence, {literal(self.reason or '')}))"
        of_day = f"ingest_date = DATE'{self.day}'"
        chosen = [of_reason] * (self.reason is not None) + [of_day] * (self.day is not None)
        return " AND ".join(chosen) or "true"


def rejected_named(name: str) -> Table:
    """The rejected table of that name. Raises SettingsError, listing them, when there is none."""
    for table in REJECTED_TABLES:
        if table.name == name:
            return table
    raise SettingsError(f"{name} is no rejected table: there are {', '.join(t.name for t in REJECTED_TABLES)}.")


def rejected_of(topic: Topic) -> Table:
    """The rejected table of a topic."""
    return next(table for table in REJECTED_TABLES if table.topic == topic)


def count_reasons(session: Session, choice: Choice) -> list[tuple[str, str, int]]:
    """Table, reason and rows that have it, the most frequent first; numbers in a sentence are left out, as `#`."""
    parts = (
        f"SELECT '{table.name}' AS table_name, regexp_replace(sentence, '{NUMBERS}', '#') AS reason "
        f"FROM {table.name} LATERAL VIEW explode(array_distinct(violations)) AS sentence WHERE {choice.where}"
        for table in choice.tables
    )
    query = f"""
SELECT table_name, reason, count(*) AS row_count FROM ({" UNION ALL ".join(parts)})
GROUP BY table_name, reason ORDER BY row_count DESC, table_name, reason"""
    return [tuple(row) for row in session.sql(query).collect()]


def find_refused(session: Session, choice: Choice, limit: int | None = None) -> list[Refused]:
    """The rows, the newest first, with their bytes; all of them without a limit."""
    parts = " UNION ALL ".join(_refused(table, choice.where) for table in choice.tables)
    order = "ingest_ts DESC, kafka_topic, kafka_partition, kafka_offset"
    query = f"SELECT * FROM ({parts}) ORDER BY {order}{'' if limit is None else f' LIMIT {limit}'}"
    return _rows(session, query)


def find_deliveries(session: Session, topic: Topic, places: Sequence[tuple[int, int]]) -> list[Refused]:
    """The refused deliveries at some (partition, offset): several at one where the topic was made anew."""
    wanted = ", ".join(f"({partition}, {offset}L)" for partition, offset in places)
    where = f"(kafka_partition, kafka_offset) IN ({wanted})" if places else "false"
    return _rows(session, f"{_refused(rejected_of(topic), where)} ORDER BY kafka_partition, kafka_offset, kafka_ts")


def _refused(table: Table, where: str) -> str:
    columns = ", ".join(field.name for field in fields(Refused) if not field.name.startswith(("new_", "is_replayed")))
    return f"SELECT {columns}, {PRODUCER} AS new_producer_id, {SEQ} AS new_seq FROM {table.name} WHERE {where}"


def _rows(session: Session, query: str) -> list[Refused]:
    found = session.sql(query).toArrow().to_pylist()
    names: dict[str, set[str]] = {}
    for row in found:
        names.setdefault(row["kafka_topic"], set()).add(row["new_producer_id"])
    known = {topic: _known(session, job_of(topic), producers) for topic, producers in names.items()}
    return [
        Refused(**row, is_replayed=(row["new_producer_id"], row["new_seq"]) in known[row["kafka_topic"]])
        for row in found
    ]


def _known(session: Session, job: TopicJob, producers: set[str]) -> set[tuple[str, int]]:
    """Messages of some producers that silver or its rejected table holds; of few, statistics skip most files."""
    chosen = is_one_of("producer_id", sorted(producers))
    where = chosen if len(producers) <= FEW else f"endswith(producer_id, '{REPLAYED}')"
    parts = (f"SELECT producer_id, seq FROM {table.name} WHERE {where}" for table in (job.silver, job.rejected))
    return {(row.producer_id, row.seq) for row in session.sql(" UNION ".join(parts)).collect()}
