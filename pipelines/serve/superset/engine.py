"""What Superset must know of the lake: time grains, table lists, types. It finds this by an entry point."""

import re
from datetime import datetime
from functools import cache
from threading import BoundedSemaphore
from typing import Any, ClassVar

from flask import current_app as app
from sqlalchemy import types
from sqlalchemy.engine.reflection import Inspector
from superset.constants import TimeGrain
from superset.db_engine_specs.base import BaseEngineSpec
from superset.db_engine_specs.spark import SparkEngineSpec
from superset.models.core import Database
from superset.utils.core import GenericDataType

_EVERY_S = {
    TimeGrain.FIVE_SECONDS: 5,
    TimeGrain.THIRTY_SECONDS: 30,
    TimeGrain.FIVE_MINUTES: 300,
    TimeGrain.TEN_MINUTES: 600,
    TimeGrain.FIFTEEN_MINUTES: 900,
    TimeGrain.HALF_HOUR: 1800,
}
_EVERY = "timestamp_micros(unix_micros({{col}}) - pmod(unix_micros({{col}}), {micros}))"


@cache
def _turns() -> BoundedSemaphore:
    return BoundedSemaphore(app.config["QUERIES_AT_ONCE"])


class LakehouseEngineSpec(SparkEngineSpec):  # type: ignore[misc]  # Superset has no types
    """Spark with Delta, through `pipelines.serve.superset.dialect`."""

    engine = "depthlake"
    engine_name = "Depthlake"
    engine_aliases: frozenset[str] = frozenset()
    allows_hidden_orderby_agg = True  # else a column that sorts is selected beside the aggregates, without its grain
    _time_grain_expressions: ClassVar = {
        **SparkEngineSpec._time_grain_expressions,
        **{grain: _EVERY.format(micros=seconds * 1_000_000) for grain, seconds in _EVERY_S.items()},
    }
    column_type_mappings = (
        (re.compile(r"^timestamp_ntz", re.IGNORECASE), types.TIMESTAMP(), GenericDataType.TEMPORAL),
        (re.compile(r"^(array|map|struct)", re.IGNORECASE), types.String(), GenericDataType.STRING),
    )

    @classmethod
    def execute(cls, cursor: Any, query: str, database: Database, **options: Any) -> None:
        """Ask when it is a question's turn: more at once than there are cores only wait for each other."""
        with _turns():
            super().execute(cursor, query, database, **options)

    @classmethod
    def convert_dttm(cls, target_type: str, dttm: datetime, db_extra: dict[str, Any] | None = None) -> str | None:
        """A time as a literal of a column's type; None for types that hold no time."""
        kind = cls.get_sqla_column_type(target_type)
        if isinstance(kind, types.Date):
            return f"DATE '{dttm.date().isoformat()}'"
        if isinstance(kind, types.TIMESTAMP | types.DateTime):
            return f"TIMESTAMP '{dttm.isoformat(sep=' ', timespec='microseconds')}'"
        return None

    @classmethod
    def get_table_names(cls, database: Database, inspector: Inspector, schema: str | None) -> set[str]:
        """Tables of a schema, without views."""
        return set(inspector.get_table_names(schema))

    @classmethod
    def get_view_names(cls, database: Database, inspector: Inspector, schema: str | None) -> set[str]:
        """Views of a schema."""
        return set(inspector.get_view_names(schema))

    @classmethod
    def get_columns(cls, inspector: Inspector, table: Any, options: dict[str, Any] | None = None) -> Any:
        """Columns as the dialect says them: Hive's own lists partition columns twice."""
        return BaseEngineSpec.get_columns.__func__(cls, inspector, table, options)

    @classmethod
    def where_latest_partition(cls, *_: Any, **__: Any) -> None:
        """No filter: Delta has no SHOW PARTITIONS."""
