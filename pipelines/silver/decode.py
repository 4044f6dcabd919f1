"""Deliveries to typed columns: Protobuf bytes decoded in Arrow batches, exact numbers kept exact."""

from collections.abc import Callable, Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from google.protobuf.descriptor import EnumDescriptor
from pyspark.sql import DataFrame
from pyspark.sql.types import StructField, StructType

from pipelines.silver.levels import Flags, Ints, Levels, judge_levels, measure_levels, touch_levels
from pipelines.silver.repeats import SeenSequences, find_suspects
from pipelines.wire import decode
from schemas import types as t
from schemas.registry import Table, Topic
from schemas.silver import LEVEL_FACTS
from schemas.topics import topic_named

PASSED_ON = ("kafka_topic", "kafka_partition", "kafka_offset", "kafka_ts", "ingest_ts")
# The largest price or quantity: 18 digits. What lies beyond is clamped here and refused by a rule.
LIMIT_UNITS = 10**18 - 1
ZERO_IS_ABSENT = {"venue_seq", "first_venue_seq", "previous_venue_seq"}


def decoded_schema(table: Table) -> StructType:
    """The silver columns that a message gives, then why it gives none, and whether it may have come before."""
    own = [field for field in table.schema if field.name != "event_date"]
    facts = [StructField(fact.name, fact.type) for fact in LEVEL_FACTS] if "bid_prices" in table.column_names else []
    return StructType([*own, *facts, StructField("decode_error", t.TEXT), StructField("is_repeat_suspect", t.FLAG)])


def decode_messages(deliveries: DataFrame, table: Table, seen: SeenSequences) -> DataFrame:
    """Bronze rows to rows of `decoded_schema(table)`, one each, in order.

    A row whose seq does not lie above all that was seen of its key, here or in `seen`, gets is_repeat_suspect.
    """
    schema = decoded_schema(table)
    step = _decoder(table.topic.name, tuple(schema.names), seen)
    return deliveries.select(*PASSED_ON, "raw_value").mapInArrow(step, schema)


def exact_numbers(values: pa.Array) -> pa.Array:
    """int64 in units of 1e-9 to DECIMAL(18,9), lists of them to lists: the same integers in wider words.

    What 18 digits cannot hold becomes the largest or smallest number that they can.
    """
    if pa.types.is_list(values.type):
        return pa.ListArray.from_arrays(values.offsets, exact_numbers(values.values))
    return _exact_units(values.to_numpy(), None)


def _decoder(
    topic_name: str, names: tuple[str, ...], seen: SeenSequences
) -> Callable[[Iterator[pa.RecordBatch]], Iterator[pa.RecordBatch]]:
    def step(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        topic = topic_named(topic_name)  # descriptors do not pickle
        last = dict(seen.last)
        for batch in batches:
            message, errors = decode(topic, batch.column("raw_value"))
            columns = {name: batch.column(name) for name in PASSED_ON}
            columns |= _columns(topic, message) | _times(message) | _book(message)
            columns["decode_error"] = _errors(len(message), errors)
            columns["is_repeat_suspect"] = find_suspects(message, errors, last)
            yield pa.RecordBatch.from_arrays([columns[name] for name in names], names=list(names))
        seen.report(last)

    return step


def _columns(topic: Topic, message: pa.RecordBatch) -> dict[str, pa.Array]:
    columns = {}
    for field in topic.message.fields:
        values = message.column(field.name)
        if field.enum_type is not None:
            columns[field.name] = _enum_names(values, field.enum_type)
        elif pa.types.is_string(values.type):
            columns[field.name] = pc.if_else(pc.equal(values, ""), pa.scalar(None, pa.string()), values)
        elif field.name in ZERO_IS_ABSENT:
            columns[field.name] = pc.if_else(pc.equal(values, 0), pa.scalar(None, pa.int64()), values)
        elif field.name.endswith(("price", "prices", "quantity", "quantities")):
            columns[field.name] = exact_numbers(values)
        else:
            columns[field.name] = values
    return columns


def _book(message: pa.RecordBatch) -> dict[str, pa.Array]:
    """What follows from the levels of book messages; nothing for other messages."""
    if "bid_prices" not in message.schema.names:
        return {}
    levels = Levels.of(message)
    touch = {name: _exact_units(units, missing) for name, (units, missing) in touch_levels(levels).items()}
    return touch | measure_levels(levels) | judge_levels(levels)


def _enum_names(values: pa.Array, enum: EnumDescriptor) -> pa.Array:
    """Enum numbers to their names without the prefix; 0 to null; a number that is none to its digits."""
    prefix = enum.values_by_number[0].name.removesuffix("UNSPECIFIED")
    numbers = values.to_numpy()
    names = np.full(len(numbers), None, dtype=object)
    for number in np.unique(numbers).tolist():
        known = enum.values_by_number.get(number)
        name = known.name.removeprefix(prefix) if known else str(number)
        names[numbers == number] = name if number else None
    return pa.array(names, pa.string())


def _exact_units(units: Ints, missing: Flags | None) -> pa.Array:
    words = np.empty((len(units), 2), np.int64)
    words[:, 0] = np.clip(units, -LIMIT_UNITS, LIMIT_UNITS)
    words[:, 1] = units >> 63
    valid = None if missing is None else pa.py_buffer(np.packbits(~missing, bitorder="little"))
    return pa.Array.from_buffers(pa.decimal128(18, 9), len(units), [valid, pa.py_buffer(words)])


def _times(message: pa.RecordBatch) -> dict[str, pa.Array]:
    venue_ns = message.column("venue_ts_ns").to_numpy()
    receive_ns = message.column("receive_ts_ns").to_numpy()
    event_ns = np.where(venue_ns == 0, receive_ns, venue_ns)
    return {
        "event_ns": pa.array(event_ns),
        "event_ts": pa.array(event_ns // 1000).cast(pa.timestamp("us", "UTC")),
        "has_venue_ts": pa.array(venue_ns != 0),
        "receive_ns": pa.array(receive_ns),
    }


def _errors(rows: int, errors: dict[int, str]) -> pa.Array:
    if not errors:
        return pa.nulls(rows, pa.string())
    return pa.array([errors.get(index) for index in range(rows)], pa.string())
