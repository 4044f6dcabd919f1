"""Stop orders sleep until a trade reaches their price; each that wakes may trade and wake others."""

from pipelines.exchange.arena import Rows, Words, kernel
from pipelines.exchange.codes import OrderType, Phase, Reason, ReportKind
from pipelines.exchange.layout import (
    BEST,
    BOOK,
    BUY_STOPS,
    ENTRANT,
    HEAD,
    HIGHEST,
    KEY,
    LADDER_WORDS,
    LADDERS,
    LAST,
    LOWEST,
    META,
    OPEN,
    PHASE,
    PRICE,
    SELL_STOPS,
    STOP,
    TOP,
    TRADED_HIGH,
    TRADED_LOW,
    constant,
)
from pipelines.exchange.life import cancel_part, end_order, side_of, type_of
from pipelines.exchange.queues import leave, sleep
from pipelines.exchange.reports import report

TRIGGERED = constant(ReportKind.TRIGGERED)
COLLAR = constant(Reason.COLLAR)
CONTINUOUS = constant(Phase.CONTINUOUS)
LIMIT, MARKET = constant(OrderType.LIMIT), constant(OrderType.MARKET)
STOP_ORDER, STOP_LIMIT = constant(OrderType.STOP), constant(OrderType.STOP_LIMIT)


@kernel
def is_stop(m: Words, order: int) -> bool:
    """Whether an order waits for a price."""
    return type_of(m, order) >= STOP_ORDER


@kernel
def enter_stop(m: Words, r: Rows, order: int) -> None:
    """A stop order without a queue: it sleeps, or wakes at once where the last trade has reached its price."""
    book, stop = m[order + BOOK], m[order + STOP]
    last = m[book + LAST]
    reached = last <= stop if side_of(m, order) else last >= stop
    if last and reached and m[book + PHASE] == CONTINUOUS:
        _wake(m, r, order)
    else:
        sleep(m, order)


@kernel
def _wake(m: Words, r: Rows, order: int) -> None:
    """A stop becomes a market order, a stop-limit a limit order, which the collar may stop."""
    report(m, r, TRIGGERED, order, m[order + OPEN])
    woken = LIMIT if type_of(m, order) == STOP_LIMIT else MARKET
    m[order + META] += (woken - type_of(m, order)) << 1
    price, book = m[order + PRICE], m[order + BOOK]
    if woken == LIMIT and (price < m[book + LOWEST] or price > m[book + HIGHEST]):
        cancel_part(m, r, order, COLLAR, m[order + OPEN])
        end_order(m, order)
    else:
        m[ENTRANT] = order


@kernel
def wake_next(m: Words, r: Rows, book: int) -> None:
    """Make the next stop that this message's trades have reached the entrant: buys before sells, nearest first.

    Called again after each entrant, until no trade reaches another stop.
    """
    m[ENTRANT] = 0
    while m[ENTRANT] == 0 and m[book + TRADED_HIGH] and m[book + PHASE] == CONTINUOUS:
        order = _next_reached(m, book)
        if order == 0:
            break
        leave(m, r, order)
        _wake(m, r, order)
    if m[ENTRANT] == 0:
        m[book + TRADED_LOW] = TOP
        m[book + TRADED_HIGH] = 0


@kernel
def _next_reached(m: Words, book: int) -> int:
    level = m[book + LADDERS + BUY_STOPS * LADDER_WORDS + BEST]
    if level and m[level + KEY] <= m[book + TRADED_HIGH]:
        return m[level + HEAD]
    level = m[book + LADDERS + SELL_STOPS * LADDER_WORDS + BEST]
    if level and m[level + KEY] <= TOP - m[book + TRADED_LOW]:
        return m[level + HEAD]
    return 0
