"""The canonical workload: plain limit and IOC orders of one book, and its report stream as text."""

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from pipelines.exchange import compiled
from pipelines.exchange.codes import Reason, ReportKind, TimeInForce
from pipelines.exchange.schema import messages_of
from pipelines.exchange.text import LONGEST_LINE, TEXT_COLUMNS

Ints = npt.NDArray[np.int64]
Codes = npt.NDArray[np.int8]

FIRST_KINDS = [int(kind) for kind in ReportKind if kind not in (ReportKind.TRADE, ReportKind.CANCELLED)]
TEXT_NAMES = ("kind", "message_seq", "side", "order_id", "maker_id", "price", "quantity")


def parse_workload(rows: pa.RecordBatch) -> pa.RecordBatch:
    """Rows (sequence, type, side, ioc, order_id, price_ticks, quantity) to MESSAGES of book 0.

    Types 0 new, 1 cancel, 2 modify are the codes of NEW, CANCEL, REPLACE.
    """
    gtc, ioc = int(TimeInForce.GTC), int(TimeInForce.IOC)
    tif = pa.array(np.where(rows.column("ioc").to_numpy(zero_copy_only=False), ioc, gtc).astype(np.int8))
    return messages_of(
        {
            "message_seq": rows.column("sequence"),
            "kind": rows.column("type"),
            "order_id": rows.column("order_id"),
            "side": rows.column("side"),
            "time_in_force": tif,
            "price": rows.column("price_ticks"),
            "quantity": rows.column("quantity"),
        }
    )


class CanonicalText:
    """Reports to the bytes of the canonical stream, batch by batch."""

    def __init__(self) -> None:
        """Nothing is written yet."""
        self._is_first = True

    def write(self, reports: pa.RecordBatch) -> bytes:
        """The lines of a batch of REPORTS, within each message by kind; other kinds than 0 to 5 have no line.

        A message's reports must lie in one batch, as Engine.apply gives them.
        """
        columns = [reports.column(name).to_numpy() for name in TEXT_NAMES]
        order = _canonical_order(columns[0], columns[1], reports.column("reason").to_numpy())
        words = np.empty((TEXT_COLUMNS, len(order)), np.int64)
        for at, column in enumerate(columns):
            words[at] = column[order]
        text = np.empty(max(len(order), 1) * LONGEST_LINE, np.uint8)
        size = compiled.write(words, text, self._is_first)
        self._is_first = self._is_first and size == 0
        return text[:size].tobytes()


def _canonical_order(kind: Codes, seq: Ints, reason: Codes) -> Ints:
    """Rows that have a line, within each message by kind.

    A message begins where the number changes, and with what is said of a message first: accepted, cancelled by its
    owner, modified, refused.
    """
    is_first = np.isin(kind, FIRST_KINDS) | ((kind == ReportKind.CANCELLED) & (reason == Reason.USER))
    is_first[1:] |= np.diff(seq) != 0
    order = np.argsort(np.cumsum(is_first) * 8 + kind, kind="stable")
    return order[kind[order] <= ReportKind.REPLACE_REFUSED]
