"""Matching: an order meets the other side, best price first, then first come."""

from pipelines.exchange.arena import Rows, Words, kernel
from pipelines.exchange.codes import OrderType, Phase, Reason, ReportKind, SelfTrade, TimeInForce
from pipelines.exchange.layout import (
    ACCOUNT,
    AFTER,
    ASKS,
    BEST,
    BOOK,
    HEAD,
    HIGHEST,
    KEY,
    LADDER_WORDS,
    LADDERS,
    LAST,
    LEVEL,
    LEVEL_OPEN,
    LEVEL_SHOWN,
    LOWEST,
    OPEN,
    PHASE,
    PRICE,
    SHOWN,
    TRADED_HIGH,
    TRADED_LOW,
    constant,
)
from pipelines.exchange.life import (
    cancel_part,
    cancel_resting,
    end_order,
    self_trade_of,
    side_of,
    spend,
    tif_of,
    type_of,
)
from pipelines.exchange.queues import append, key_of, note_change, remove, rest, shown_of, unlink
from pipelines.exchange.reach import can_fill
from pipelines.exchange.reports import report, report_maker

TRADE, CANCELLED = constant(ReportKind.TRADE), constant(ReportKind.CANCELLED)
MARKET = constant(OrderType.MARKET)
CONTINUOUS = constant(Phase.CONTINUOUS)
IOC, FOK = constant(TimeInForce.IOC), constant(TimeInForce.FOK)
NONE, NEWEST, OLDEST = constant(SelfTrade.NONE), constant(SelfTrade.NEWEST), constant(SelfTrade.OLDEST)
BOTH, DECREMENT = constant(SelfTrade.BOTH), constant(SelfTrade.DECREMENT)
IOC_REST, FOK_FAILED, SELF_TRADE = constant(Reason.IOC_REST), constant(Reason.FOK), constant(Reason.SELF_TRADE)
NO_LIQUIDITY, COLLAR = constant(Reason.NO_LIQUIDITY), constant(Reason.COLLAR)


@kernel
def other_side(m: Words, order: int) -> int:
    """The ladder that an order trades with."""
    return m[order + BOOK] + LADDERS + (ASKS - side_of(m, order)) * LADDER_WORDS


@kernel
def limit_key(m: Words, order: int) -> int:
    """The worst key on the other side that an order takes; a market order goes as far as the collar."""
    side, book = side_of(m, order), m[order + BOOK]
    if type_of(m, order) == MARKET:
        return key_of(1 - side, m[book + LOWEST] if side else m[book + HIGHEST])
    return key_of(1 - side, m[order + PRICE])


@kernel
def would_take(m: Words, order: int) -> bool:
    """Whether an order meets the other side now."""
    best = m[other_side(m, order) + BEST]
    return best != 0 and m[best + KEY] <= limit_key(m, order)


@kernel
def enter(m: Words, r: Rows, order: int) -> None:
    """An open order without a queue: it trades what it can, and the rest of it rests or is cancelled."""
    if m[m[order + BOOK] + PHASE] != CONTINUOUS:
        rest(m, r, order)
        return
    limit = limit_key(m, order)
    if tif_of(m, order) == FOK and not can_fill(m, order, other_side(m, order), limit):
        cancel_part(m, r, order, FOK_FAILED, m[order + OPEN])
    else:
        _cross(m, r, order, limit)
    _settle(m, r, order)


@kernel
def _cross(m: Words, r: Rows, taker: int, limit: int) -> None:
    ladder = other_side(m, taker)
    guarded = self_trade_of(m, taker) != NONE and m[taker + ACCOUNT] != 0
    while m[taker + OPEN] > 0:
        best = m[ladder + BEST]
        if best == 0 or m[best + KEY] > limit:
            return
        maker = m[best + HEAD]
        if guarded and m[maker + ACCOUNT] == m[taker + ACCOUNT]:
            _prevent(m, r, taker, maker)
        else:
            _trade(m, r, taker, maker)


@kernel
def _settle(m: Words, r: Rows, order: int) -> None:
    if m[order + OPEN] > 0:
        reason = 0
        if type_of(m, order) == MARKET:
            reason = COLLAR if m[other_side(m, order) + BEST] else NO_LIQUIDITY
        elif tif_of(m, order) == IOC:
            reason = IOC_REST
        if reason == 0:
            rest(m, r, order)
            return
        cancel_part(m, r, order, reason, m[order + OPEN])
    end_order(m, order)


@kernel
def _trade(m: Words, r: Rows, taker: int, maker: int) -> None:
    quantity = min(m[taker + OPEN], m[maker + SHOWN])
    price = m[maker + PRICE]
    _take_shown(m, maker, quantity)
    spend(m, taker, quantity)
    row = report(m, r, TRADE, taker, quantity)
    report_maker(m, r, row, maker, price)
    note_price(m, m[taker + BOOK], price)
    _refresh(m, r, maker)


@kernel
def note_price(m: Words, book: int, price: int) -> None:
    """A trade's price: the last, and perhaps the lowest or highest of this message."""
    m[book + LAST] = price
    m[book + TRADED_LOW] = min(m[book + TRADED_LOW], price)
    m[book + TRADED_HIGH] = max(m[book + TRADED_HIGH], price)


@kernel
def _take_shown(m: Words, maker: int, quantity: int) -> None:
    level = m[maker + LEVEL]
    m[level + LEVEL_SHOWN] -= quantity
    m[level + LEVEL_OPEN] -= quantity
    m[maker + SHOWN] -= quantity
    spend(m, maker, quantity)


@kernel
def _refresh(m: Words, r: Rows, maker: int) -> None:
    """After a change of what a maker shows: an iceberg shows its next part at the queue's end, an empty order ends."""
    level = m[maker + LEVEL]
    is_empty = m[maker + SHOWN] == 0
    if is_empty:
        m[maker + SHOWN] = shown_of(m, maker)
        m[level + LEVEL_SHOWN] += m[maker + SHOWN]
    note_change(m, r, level)
    if m[maker + OPEN] == 0:
        remove(m, maker, LEVEL)
        end_order(m, maker)
    elif is_empty and m[maker + LEVEL + AFTER]:
        unlink(m, maker, LEVEL)
        append(m, level, maker, LEVEL)


@kernel
def _prevent(m: Words, r: Rows, taker: int, maker: int) -> None:
    """Two orders of one account: the taker's mode says which of them gives way."""
    mode = self_trade_of(m, taker)
    if mode == DECREMENT:
        quantity = min(m[taker + OPEN], m[maker + SHOWN])
        _take_shown(m, maker, quantity)
        report(m, r, CANCELLED | SELF_TRADE << 8, maker, quantity)
        cancel_part(m, r, taker, SELF_TRADE, quantity)
        _refresh(m, r, maker)
        return
    if mode == OLDEST or mode == BOTH:
        cancel_resting(m, r, maker, SELF_TRADE)
    if mode == NEWEST or mode == BOTH:
        cancel_part(m, r, taker, SELF_TRADE, m[taker + OPEN])
