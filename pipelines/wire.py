"""Between Protobuf bytes and Arrow columns, both ways, without touching a message in Python."""

from collections.abc import Sequence
from functools import cache

import numpy as np
import numpy.typing as npt
import ptars
import pyarrow as pa
import pyarrow.compute as pc
from ptars._lib import MessageHandler

from schemas.errors import WireError
from schemas.registry import Topic


@cache
def _handler(topic: Topic) -> MessageHandler:
    return ptars.HandlerPool([topic.message.file]).get_for_message(topic.message)


@cache
def _default(topic: Topic) -> pa.RecordBatch:
    """One row: what Protobuf gives for fields that are not there."""
    return _handler(topic).list_to_record_batch([b""])


def wire_schema(topic: Topic) -> pa.Schema:
    """The Arrow schema of a topic's messages: one column a field, enums as int32, repeated fields as lists."""
    return _default(topic).schema


def encode(topic: Topic, batch: pa.RecordBatch) -> pa.BinaryArray:
    """Rows of `wire_schema(topic)` to serialised messages, one a row, in order.

    Raises WireError when the columns are not those of the topic.
    """
    if batch.schema != wire_schema(topic):
        raise WireError(f"{topic.name}: columns {batch.schema.names} are not those of {topic.message.full_name}.")
    return _handler(topic).record_batch_to_array(batch)


def decode(topic: Topic, payloads: pa.BinaryArray) -> tuple[pa.RecordBatch, dict[int, str]]:
    """Serialised messages to rows, and the payloads that are none: {index: why}.

    A payload that cannot be decoded gives a row of defaults, so that rows and payloads keep their positions.
    """
    errors = dict.fromkeys(pc.indices_nonzero(payloads.is_null()).to_pylist(), "the message has no payload")
    payloads = payloads.fill_null(b"") if errors else payloads
    try:
        return _handler(topic).array_to_record_batch(payloads), errors
    except ValueError:
        _find_errors(topic, payloads, 0, errors)
    good = [b"" if index in errors else value for index, value in enumerate(payloads.to_pylist())]
    return _handler(topic).list_to_record_batch(good), errors


def decode_good(topic: Topic, payloads: Sequence[bytes | None]) -> tuple[pa.RecordBatch, npt.NDArray[np.bool_]]:
    """The rows of those payloads (n,) that can be decoded, and n flags which they are."""
    rows, errors = decode(topic, pa.array(payloads, pa.binary()))
    is_good = np.ones(len(rows), bool)
    is_good[list(errors)] = False
    return (rows.filter(pa.array(is_good)) if errors else rows), is_good


def _find_errors(topic: Topic, payloads: pa.BinaryArray, start: int, errors: dict[int, str]) -> None:
    """Halve until each bad payload stands alone: log2(n) decodings for one bad message among n."""
    try:
        _handler(topic).array_to_record_batch(payloads)
    except ValueError as error:
        if len(payloads) == 1:
            errors[start] = str(error)
            return
        middle = len(payloads) // 2
        _find_errors(topic, payloads.slice(0, middle), start, errors)
        _find_errors(topic, payloads.slice(middle), start + middle, errors)


def batch_of(topic: Topic, columns: dict[str, Sequence[object] | pa.Array]) -> pa.RecordBatch:
    """Columns by name to a batch of `wire_schema(topic)`; a field that is absent gets Protobuf's default.

    Shapes: all columns of one length n; list columns hold n lists. Raises WireError on an unknown name.
    """
    schema = wire_schema(topic)
    unknown = sorted(set(columns) - set(schema.names))
    if unknown:
        raise WireError(f"{topic.name}: {unknown} are not fields of {topic.message.full_name}.")
    rows = len(next(iter(columns.values())))
    blank = pa.array(np.zeros(rows, np.int64))
    arrays = [
        _as_column(columns[field.name], field) if field.name in columns else default.take(blank)
        for field, default in zip(schema, _default(topic).columns, strict=True)
    ]
    return pa.RecordBatch.from_arrays(arrays, schema=schema)


def _as_column(values: Sequence[object] | pa.Array, field: pa.Field) -> pa.Array:
    array = values if isinstance(values, pa.Array) else pa.array(values)
    return array if array.type == field.type else array.cast(field.type)
