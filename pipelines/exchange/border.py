"""What the engine lets in: batches whose columns are those of MESSAGES, without nulls, with symbols it has room for."""

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from pipelines.exchange.codes import MessageKind
from pipelines.exchange.layout import MAX_SYMBOLS
from pipelines.exchange.run import Messages
from pipelines.exchange.schema import ALL_SYMBOLS, MESSAGES
from schemas.errors import ExchangeError

ABOUT_ORDERS = [int(kind) for kind in (MessageKind.NEW, MessageKind.CANCEL, MessageKind.REPLACE)]


def columns_of(messages: pa.RecordBatch) -> Messages:
    """The columns as the kernels take them, without a copy.

    Raises ExchangeError when names or types differ from MESSAGES, a column holds nulls, a symbol is outside 0 to 4095,
    or a message on an order names all symbols (-1).
    """
    if messages.schema.names != MESSAGES.names or messages.schema.types != MESSAGES.types:
        raise ExchangeError(f"Columns {messages.schema.names} are not {MESSAGES.names} with their types.")
    for name, column in zip(messages.schema.names, messages.columns, strict=True):
        if column.null_count:
            raise ExchangeError(f"Column {name} of the exchange's messages holds nulls: give every cell a number.")
    columns = Messages(*(_numbers(messages.column(name)) for name in Messages._fields))
    _check_symbols(columns)
    return columns


def _numbers(column: pa.Array) -> npt.NDArray[Any]:
    numbers: npt.NDArray[Any] = column.to_numpy(zero_copy_only=True)
    if not numbers.flags.aligned:
        numbers = numbers.copy()
        numbers.flags.writeable = False
    return numbers


def _check_symbols(columns: Messages) -> None:
    if not len(columns.symbol):
        return
    if columns.symbol.max() >= MAX_SYMBOLS or columns.symbol.min() < ALL_SYMBOLS:
        raise ExchangeError(f"Symbols of the exchange's messages are not all in 0 to {MAX_SYMBOLS - 1} (-1: all).")
    if columns.symbol.min() < 0 and np.isin(columns.kind[columns.symbol < 0], ABOUT_ORDERS).any():
        raise ExchangeError("A message on an order names no symbol: -1 is for messages that set something.")
