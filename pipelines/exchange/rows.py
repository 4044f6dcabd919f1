"""From the words that kernels write to Arrow reports."""

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from pipelines.exchange.layout import (
    R_ACCOUNT,
    R_MAKER,
    R_MAKER_ACCOUNT,
    R_MAKER_OPEN,
    R_OPEN,
    R_ORDER,
    R_PRICE,
    R_QUANTITY,
    R_ROW,
    R_TAG,
)
from pipelines.exchange.memory import Pool
from pipelines.exchange.schema import REPORTS

Ints = npt.NDArray[np.int64]

COPIED = {
    "order_id": R_ORDER,
    "maker_id": R_MAKER,
    "account_id": R_ACCOUNT,
    "maker_account_id": R_MAKER_ACCOUNT,
    "price": R_PRICE,
    "quantity": R_QUANTITY,
    "open_quantity": R_OPEN,
    "maker_open_quantity": R_MAKER_OPEN,
}
FROM_MESSAGE = ("message_seq", "time_ns")
FROM_TAG = {"kind": 0, "reason": 8, "side": 16, "symbol": 24}
LINE = 64  # bytes of a cache line
ROW_BYTES = sum(field.type.bit_width for field in REPORTS) // 8
SPARE = 1.25  # reports a message to begin with


class ReportRows:
    """The reports of one batch of messages, gathered piece by piece into columns of REPORTS."""

    def __init__(self, messages: pa.RecordBatch, pool: Pool) -> None:
        """None yet; room for a few more than there are messages."""
        self._pool = pool
        self._columns = {name: messages.column(name).to_numpy() for name in FROM_MESSAGE}
        self._reports: dict[str, npt.NDArray[Any]] = {}
        self._count = self._room = 0
        self._make_room(int(len(messages) * SPARE) + 64)

    def add(self, words: Ints, before: int) -> None:
        """Rows of reports (columns, n) as kernels wrote them; `before` reports were numbered before these."""
        start, end = self._count, self._count + words.shape[1]
        if end > self._room:
            self._make_room(2 * end)
        into = {name: column[start:end] for name, column in self._reports.items()}
        into["report_seq"][:] = np.arange(before + 1, before + 1 + end - start)
        for name, at in COPIED.items():
            into[name][:] = words[at]
        for name, column in self._columns.items():
            np.take(column, words[R_ROW], out=into[name], mode="clip")
        for name, shift in FROM_TAG.items():
            into[name][:] = words[R_TAG] >> shift
        self._count = end

    def batch(self) -> pa.RecordBatch:
        """All of them as a batch of REPORTS."""
        arrays = [pa.array(self._reports[name][: self._count]) for name in REPORTS.names]
        return pa.RecordBatch.from_arrays(arrays, schema=REPORTS)

    def _make_room(self, room: int) -> None:
        old, self._room = self._reports, room
        buffer, start = self._pool.lend(room * ROW_BYTES + LINE * len(REPORTS)), 0
        self._reports = {}
        for field in REPORTS:
            self._reports[field.name] = np.frombuffer(buffer, field.type.to_pandas_dtype(), room, start)
            start += -(-room * field.type.bit_width // 8 // LINE) * LINE
        for name, column in old.items():
            self._reports[name][: self._count] = column[: self._count]
