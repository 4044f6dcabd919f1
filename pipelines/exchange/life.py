"""The life of an order: it opens, it shrinks, it ends."""

from pipelines.exchange.arena import Rows, Words, give_block, kernel, take_block
from pipelines.exchange.codes import ReportKind, TimeInForce
from pipelines.exchange.index import enlist, strike_off
from pipelines.exchange.ladder import place_level
from pipelines.exchange.layout import (
    BOOK,
    BOOK_OPEN,
    DISPLAY,
    EXPIRES,
    EXPIRIES,
    EXPIRY,
    FREE_ORDERS,
    LADDER_WORDS,
    LADDERS,
    META,
    OPEN,
    ORDER_WORDS,
    SLICES,
    constant,
)
from pipelines.exchange.queues import append, leave, remove
from pipelines.exchange.reports import report

CANCELLED = constant(ReportKind.CANCELLED)
GTD = constant(TimeInForce.GTD)


@kernel
def side_of(m: Words, order: int) -> int:
    """0 buys, 1 sells."""
    return m[order + META] & 1


@kernel
def type_of(m: Words, order: int) -> int:
    """The code of its type."""
    return (m[order + META] >> 1) & 7


@kernel
def tif_of(m: Words, order: int) -> int:
    """The code of its time in force."""
    return (m[order + META] >> 4) & 7


@kernel
def self_trade_of(m: Words, order: int) -> int:
    """The code of its self-trade mode."""
    return (m[order + META] >> 7) & 7


@kernel
def is_post_only(m: Words, order: int) -> bool:
    """Whether it never takes."""
    return (m[order + META] >> 10) & 1 == 1


@kernel
def slices_of(m: Words, order: int) -> int:
    """How many times an iceberg still shows a part; 0 for others."""
    display = m[order + DISPLAY]
    return (m[order + OPEN] + display - 1) // display if display else 0


@kernel
def open_order(m: Words, message: int) -> int:
    """A new open order with the words of a message."""
    order = take_block(m, FREE_ORDERS, ORDER_WORDS)
    for word in range(ORDER_WORDS):
        m[order + word] = m[message + word]
    enlist(m, order)
    book = m[order + BOOK]
    m[book + BOOK_OPEN] += m[order + OPEN]
    m[SLICES] += slices_of(m, order)
    m[order + EXPIRES] = 0
    if tif_of(m, order) == GTD:
        ladder = book + LADDERS + EXPIRIES * LADDER_WORDS
        append(m, place_level(m, ladder, m[order + EXPIRY]), order, EXPIRES)
    return order


@kernel
def spend(m: Words, order: int, quantity: int) -> None:
    """Make an order smaller; its level is the caller's."""
    m[SLICES] -= slices_of(m, order)
    m[order + OPEN] -= quantity
    m[SLICES] += slices_of(m, order)
    m[m[order + BOOK] + BOOK_OPEN] -= quantity


@kernel
def end_order(m: Words, order: int) -> None:
    """Forget an order that stands in no queue but that of expiries and has nothing open."""
    if m[order + EXPIRES]:
        remove(m, order, EXPIRES)
    strike_off(m, order)
    give_block(m, FREE_ORDERS, order)


@kernel
def cancel_part(m: Words, r: Rows, order: int, reason: int, quantity: int) -> None:
    """Cancel some of an order that stands in no queue, or whose level the caller has changed."""
    spend(m, order, quantity)
    report(m, r, CANCELLED | reason << 8, order, quantity)


@kernel
def cancel_resting(m: Words, r: Rows, order: int, reason: int) -> None:
    """Cancel and end an order that stands in a price or stop queue."""
    leave(m, r, order)
    cancel_part(m, r, order, reason, m[order + OPEN])
    end_order(m, order)
