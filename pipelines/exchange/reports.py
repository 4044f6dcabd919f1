"""Reports, one row each, as columns of 64-bit words."""

from pipelines.exchange.arena import Rows, Words, kernel
from pipelines.exchange.layout import (
    ACCOUNT,
    BOOK,
    ID,
    META,
    OPEN,
    PRICE,
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
    REPORTS,
    ROW,
    SYMBOL,
)


@kernel
def report(m: Words, r: Rows, tag: int, order: int, quantity: int) -> int:
    """A report on an order as it is now; `tag` is kind | reason << 8. Returns its row."""
    row = m[REPORTS]
    m[REPORTS] = row + 1
    r[R_ROW, row] = m[ROW]
    r[R_TAG, row] = tag | (m[order + META] & 1) << 16 | m[m[order + BOOK] + SYMBOL] << 24
    r[R_ORDER, row] = m[order + ID]
    r[R_MAKER, row] = -1
    r[R_ACCOUNT, row] = m[order + ACCOUNT]
    r[R_MAKER_ACCOUNT, row] = 0
    r[R_PRICE, row] = m[order + PRICE]
    r[R_QUANTITY, row] = quantity
    r[R_OPEN, row] = m[order + OPEN]
    r[R_MAKER_OPEN, row] = 0
    return row


@kernel
def report_maker(m: Words, r: Rows, row: int, maker: int, price: int) -> None:
    """Add to a report the order that the trade was with, and the trade's price."""
    r[R_MAKER, row] = m[maker + ID]
    r[R_MAKER_ACCOUNT, row] = m[maker + ACCOUNT]
    r[R_MAKER_OPEN, row] = m[maker + OPEN]
    r[R_PRICE, row] = price
