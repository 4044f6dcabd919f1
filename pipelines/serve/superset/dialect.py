"""The lake's SQL as SQLAlchemy sees it: `depthlake://host:port/schema`, through the Thrift door."""

import re
from typing import Any

from pyhive.sqlalchemy_hive import HiveDialect
from sqlalchemy import text, types
from sqlalchemy.engine import Connection

from pipelines.serve.superset.connections import borrow

SIMPLE = {
    "boolean": types.Boolean,
    "tinyint": types.SmallInteger,
    "smallint": types.SmallInteger,
    "int": types.Integer,
    "bigint": types.BigInteger,
    "float": types.Float,
    "double": types.Float,
    "binary": types.LargeBinary,
    "date": types.Date,
    "timestamp": types.TIMESTAMP,
    "timestamp_ntz": types.TIMESTAMP,
}
_DECIMAL = re.compile(r"decimal\((\d+),\s*(\d+)\)")


def column_type(spark_type: str) -> Any:
    """The type of a column that DESCRIBE calls `spark_type`; arrays, maps and structs are shown as text."""
    if found := _DECIMAL.fullmatch(spark_type):
        return types.DECIMAL(int(found[1]), int(found[2]))
    return SIMPLE.get(spark_type, types.String)()


class LakehouseDialect(HiveDialect):  # type: ignore[misc]  # PyHive has no types
    """PyHive's dialect with the names and types that Spark gives to tables, views and columns."""

    name = "depthlake"
    supports_statement_cache = False

    def connect(self, *_: Any, **address: Any) -> Any:
        """A connection that was open before, if there is one."""
        return borrow(**address)

    def get_table_names(self, connection: Connection, schema: str | None = None, **_: Any) -> list[str]:
        """Tables of a schema, without views."""
        views = set(self.get_view_names(connection, schema))
        return [name for name in self._names(connection, "TABLES", schema) if name not in views]

    def get_view_names(self, connection: Connection, schema: str | None = None, **_: Any) -> list[str]:
        """Views of a schema."""
        return self._names(connection, "VIEWS", schema)

    def get_columns(
        self, connection: Connection, table_name: str, schema: str | None = None, **_: Any
    ) -> list[dict[str, Any]]:
        """Name, type and comment of each column."""
        rows = self._get_table_columns(connection, table_name, schema)
        ends = next((i for i, row in enumerate(rows) if not row[0] or row[0].startswith("#")), len(rows))
        return [
            {"name": name, "type": column_type(kind), "nullable": True, "default": None, "comment": comment}
            for name, kind, comment in rows[:ends]
        ]

    def _names(self, connection: Connection, what: str, schema: str | None) -> list[str]:
        within = f" IN {self.identifier_preparer.quote_identifier(schema)}" if schema else ""
        return [row[1] for row in connection.execute(text(f"SHOW {what}{within}"))]
