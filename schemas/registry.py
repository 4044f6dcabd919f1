"""What a topic and a table are. The tables themselves stand in bronze.py, silver.py and gold.py."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import pyarrow as pa
from google.protobuf.descriptor import Descriptor
from pyspark.sql.pandas.types import to_arrow_schema
from pyspark.sql.types import DataType, StructField, StructType


@dataclass(frozen=True)
class Topic:
    """A Kafka topic: messages of one Protobuf type, keyed by symbol."""

    name: str
    message: Descriptor

    @property
    def noun(self) -> str:
        """The word shared by the topic, its tables, builders and jobs: `trades` for market.trades.v1."""
        return self.name.split(".")[1]


@dataclass(frozen=True)
class Column:
    """A column, declared once: name, Spark type, and the sentence a reader sees in DESCRIBE."""

    name: str
    type: DataType
    comment: str


@dataclass(frozen=True)
class Table:
    """A Delta table: `layer.noun`, its columns in order, the topics it follows from, the partition column.

    Of a table that `is_append_only`, Delta refuses to change or delete rows.
    """

    name: str
    comment: str
    columns: tuple[Column, ...]
    topics: tuple[Topic, ...]
    partition_by: str
    is_append_only: bool = False

    @property
    def topic(self) -> Topic:
        """The only topic. Raises ValueError when there are others."""
        (only,) = self.topics
        return only

    @property
    def layer(self) -> str:
        """bronze, silver or gold."""
        return self.name.split(".")[0]

    @property
    def noun(self) -> str:
        """The name without its layer."""
        return self.name.split(".")[1]

    @property
    def folder(self) -> str:
        """Where it lies in a lake: `layer/noun`."""
        return f"{self.layer}/{self.noun}"

    @property
    def column_names(self) -> tuple[str, ...]:
        """The columns in order: the argument of a builder's last `select`."""
        return tuple(column.name for column in self.columns)

    @property
    def schema(self) -> StructType:
        """The Spark schema; every column is nullable, as Delta stores them."""
        return StructType([StructField(c.name, c.type, True, {"comment": c.comment}) for c in self.columns])

    @cached_property
    def arrow_schema(self) -> pa.Schema:
        """The same schema as Arrow has it: times are UTC microseconds."""
        return arrow_schema(self.schema)


@dataclass(frozen=True)
class View:
    """A view that folds partial aggregates: `layer.noun`, its SELECT, and what each column means.

    A row about `keys` is known at the time that the SQL `known` gives of its columns, but for columns in `lags_ns`,
    known so many nanoseconds later; nothing of this where rows follow from no data. A row in which the count `silent`
    is 0 stands for a silence: it says what was known before, and is there when that has ended.
    """

    name: str
    comment: str
    columns: tuple[tuple[str, str], ...]
    query: str
    keys: tuple[str, ...] = ()
    known: str = ""
    lags_ns: Mapping[str, int] = field(default_factory=dict)
    silent: str = ""


@dataclass(frozen=True)
class Parameter(Column):
    """An argument of a function; `default` is SQL, None for one that must be given."""

    default: str | None = None


@dataclass(frozen=True)
class Function:
    """A table function in SQL: `layer.noun`, its arguments, its columns in order, its SELECT.

    The query calls an argument by the function's noun: `asof_quotes.symbol`.
    """

    name: str
    comment: str
    parameters: tuple[Parameter, ...]
    columns: tuple[Column, ...]
    query: str


def arrow_schema(schema: StructType) -> pa.Schema:
    """A Spark schema as Arrow has it, without comments."""
    plain = StructType([StructField(field.name, field.dataType) for field in schema])
    return to_arrow_schema(plain, timezone="UTC")
