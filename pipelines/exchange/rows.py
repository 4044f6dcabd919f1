"""From the words that kernels write to Arrow reports."""

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


def reports_of(words: Ints, before: int, messages: pa.RecordBatch) -> pa.RecordBatch:
    """A batch of REPORTS from report words (columns, n), numbered from `before` + 1; the messages say seq and time."""
    row, tag = words[R_ROW], words[R_TAG]
    columns = {name: words[at].copy() for name, at in COPIED.items()}
    columns["report_seq"] = np.arange(before + 1, before + 1 + len(row))
    for name in ("message_seq", "time_ns"):
        columns[name] = messages.column(name).to_numpy()[row]
    columns["symbol"] = (tag >> 24).astype(np.int32)
    for name, shift in (("kind", 0), ("reason", 8), ("side", 16)):
        columns[name] = (tag >> shift).astype(np.int8)
    return pa.RecordBatch.from_arrays([pa.array(columns[name]) for name in REPORTS.names], schema=REPORTS)
