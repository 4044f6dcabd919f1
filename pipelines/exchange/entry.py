"""New orders, cancels and replaces; an order that may trade becomes the entrant."""

from pipelines.exchange.arena import Rows, Words, kernel
from pipelines.exchange.codes import OrderType, Reason, ReportKind
from pipelines.exchange.index import find
from pipelines.exchange.judge import judge_new, judge_replace
from pipelines.exchange.layout import (
    ACCOUNT,
    BOOK,
    BOOK_OPEN,
    DISPLAY,
    ENTRANT,
    ID,
    LADDER,
    LEVEL,
    LEVEL_OPEN,
    LEVEL_SHOWN,
    MESSAGE,
    NOTHING,
    OPEN,
    PRICE,
    RUNG,
    SHOWN,
    SLICES,
    STOP,
    constant,
)
from pipelines.exchange.life import cancel_resting, open_order, slices_of, spend, type_of
from pipelines.exchange.queues import leave, note_change
from pipelines.exchange.reports import report
from pipelines.exchange.stops import enter_stop, is_stop

ACCEPTED, REPLACED, REFUSED = constant(ReportKind.ACCEPTED), constant(ReportKind.REPLACED), constant(ReportKind.REFUSED)
CANCEL_REFUSED, REPLACE_REFUSED = constant(ReportKind.CANCEL_REFUSED), constant(ReportKind.REPLACE_REFUSED)
USER, UNKNOWN_ORDER, NOT_OWNER = constant(Reason.USER), constant(Reason.UNKNOWN_ORDER), constant(Reason.NOT_OWNER)
MARKET, STOP_ORDER = constant(OrderType.MARKET), constant(OrderType.STOP)


@kernel
def take_new(m: Words, r: Rows) -> None:
    """A new order: accepted; it sleeps, or it is the entrant."""
    reason = judge_new(m)
    if reason:
        report(m, r, REFUSED | reason << 8, MESSAGE, m[MESSAGE + OPEN])
        return
    _blank_prices(m, MESSAGE)
    order = open_order(m, MESSAGE)
    report(m, r, ACCEPTED, order, m[order + OPEN])
    _enter_any(m, r, order)


@kernel
def _blank_prices(m: Words, order: int) -> None:
    """Forget prices that mean nothing for the order's type."""
    kind = type_of(m, order)
    if kind == MARKET or kind == STOP_ORDER:
        m[order + PRICE] = 0
    if kind < STOP_ORDER:
        m[order + STOP] = 0


@kernel
def _enter_any(m: Words, r: Rows, order: int) -> None:
    if is_stop(m, order):
        enter_stop(m, r, order)
    else:
        m[ENTRANT] = order


@kernel
def take_cancel(m: Words, r: Rows) -> None:
    """A cancel of an open order, in any phase."""
    order = find(m, m[MESSAGE + BOOK], m[MESSAGE + ID])
    if order == 0:
        report(m, r, CANCEL_REFUSED | UNKNOWN_ORDER << 8, MESSAGE, NOTHING)
    elif m[order + ACCOUNT] != m[MESSAGE + ACCOUNT]:
        report(m, r, CANCEL_REFUSED | NOT_OWNER << 8, MESSAGE, NOTHING)
    else:
        cancel_resting(m, r, order, USER)


@kernel
def take_replace(m: Words, r: Rows) -> None:
    """New price, stop price, quantity (still open) and display of an order.

    A smaller quantity alone keeps the order's place; anything else is cancel and entry anew. A refused replace leaves
    the order as it is.
    """
    order = find(m, m[MESSAGE + BOOK], m[MESSAGE + ID])
    reason = judge_replace(m, order)
    if reason:
        report(m, r, REPLACE_REFUSED | reason << 8, MESSAGE, m[MESSAGE + OPEN])
        return
    _blank_prices(m, MESSAGE)
    if _is_decrease(m, order):
        _shrink(m, r, order, m[order + OPEN] - m[MESSAGE + OPEN])
        report(m, r, REPLACED, order, m[order + OPEN])
        return
    leave(m, r, order)
    _change(m, order)
    report(m, r, REPLACED, order, m[order + OPEN])
    _enter_any(m, r, order)


@kernel
def _is_decrease(m: Words, order: int) -> bool:
    same = m[order + PRICE] == m[MESSAGE + PRICE] and m[order + STOP] == m[MESSAGE + STOP]
    return same and m[order + DISPLAY] == m[MESSAGE + DISPLAY] and m[MESSAGE + OPEN] < m[order + OPEN]


@kernel
def _shrink(m: Words, r: Rows, order: int, quantity: int) -> None:
    """Hidden quantity goes first."""
    spend(m, order, quantity)
    level, shown = m[order + LEVEL], min(m[order + SHOWN], m[order + OPEN])
    m[level + LEVEL_SHOWN] -= m[order + SHOWN] - shown
    m[order + SHOWN] = shown
    if m[m[level + LADDER] + RUNG] <= 1:
        m[level + LEVEL_OPEN] -= quantity
        note_change(m, r, level)


@kernel
def _change(m: Words, order: int) -> None:
    """The message's terms, in an order that stands in no queue."""
    m[SLICES] -= slices_of(m, order)
    m[m[order + BOOK] + BOOK_OPEN] += m[MESSAGE + OPEN] - m[order + OPEN]
    m[order + OPEN] = m[MESSAGE + OPEN]
    m[order + PRICE] = m[MESSAGE + PRICE]
    m[order + STOP] = m[MESSAGE + STOP]
    m[order + DISPLAY] = m[MESSAGE + DISPLAY]
    m[SLICES] += slices_of(m, order)
