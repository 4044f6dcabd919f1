"""How deliveries become silver: decode, type, judge; what was accepted is silver, what was not is rejected."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from pipelines.silver.decode import type_messages
from pipelines.silver.levels import Flags
from pipelines.silver.repeats import LastSequences, find_suspects
from pipelines.wire import decode
from schemas.registry import Table

FindViolations = Callable[[pa.RecordBatch], dict[int, list[str]]]


@dataclass(frozen=True)
class Judged:
    """n deliveries (bronze columns), the same n decoded (silver columns), and what is to be said of them.

    `violations` holds the sentences of rows that break a rule or could not be decoded, `undecodable` which the latter
    are; `suspects` (n flags) may have come before.
    """

    deliveries: pa.RecordBatch
    rows: pa.RecordBatch
    violations: Mapping[int, list[str]]
    undecodable: frozenset[int]
    suspects: Flags

    @cached_property
    def is_accepted(self) -> Flags:
        """Rows that break no rule, n flags."""
        return self._all_but(self.violations)

    @cached_property
    def is_decodable(self) -> Flags:
        """Rows whose payload is a message of the topic, n flags."""
        return self._all_but(self.undecodable)

    def _all_but(self, indices: Mapping[int, object] | frozenset[int]) -> Flags:
        flags = np.ones(len(self.rows), bool)
        flags[list(indices)] = False
        return flags


def judge_deliveries(
    deliveries: pa.RecordBatch, table: Table, find_violations: FindViolations, last: LastSequences
) -> Judged:
    """Decode, type and judge bronze rows by the rules of a silver table; `last` is brought up to date."""
    message, errors = decode(table.topic, deliveries.column("raw_value"))
    rows = type_messages(message, deliveries, table)
    violations = find_violations(rows) | {at: [f"payload cannot be decoded: {why}"] for at, why in errors.items()}
    suspects = find_suspects(message, errors, last)
    return Judged(deliveries, rows, violations, frozenset(errors), suspects)


def build_bronze(judged: Judged, table: Table, chosen: Flags) -> pa.RecordBatch:
    """What bronze keeps of the chosen rows (n flags): deliveries that hold a message."""
    return _filter(judged.deliveries.select(table.column_names), chosen & judged.is_decodable)


def build_silver(judged: Judged, table: Table, chosen: Flags) -> pa.RecordBatch:
    """What silver keeps of the chosen rows: those that break no rule."""
    return _filter(judged.rows.select(table.column_names), chosen & judged.is_accepted)


def build_rejected(judged: Judged, table: Table, chosen: Flags) -> pa.RecordBatch:
    """What silver refuses of the chosen rows, with its bytes, so that it can be looked at and sent again."""
    refused = np.flatnonzero(chosen & ~judged.is_accepted)
    columns = _columns(judged, refused)
    return pa.RecordBatch.from_arrays([columns[name] for name in table.column_names], schema=table.arrow_schema)


def build_judged(judged: Judged, schema: pa.Schema) -> pa.RecordBatch:
    """All n rows, accepted or not: columns of silver and rejected, and is_repeat_suspect, as the schema lists them."""
    columns = _columns(judged, np.arange(len(judged.rows))) | {"is_repeat_suspect": pa.array(judged.suspects)}
    return pa.RecordBatch.from_arrays([columns[name] for name in schema.names], schema=schema)


def _columns(judged: Judged, indices: npt.NDArray[np.int64]) -> dict[str, pa.Array]:
    """Every column known of some rows."""
    taken = [batch.take(pa.array(indices)) for batch in (judged.deliveries, judged.rows)]
    columns = {name: batch.column(name) for batch in taken for name in batch.schema.names}
    is_decodable = pa.array(judged.is_decodable[indices])
    sentences = [judged.violations.get(index, []) for index in indices.tolist()]
    return columns | {
        "seq": pc.if_else(is_decodable, columns["seq"], pa.scalar(None, pa.int64())),
        "violations": pa.array(sentences, pa.list_(pa.field("element", pa.string()))),
        "is_decodable": is_decodable,
    }


def _filter(rows: pa.RecordBatch, chosen: Flags) -> pa.RecordBatch:
    return rows if chosen.all() else rows.filter(pa.array(chosen))
