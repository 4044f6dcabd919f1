"""What a book does besides taking orders: it follows the clock, changes its phase, and sets its collar."""

from pipelines.exchange.arena import Rows, Words, kernel
from pipelines.exchange.auction import uncross
from pipelines.exchange.codes import CollarUnit, Phase, Reason, ReportKind, TimeInForce
from pipelines.exchange.ladder import next_level
from pipelines.exchange.layout import (
    AFTER,
    BEST,
    CLOCK,
    COLLAR,
    COLLAR_UNIT,
    EXPIRIES,
    HEAD,
    HIGHEST,
    KEY,
    LADDER_WORDS,
    LADDERS,
    LAST,
    LEVEL,
    LOWEST,
    MESSAGE,
    MESSAGE_SETTING,
    NOTHING,
    OPEN,
    PHASE,
    PRICE,
    PRICE_MAX,
    REFERENCE,
    TRADED_HIGH,
    TRADED_LOW,
    constant,
)
from pipelines.exchange.life import cancel_resting, tif_of
from pipelines.exchange.reports import report

SET, REFUSED = constant(ReportKind.SET), constant(ReportKind.REFUSED)
EXPIRED, DAY_END = constant(Reason.EXPIRED), constant(Reason.DAY_END)
BAD_CODE, BAD_PRICE, BAD_QUANTITY = constant(Reason.BAD_CODE), constant(Reason.BAD_PRICE), constant(Reason.BAD_QUANTITY)
CONTINUOUS, CLOSED = constant(Phase.CONTINUOUS), constant(Phase.CLOSED)
DAY = constant(TimeInForce.DAY)
BPS = constant(CollarUnit.BPS)
BPS_PER_ONE = 10_000


@kernel
def advance(m: Words, r: Rows, book: int, time: int) -> None:
    """Move the book's clock on, never back; orders whose expiry has come end, the earliest expiry first."""
    m[book + CLOCK] = max(m[book + CLOCK], time)
    ladder = book + LADDERS + EXPIRIES * LADDER_WORDS
    while m[ladder + BEST] and m[m[ladder + BEST] + KEY] <= m[book + CLOCK]:
        cancel_resting(m, r, m[m[ladder + BEST] + HEAD], EXPIRED)


@kernel
def set_phase(m: Words, r: Rows, book: int) -> None:
    """Change the phase. Into continuous trading or the close a book goes uncrossed; the close ends day orders."""
    phase = m[MESSAGE_SETTING]
    if phase < 0 or phase > CLOSED:
        report(m, r, REFUSED | BAD_CODE << 8, MESSAGE, phase)
        return
    report(m, r, SET, MESSAGE, phase)
    m[book + PHASE] = phase
    if phase != CONTINUOUS and phase != CLOSED:
        return
    uncross(m, r, book)
    if phase == CLOSED:
        _end_day(m, r, book)
    elif m[book + LAST]:
        m[book + TRADED_LOW] = min(m[book + TRADED_LOW], m[book + LAST])
        m[book + TRADED_HIGH] = max(m[book + TRADED_HIGH], m[book + LAST])


@kernel
def _end_day(m: Words, r: Rows, book: int) -> None:
    """Day orders end: bids, asks, buy stops, sell stops; each best first, then oldest first."""
    for rung in range(EXPIRIES):
        ladder = book + LADDERS + rung * LADDER_WORDS
        level = m[ladder + BEST]
        while level:
            key, order = m[level + KEY], m[level + HEAD]
            while order:
                after = m[order + LEVEL + AFTER]
                if tif_of(m, order) == DAY:
                    cancel_resting(m, r, order, DAY_END)
                order = after
            level = next_level(m, ladder, key)


@kernel
def set_reference(m: Words, r: Rows, book: int) -> None:
    """The reference price of auctions and collars, in ticks."""
    price = m[MESSAGE + PRICE]
    if price < 1 or price > PRICE_MAX:
        report(m, r, REFUSED | BAD_PRICE << 8, MESSAGE, NOTHING)
        return
    m[book + REFERENCE] = price
    _place_collar(m, book)
    report(m, r, SET, MESSAGE, NOTHING)


@kernel
def set_collar(m: Words, r: Rows, book: int) -> None:
    """The largest distance of an order's price from the reference price, in ticks or basis points; 0: no collar."""
    distance, unit = m[MESSAGE + OPEN], m[MESSAGE_SETTING]
    if distance < 0 or distance > PRICE_MAX:
        report(m, r, REFUSED | BAD_QUANTITY << 8, MESSAGE, distance)
        return
    if unit < 0 or unit > BPS:
        report(m, r, REFUSED | BAD_CODE << 8, MESSAGE, distance)
        return
    m[book + COLLAR] = distance
    m[book + COLLAR_UNIT] = unit
    _place_collar(m, book)
    report(m, r, SET, MESSAGE, distance)


@kernel
def _place_collar(m: Words, book: int) -> None:
    """The prices that the collar allows; all, while there is no reference price. Basis points round down to ticks."""
    distance, reference = m[book + COLLAR], m[book + REFERENCE]
    m[book + LOWEST] = 1
    m[book + HIGHEST] = PRICE_MAX
    if distance == 0 or reference == 0:
        return
    if m[book + COLLAR_UNIT] == BPS:
        if distance >= BPS_PER_ONE * BPS_PER_ONE:
            return
        whole, rest = reference // BPS_PER_ONE, reference % BPS_PER_ONE
        distance = min(whole, PRICE_MAX // distance) * distance + rest * distance // BPS_PER_ONE
    m[book + LOWEST] = max(1, reference - distance)
    m[book + HIGHEST] = min(PRICE_MAX - reference, distance) + reference
