"""Tables of the lake as a session sees them, in the driver or through its door: commits, versions, rows added."""

from collections.abc import Iterable, Sequence

import pyarrow as pa
from pyspark.sql import DataFrame, Row, SparkSession
from pyspark.sql.connect.session import SparkSession as ConnectSession

from schemas.registry import Table

Session = SparkSession | ConnectSession


def history(session: Session, name: str, limit: int | None = None) -> list[Row]:
    """The commits of a table, the newest first."""
    return session.sql(f"DESCRIBE HISTORY {name}{f' LIMIT {limit}' if limit else ''}").collect()


def read_versions(session: Session, names: Iterable[str]) -> dict[str, int]:
    """The version that each Delta table has now, by name."""
    return {name: history(session, name, 1)[0].version for name in names}


def read_version(session: Session, name: str, version: int | None) -> DataFrame:
    """A table, of the newest version or of another."""
    if version is None:
        return session.table(name)
    return session.sql(f"SELECT * FROM {name} VERSION AS OF {version}")


def append_rows(session: Session, table: Table, rows: Sequence[tuple[object, ...]] | pa.Table) -> None:
    """Add rows, each with the table's columns in their order, in one commit."""
    written = session.createDataFrame(rows, table.schema)
    written.write.format("delta").mode("append").saveAsTable(table.name)


def is_one_of(column: str, texts: Iterable[str]) -> str:
    """The condition that a column has one of some texts, as Spark SQL."""
    return f"{column} IN ({', '.join(map(literal, texts))})"


def literal(text: str) -> str:
    """A text as a literal of Spark SQL."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
