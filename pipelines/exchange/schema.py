"""The two Arrow schemas of the exchange: messages in, reports out, column by column."""

from collections.abc import Mapping, Sequence

import numpy as np
import pyarrow as pa

from schemas.errors import ExchangeError

ALL_SYMBOLS = -1
NO_ORDER = -1


def _field(name: str, kind: pa.DataType, comment: str) -> pa.Field:
    return pa.field(name, kind, nullable=False, metadata={"comment": comment})


MESSAGES = pa.schema(
    [
        _field("message_seq", pa.int64(), "The sender's number of the message; reports repeat it"),
        _field("time_ns", pa.int64(), "When the exchange takes the message, ns since 1970; moves the book's clock on"),
        _field("symbol", pa.int32(), "Number of the book, 0 to 4095; -1 for all books, in messages that set something"),
        _field("kind", pa.int8(), "MessageKind"),
        _field(
            "order_id", pa.int64(), "From 0; unique among the open orders of a book, free again after an order's end"
        ),
        _field("account_id", pa.int64(), "Owner; a cancel or replace needs the same one; 0 never trades with itself"),
        _field("side", pa.int8(), "Side, of a new order"),
        _field("order_type", pa.int8(), "OrderType, of a new order"),
        _field("time_in_force", pa.int8(), "TimeInForce, of a new order"),
        _field("self_trade", pa.int8(), "SelfTrade, of a new order: what it does when it meets its own account"),
        _field("post_only", pa.int8(), "1: a new order that never takes"),
        _field("price", pa.int64(), "Limit price in ticks, of limit and stop-limit orders; or the reference price"),
        _field("stop_price", pa.int64(), "Trade price in ticks that wakes a stop or stop-limit order"),
        _field("quantity", pa.int64(), "Lots; of a replace, what shall be open after it; of a collar, the distance"),
        _field("display", pa.int64(), "Lots that an iceberg shows at a time; 0: all"),
        _field("expire_ns", pa.int64(), "When a good-till-date order ends, ns since 1970"),
        _field("setting", pa.int8(), "Phase of a phase message, CollarUnit of a collar message"),
    ]
)

REPORTS = pa.schema(
    [
        _field("report_seq", pa.int64(), "1, 2, 3, ... without a gap in the engine's life"),
        _field("message_seq", pa.int64(), "Number of the message that caused the report"),
        _field("time_ns", pa.int64(), "Time of that message, ns since 1970"),
        _field("symbol", pa.int32(), "Number of the book"),
        _field("kind", pa.int8(), "ReportKind"),
        _field("reason", pa.int8(), "Reason, of cancellations, refusals and auction trades"),
        _field("side", pa.int8(), "Side of order_id: of a trade the aggressor's; in auctions the buyer's"),
        _field("order_id", pa.int64(), "The order; of a trade the one that took"),
        _field(
            "maker_id", pa.int64(), "Of a trade the order that was there before (in auctions the seller's), else -1"
        ),
        _field("account_id", pa.int64(), "Owner of order_id"),
        _field("maker_account_id", pa.int64(), "Of a trade the owner of maker_id, else 0"),
        _field("price", pa.int64(), "Ticks: of a trade its price, else the order's limit price (0: none)"),
        _field(
            "quantity",
            pa.int64(),
            "Lots: traded, cancelled, or open after the message; of a set phase its code; else the message's",
        ),
        _field("open_quantity", pa.int64(), "Lots of order_id that are open after the report; as sent, in a refusal"),
        _field("maker_open_quantity", pa.int64(), "Of a trade the lots of maker_id that are open after it, else 0"),
    ]
)

CHANGES = pa.schema(
    [
        _field("symbol", pa.int32(), "Number of the book"),
        _field("side", pa.int8(), "Side"),
        _field("price", pa.int64(), "Ticks"),
        _field("quantity", pa.int64(), "Lots displayed now; 0: the level is gone"),
    ]
)


def messages_of(columns: Mapping[str, Sequence[int] | pa.Array]) -> pa.RecordBatch:
    """A batch of MESSAGES from some of its columns, (n,) each; the others are 0.

    Raises ExchangeError on an unknown name.
    """
    unknown = sorted(set(columns) - set(MESSAGES.names))
    if unknown:
        raise ExchangeError(f"{', '.join(unknown)}: no column of the exchange's messages; it knows {MESSAGES.names}.")
    rows = len(next(iter(columns.values())))
    zeros = np.zeros(rows, np.int64)
    arrays = [pa.array(columns.get(field.name, zeros)).cast(field.type) for field in MESSAGES]
    return pa.RecordBatch.from_arrays(arrays, schema=MESSAGES)
