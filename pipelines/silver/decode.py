"""Messages to typed columns: decoded Protobuf in Arrow batches, exact numbers kept exact."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from google.protobuf.descriptor import EnumDescriptor

from pipelines.exact import exact_numbers, exact_units, wide_units
from pipelines.silver.levels import Levels, judge_levels, measure_levels, touch_levels
from schemas.registry import Table, Topic
from schemas.silver import LEVEL_FACTS

PASSED_ON = ("kafka_topic", "kafka_partition", "kafka_offset", "kafka_ts", "ingest_ts")
NS_PER_DAY = 86_400 * 10**9
MONEY = {"cash", "fee", "cost", "realised_pnl"}
EXACT_ENDINGS = ("price", "prices", "quantity", "quantities", "position", "max_order_value")
ZERO_IS_ABSENT = {"venue_seq", "first_venue_seq", "previous_venue_seq"}


def type_messages(message: pa.RecordBatch, deliveries: pa.RecordBatch, table: Table) -> pa.RecordBatch:
    """N decoded messages to the columns of their silver table, one row each, in order.

    Of book messages, what row rules ask of levels (LEVEL_FACTS) follows.
    """
    columns = {name: deliveries.column(name) for name in PASSED_ON}
    columns |= _columns(table.topic, message) | _times(message) | _book(message)
    facts = [fact.name for fact in LEVEL_FACTS if fact.name in columns]
    names = [*table.column_names, *facts]
    return pa.RecordBatch.from_arrays([columns[name] for name in names], names=names)


def _columns(topic: Topic, message: pa.RecordBatch) -> dict[str, pa.Array]:
    columns = {}
    for field in topic.message.fields:
        values = message.column(field.name)
        if field.enum_type is not None:
            columns[field.name] = _enum_names(values, field.enum_type)
        elif pa.types.is_string(values.type):
            columns[field.name] = _absent(values, "")
        elif field.name in ZERO_IS_ABSENT:
            columns[field.name] = _absent(values, 0)
        elif field.name.endswith(EXACT_ENDINGS):
            columns[field.name] = exact_numbers(values)
        elif field.name in MONEY:
            columns[field.name] = wide_units(values.to_numpy(), 19)
        else:
            columns[field.name] = values
    return columns


def _absent(values: pa.Array, default: str | int) -> pa.Array:
    missing = pc.equal(values, default)
    return pc.if_else(missing, pa.scalar(None, values.type), values) if missing.true_count else values


def _book(message: pa.RecordBatch) -> dict[str, pa.Array]:
    """What follows from the levels of book messages; nothing for other messages."""
    if "bid_prices" not in message.schema.names:
        return {}
    levels = Levels.of(message)
    touch = {name: exact_units(units, missing) for name, (units, missing) in touch_levels(levels).items()}
    return touch | measure_levels(levels) | judge_levels(levels)


def _enum_names(values: pa.Array, enum: EnumDescriptor) -> pa.Array:
    """Enum numbers to their names without the prefix; 0 to null; a number that is none to its digits."""
    prefix = enum.values_by_number[0].name.removesuffix("UNSPECIFIED")
    encoded = values.dictionary_encode()
    known = {number: value.name.removeprefix(prefix) for number, value in enum.values_by_number.items()}
    names = [known.get(number, str(number)) if number else None for number in encoded.dictionary.to_pylist()]
    return pa.array(names, pa.string()).take(encoded.indices)


def _times(message: pa.RecordBatch) -> dict[str, pa.Array]:
    venue_ns = message.column("venue_ts_ns").to_numpy()
    receive_ns = message.column("receive_ts_ns").to_numpy()
    event_ns = np.where(venue_ns == 0, receive_ns, venue_ns)
    return {
        "event_ns": pa.array(event_ns),
        "event_ts": pa.array(event_ns // 1000).cast(pa.timestamp("us", "UTC")),
        "event_date": pa.array((event_ns // NS_PER_DAY).astype(np.int32), pa.int32()).cast(pa.date32()),
        "has_venue_ts": pa.array(venue_ns != 0),
        "receive_ns": pa.array(receive_ns),
    }
