"""Order events as rows of Python values, and the shard that a producer is."""

import re
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from schemas.proto import market_pb2
from schemas.topics import ORDER_EVENTS

ACCEPTED = market_pb2.ORDER_EVENT_KIND_ACCEPTED
FILLED = market_pb2.ORDER_EVENT_KIND_FILLED
CANCELLED = market_pb2.ORDER_EVENT_KIND_CANCELLED
REPLACED = market_pb2.ORDER_EVENT_KIND_REPLACED
REFUSED = market_pb2.ORDER_EVENT_KIND_REFUSED
FUNDED = market_pb2.ORDER_EVENT_KIND_FUNDED

BUY = market_pb2.SIDE_BUY


class Event(NamedTuple):
    """What became of an order or account; the fields of the message, enums as numbers."""

    producer_id: str
    seq: int
    symbol: str
    venue: str
    kind: int
    reason: str
    order_id: str
    account_id: str
    side: int
    type: int
    time_in_force: int
    price: int
    quantity: int
    open_quantity: int
    trade_id: str
    fee: int
    cash: int
    position: int
    cost: int
    realised_pnl: int
    event_ns: int  # the venue's clock, or the receiver's where the venue gives none


def _names(field: str) -> dict[int, str]:
    """The values of an enum field without their prefix; 0, which is unspecified, has none."""
    enum = ORDER_EVENTS.message.fields_by_name[field].enum_type
    assert enum is not None, "only enum fields are asked for"
    prefix = enum.values_by_number[0].name.removesuffix("UNSPECIFIED")
    return {value.number: value.name.removeprefix(prefix) for value in enum.values if value.number}


SIDES, TYPES, TIMES_IN_FORCE = _names("side"), _names("type"), _names("time_in_force")


def events_of(batch: pa.RecordBatch) -> Iterator[Event]:
    """The rows of a batch of `wire_schema(ORDER_EVENTS)`, in order."""
    venue_ns = batch.column("venue_ts_ns").to_numpy()
    event_ns = np.where(venue_ns == 0, batch.column("receive_ts_ns").to_numpy(), venue_ns).tolist()
    columns = (batch.column(name).to_pylist() for name in Event._fields[:-1])
    return map(Event._make, zip(*columns, event_ns, strict=True))


@cache
def shard_of(producer_id: str) -> int | None:
    """The shard of the exchange that `exchange-<shard>-<hash>` names; None for another producer."""
    found = re.fullmatch(r"exchange-(\d+)-.+", producer_id)
    return int(found[1]) if found else None
