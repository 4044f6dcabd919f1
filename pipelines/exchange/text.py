"""The canonical report stream as text: one line a report, joined by newlines, none at the end.

`0,seq,side,id,price,qty` accepted · `1,seq,price,qty,maker,taker` trade · `2,seq,side,id,price` cancelled ·
`3,seq,side,id,price,qty` modified · `4,seq,id` cancel refused · `5,seq,id` modify refused.
"""

from pipelines.exchange.arena import Rows, Words, kernel
from pipelines.exchange.codes import ReportKind
from pipelines.exchange.layout import constant

TRADE, CANCELLED = constant(ReportKind.TRADE), constant(ReportKind.CANCELLED)
CANCEL_REFUSED = constant(ReportKind.CANCEL_REFUSED)
T_KIND, T_SEQ, T_SIDE, T_ORDER, T_MAKER, T_PRICE, T_QUANTITY = 0, 1, 2, 3, 4, 5, 6
TEXT_COLUMNS = 7
LONGEST_LINE = 6 * 20 + 6  # six numbers of up to 20 characters, commas, a newline
NEWLINE, COMMA, ZERO, MINUS = ord("\n"), ord(","), ord("0"), ord("-")


@kernel
def write_texts(rows: Rows, text: Words, is_first: bool) -> int:
    """Write the lines of rows (7, n) to `text`, bytes (n · 126,) or more; returns how many bytes are written."""
    at = 0
    for row in range(rows.shape[1]):
        if row or not is_first:
            text[at] = NEWLINE
            at += 1
        at = _write_line(rows, row, text, at)
    return at


@kernel
def _write_line(rows: Rows, row: int, text: Words, at: int) -> int:
    kind = rows[T_KIND, row]
    at = _write_number(text, at, kind)
    at = _write_next(text, at, rows[T_SEQ, row])
    if kind == TRADE:
        at = _write_next(text, at, rows[T_PRICE, row])
        at = _write_next(text, at, rows[T_QUANTITY, row])
        at = _write_next(text, at, rows[T_MAKER, row])
        return _write_next(text, at, rows[T_ORDER, row])
    if kind < CANCEL_REFUSED:
        at = _write_next(text, at, rows[T_SIDE, row])
    at = _write_next(text, at, rows[T_ORDER, row])
    if kind < CANCEL_REFUSED:
        at = _write_next(text, at, rows[T_PRICE, row])
    if kind < CANCEL_REFUSED and kind != CANCELLED:
        at = _write_next(text, at, rows[T_QUANTITY, row])
    return at


@kernel
def _write_next(text: Words, at: int, value: int) -> int:
    text[at] = COMMA
    return _write_number(text, at + 1, value)


@kernel
def _write_number(text: Words, at: int, value: int) -> int:
    """Decimal digits of a value above -2**63."""
    if value < 0:
        text[at] = MINUS
        at, value = at + 1, -value
    end, bound = at + 1, value // 10
    while bound:
        end, bound = end + 1, bound // 10
    for place in range(end - 1, at - 1, -1):
        text[place] = ZERO + value % 10
        value //= 10
    return end
