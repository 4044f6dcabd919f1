"""What is wrong with a message: the first reason that holds, 0 for none."""

from pipelines.exchange.arena import Words, kernel
from pipelines.exchange.codes import OrderType, Phase, Reason, TimeInForce
from pipelines.exchange.index import find
from pipelines.exchange.layout import (
    ACCOUNT,
    BOOK,
    BOOK_OPEN,
    CLOCK,
    DISPLAY,
    EXPIRY,
    HIGHEST,
    ID,
    LOWEST,
    MAX_SLICES,
    MESSAGE,
    MESSAGE_CODES,
    META,
    OPEN,
    PHASE,
    PRICE,
    PRICE_MAX,
    STOP,
    constant,
)
from pipelines.exchange.life import is_post_only, tif_of, type_of
from pipelines.exchange.matching import would_take

LIMIT, MARKET = constant(OrderType.LIMIT), constant(OrderType.MARKET)
STOP_ORDER, STOP_LIMIT = constant(OrderType.STOP), constant(OrderType.STOP_LIMIT)
GTD, IOC, FOK = constant(TimeInForce.GTD), constant(TimeInForce.IOC), constant(TimeInForce.FOK)
CONTINUOUS, HALT, CLOSED = constant(Phase.CONTINUOUS), constant(Phase.HALT), constant(Phase.CLOSED)
DUPLICATE_ID, UNKNOWN_ORDER = constant(Reason.DUPLICATE_ID), constant(Reason.UNKNOWN_ORDER)
NOT_OWNER, BAD_CODE = constant(Reason.NOT_OWNER), constant(Reason.BAD_CODE)
BAD_ID, BAD_TERMS = constant(Reason.BAD_ID), constant(Reason.BAD_TERMS)
BAD_PRICE, BAD_QUANTITY = constant(Reason.BAD_PRICE), constant(Reason.BAD_QUANTITY)
BAD_STOP, BAD_DISPLAY = constant(Reason.BAD_STOP), constant(Reason.BAD_DISPLAY)
BAD_EXPIRY, OVERFLOW = constant(Reason.BAD_EXPIRY), constant(Reason.OVERFLOW)
BOOK_FULL, OUT_OF_COLLAR = constant(Reason.BOOK_FULL), constant(Reason.OUT_OF_COLLAR)
WOULD_TAKE, NOT_IN_AUCTION = constant(Reason.WOULD_TAKE), constant(Reason.NOT_IN_AUCTION)
IS_HALTED, IS_CLOSED = constant(Reason.HALTED), constant(Reason.CLOSED)
INT64_MAX = (1 << 63) - 1


@kernel
def judge_new(m: Words) -> int:
    """Codes, id, phase, terms, amounts, room, expiry; then whether a post-only order would take."""
    if m[MESSAGE_CODES] == 0:
        return BAD_CODE
    if m[MESSAGE + ID] < 0:
        return BAD_ID
    if find(m, m[MESSAGE + BOOK], m[MESSAGE + ID]):
        return DUPLICATE_ID
    reason = _judge_phase(m)
    if reason == 0:
        reason = _judge_terms(m)
    if reason == 0:
        reason = _judge_amounts(m, 0)
    if reason == 0 and tif_of(m, MESSAGE) == GTD and m[MESSAGE + EXPIRY] <= m[m[MESSAGE + BOOK] + CLOCK]:
        reason = BAD_EXPIRY
    return reason


@kernel
def judge_replace(m: Words, order: int) -> int:
    """The same of the order as it would be; the message has taken over what a replace cannot change."""
    if order == 0:
        return UNKNOWN_ORDER
    if m[order + ACCOUNT] != m[MESSAGE + ACCOUNT]:
        return NOT_OWNER
    m[MESSAGE + META] = m[order + META]
    reason = _judge_phase(m)
    if reason == 0:
        reason = _judge_terms(m)
    if reason == 0:
        reason = _judge_amounts(m, m[order + OPEN])
    return reason


@kernel
def _judge_phase(m: Words) -> int:
    """Whether the book takes orders now, and orders of this kind."""
    phase = m[m[MESSAGE + BOOK] + PHASE]
    if phase == CONTINUOUS:
        return 0
    if phase == HALT:
        return IS_HALTED
    if phase == CLOSED:
        return IS_CLOSED
    tif = tif_of(m, MESSAGE)
    return NOT_IN_AUCTION if tif == IOC or tif == FOK or is_post_only(m, MESSAGE) else 0


@kernel
def _judge_terms(m: Words) -> int:
    """Whether what the order wants goes together."""
    kind, tif = type_of(m, MESSAGE), tif_of(m, MESSAGE)
    restless = kind == MARKET or kind == STOP_ORDER or tif == IOC or tif == FOK
    if restless and (is_post_only(m, MESSAGE) or m[MESSAGE + DISPLAY] != 0):
        return BAD_TERMS
    return BAD_TERMS if kind == STOP_LIMIT and is_post_only(m, MESSAGE) else 0


@kernel
def _judge_amounts(m: Words, replaced: int) -> int:
    """Quantity, price, stop price and display; `replaced` is the open quantity that the order gives up."""
    quantity, price, display = m[MESSAGE + OPEN], m[MESSAGE + PRICE], m[MESSAGE + DISPLAY]
    kind, book = type_of(m, MESSAGE), m[MESSAGE + BOOK]
    if quantity < 1 or quantity > PRICE_MAX:
        return BAD_QUANTITY
    if kind >= STOP_ORDER and (m[MESSAGE + STOP] < 1 or m[MESSAGE + STOP] > PRICE_MAX):
        return BAD_STOP
    if display < 0 or (display and display < (quantity - 1) // MAX_SLICES + 1):
        return BAD_DISPLAY
    if quantity > PRICE_MAX - (m[book + BOOK_OPEN] - replaced):
        return BOOK_FULL
    return _judge_price(m, price, quantity) if kind == LIMIT or kind == STOP_LIMIT else 0


@kernel
def _judge_price(m: Words, price: int, quantity: int) -> int:
    book = m[MESSAGE + BOOK]
    if price < 1 or price > PRICE_MAX:
        return BAD_PRICE
    if (price | quantity) >> 31 and price > INT64_MAX // quantity:
        return OVERFLOW
    if price < m[book + LOWEST] or price > m[book + HIGHEST]:
        return OUT_OF_COLLAR
    return WOULD_TAKE if is_post_only(m, MESSAGE) and would_take(m, MESSAGE) else 0
