"""Between rows of silver and gold and the arrays of measures."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipelines.microstructure.series import Flags, Floats, Ints
from schemas.registry import Table

US = 1_000
SECOND_NS = 10**9
MINUTE_NS = 60 * SECOND_NS
DAY_NS = 86_400 * 10**9


def times(ns: Ints) -> pa.Array:
    """Nanoseconds since 1970 (n,) to UTC timestamps of microseconds."""
    return pa.array(ns // US, pa.timestamp("us", tz="UTC"))


def dates(ns: Ints) -> pa.Array:
    """The UTC dates of nanoseconds since 1970 (n,)."""
    return pa.array((ns // DAY_NS).astype(np.int32)).cast(pa.date32())


def day_ns(day: pa.Scalar) -> Ints:
    """The start of a UTC day in nanoseconds since 1970 (1,)."""
    return np.array([day.cast(pa.int32()).as_py() * DAY_NS])


def nullable(values: Floats) -> pa.Array:
    """Doubles (n,), null where NaN."""
    return pa.array(values, mask=np.isnan(values))


def flags(values: pa.ChunkedArray) -> Flags:
    """Booleans (n,); null is false."""
    result: Flags = pc.fill_null(values, False).to_numpy()
    return result


def integers(values: pa.ChunkedArray, missing: int) -> Ints:
    """Whole numbers (n,), `missing` for null."""
    result: Ints = pc.fill_null(values, missing).to_numpy()
    return result


def first(rows: pa.Table, name: str) -> Any:
    """The value that the rows of a key share."""
    return rows.column(name)[0].as_py()


def table_of(table: Table, columns: Mapping[str, Any]) -> pa.Table:
    """Rows of a table from its columns: arrays of Arrow or NumPy, one at least, and values that all rows share."""
    count = next(len(values) for values in columns.values() if isinstance(values, pa.Array | np.ndarray))
    arrays = {
        name: values if isinstance(values, pa.Array | np.ndarray) else pa.repeat(values, count)
        for name, values in columns.items()
    }
    return pa.table([arrays[name] for name in table.column_names], names=table.column_names).cast(table.arrow_schema)
