"""SQL through the lakehouse's Spark Connect door."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
from pyspark.errors import PySparkException
from pyspark.sql import DataFrame
from pyspark.sql.connect.session import SparkSession

from schemas.errors import DepthlakeError, InstanceError, first_line
from spark_jobs.instance.ports import accepts
from spark_jobs.session import connect
from spark_jobs.settings import Settings

_TOKENS = re.compile(
    r"""'(?:[^'\\]|\\.)*' | "(?:[^"\\]|\\.)*" | `[^`]*` | --[^\n]* | /\*.*?\*/ | ; | .""", re.VERBOSE | re.DOTALL
)


@dataclass(frozen=True)
class Answer:
    """What a statement gives: column names and rows of Python values; no column for one that only changes things."""

    names: tuple[str, ...]
    rows: list[tuple[Any, ...]]


@contextmanager
def open_door(settings: Settings) -> Iterator[SparkSession]:
    """A session in the lakehouse, closed with the block.

    Raises InstanceError when nothing answers at the door or it closes, DepthlakeError with Spark's sentence when
    something in the block fails in Spark.
    """
    if not accepts(settings.lakehouse, settings.connect_port):
        raise InstanceError(f"Nothing answers at {settings.connect_url}: run depthlake up.")
    try:
        with connect(settings) as session:
            yield session
    except PySparkException as error:
        if not accepts(settings.lakehouse, settings.connect_port):
            raise InstanceError(f"The lakehouse at {settings.connect_url} has gone: see depthlake status.") from error
        raise DepthlakeError(first_line(str(error), "The statement failed.")) from error


def run_sql(settings: Settings, script: str, limit: int | None = None) -> Iterator[Answer]:
    """Run the statements of `script` in order, each answer cut after `limit` rows. Raises as `open_door`."""
    with open_door(settings) as session:
        for statement in statements(script):
            yield _answer(session.sql(statement), limit)


def _answer(frame: DataFrame, limit: int | None) -> Answer:
    chosen = frame if limit is None or not frame.columns else frame.limit(limit)
    try:
        table = chosen.toArrow()
    except pa.ArrowInvalid:  # OPTIMIZE answers with nulls where its own schema has none
        return Answer(tuple(chosen.columns), [tuple(row.asDict(recursive=True).values()) for row in chosen.collect()])
    columns = [column.to_pylist(maps_as_pydicts="lossy") for column in table.columns]
    return Answer(tuple(table.column_names), list(zip(*columns, strict=True)))


def statements(script: str) -> list[str]:
    """Split at semicolons, except those within quotes and comments."""
    parts = [""]
    for token in _TOKENS.findall(script):
        if token == ";":
            parts.append("")
        else:
            parts[-1] += " " if _is_comment(token) else token
    return [part.strip() for part in parts if part.strip()]


def _is_comment(token: str) -> bool:
    return token.startswith(("--", "/*")) and not token.startswith("/*+")  # a hint
