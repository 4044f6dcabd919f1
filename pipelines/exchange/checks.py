"""Before an order reaches a book: can its account pay for it, does it have the shares, do its limits allow it."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from pipelines.exchange.arena import Rows, Words, kernel
from pipelines.exchange.codes import MessageKind, OrderType, Phase, Reason, ReportKind, TimeInForce
from pipelines.exchange.layout import (
    ACCOUNT,
    BOOK,
    HIGHEST,
    ID,
    LAST,
    MESSAGE,
    MESSAGE_KIND,
    MESSAGE_SYMBOL,
    META,
    NOTHING,
    OPEN,
    PHASE,
    PRICE,
    R_OPEN,
    R_TAG,
    REFERENCE,
    STOP,
    constant,
)
from pipelines.exchange.ledger import (
    CASH,
    GIVEN,
    HELD_CASH,
    HELD_SHARES,
    IS_FUNDED,
    MAX_QUANTITY,
    MAX_SHORT,
    MAX_VALUE,
    MILLION,
    O_ACCOUNT,
    O_OPEN,
    O_PRICE,
    O_SIDE,
    SHARES,
    TAKER,
    TAKER_PPM,
    UNIT,
    Ledger,
    cost_of,
    move,
    tell,
)
from pipelines.exchange.life import side_of, tif_of, type_of
from pipelines.exchange.reports import report

Ints = npt.NDArray[np.int64]

MOST_MONEY = 4 * 10**18  # of an order, and given to all accounts together: sums of two fit into 64 bits
MOST_LOTS = 1 << 31
PROTECTION = 10  # a market buy pays a tenth above the last price at most

NEW, CANCEL, REPLACE = constant(MessageKind.NEW), constant(MessageKind.CANCEL), constant(MessageKind.REPLACE)
REFUSED, FUNDED = constant(ReportKind.REFUSED), constant(ReportKind.FUNDED)
CANCEL_REFUSED, REPLACE_REFUSED = constant(ReportKind.CANCEL_REFUSED), constant(ReportKind.REPLACE_REFUSED)
LIMIT, MARKET = constant(OrderType.LIMIT), constant(OrderType.MARKET)
STOP_ORDER, STOP_LIMIT = constant(OrderType.STOP), constant(OrderType.STOP_LIMIT)
FOK, IOC = constant(TimeInForce.FOK), constant(TimeInForce.IOC)
OPENING, CLOSING = constant(Phase.OPENING_AUCTION), constant(Phase.CLOSING_AUCTION)
UNKNOWN_ACCOUNT, INSUFFICIENT_CASH = constant(Reason.UNKNOWN_ACCOUNT), constant(Reason.INSUFFICIENT_CASH)
INSUFFICIENT_SHARES, TOO_LARGE = constant(Reason.INSUFFICIENT_SHARES), constant(Reason.ORDER_TOO_LARGE)
NO_PRICE, OVERFLOW = constant(Reason.NO_PRICE), constant(Reason.OVERFLOW)


class Asked(NamedTuple):
    """What the ledger is asked with each of n messages, (n,) each; amounts are those of a funding.

    `refusal` is a Reason found before (0: none), `position` where the account holds the message's symbol.
    """

    refusal: npt.NDArray[np.int8]
    position: Ints
    cash: Ints
    max_quantity: Ints
    max_value: Ints
    max_short: Ints


class Desk(NamedTuple):
    """A ledger, and what it is asked."""

    ledger: Ledger
    asked: Asked


@kernel
def judge_account(m: Words, k: Ledger, position: int) -> int:
    """Why the account of the loaded message may not do what it asks; 0: it may, or the book will refuse it anyway."""
    account, quantity, price = m[MESSAGE + ACCOUNT], m[MESSAGE + OPEN], m[MESSAGE + PRICE]
    if quantity < 1 or price < 0:
        return 0
    if price and quantity > MOST_MONEY // k.house[UNIT] // price:
        return OVERFLOW
    if account == 0:
        return 0
    if k.accounts[account, IS_FUNDED] == 0:
        return UNKNOWN_ACCOUNT
    order = m[MESSAGE + ID]
    is_replace = m[MESSAGE_KIND] == REPLACE
    if is_replace and (k.orders[order, O_OPEN] == 0 or k.orders[order, O_ACCOUNT] != account):
        return 0
    side = k.orders[order, O_SIDE] if is_replace else side_of(m, MESSAGE)
    return _judge_sell(m, k, position, is_replace) if side else _judge_buy(m, k, is_replace)


@kernel
def _judge_sell(m: Words, k: Ledger, position: int, is_replace: bool) -> int:
    account, quantity = m[MESSAGE + ACCOUNT], m[MESSAGE + OPEN]
    freed = k.orders[m[MESSAGE + ID], O_OPEN] if is_replace else 0
    has = k.positions[position, SHARES] - k.positions[position, HELD_SHARES] + k.accounts[account, MAX_SHORT]
    if quantity > has + freed:
        return INSUFFICIENT_SHARES
    return _judge_limits(k, account, m[MESSAGE + PRICE], quantity)


@kernel
def _judge_buy(m: Words, k: Ledger, is_replace: bool) -> int:
    account, quantity, order = m[MESSAGE + ACCOUNT], m[MESSAGE + OPEN], m[MESSAGE + ID]
    has = k.accounts[account, CASH] - k.accounts[account, HELD_CASH]
    if is_replace:
        has += cost_of(k, k.orders[order, O_PRICE], k.orders[order, O_OPEN])
    if _needs_protection(m, is_replace):
        phase = m[m[MESSAGE + BOOK] + PHASE]
        if phase == OPENING or phase == CLOSING:
            return NO_PRICE
        _protect(m, k, has // quantity, is_replace)
        if m[MESSAGE + PRICE] < 1:
            return INSUFFICIENT_CASH
    if cost_of(k, m[MESSAGE + PRICE], quantity) > has:
        return INSUFFICIENT_CASH
    return _judge_limits(k, account, m[MESSAGE + PRICE], quantity)


@kernel
def _needs_protection(m: Words, is_replace: bool) -> bool:
    """Whether the order would buy at any price."""
    if is_replace:
        return m[MESSAGE + STOP] > 0 and m[MESSAGE + PRICE] == 0
    kind = type_of(m, MESSAGE)
    return kind == MARKET or kind == STOP_ORDER


@kernel
def _protect(m: Words, k: Ledger, money: int, is_replace: bool) -> None:
    """Give a market or stop buy a limit price, and make a market order an immediate one.

    It is what its account can pay with `money` a lot, a tenth above the last price (of a stop, its stop price) at most.
    """
    book = m[MESSAGE + BOOK]
    base = m[MESSAGE + STOP]
    if base == 0:
        base = m[book + LAST] if m[book + LAST] else m[book + REFERENCE]
    price = (money // (MILLION + k.house[TAKER_PPM]) * MILLION) // k.house[UNIT]
    if base:
        price = min(price, base + base // PROTECTION)
    m[MESSAGE + PRICE] = min(price, m[book + HIGHEST])
    if is_replace:
        return
    kind, tif = type_of(m, MESSAGE), tif_of(m, MESSAGE)
    m[MESSAGE + META] += ((LIMIT if kind == MARKET else STOP_LIMIT) - kind) << 1
    if kind == MARKET and tif != FOK:
        m[MESSAGE + META] += (IOC - tif) << 4


@kernel
def _judge_limits(k: Ledger, account: int, price: int, quantity: int) -> int:
    most, most_value = k.accounts[account, MAX_QUANTITY], k.accounts[account, MAX_VALUE]
    if quantity > MOST_LOTS or (most and quantity > most):
        return TOO_LARGE
    return TOO_LARGE if most_value and price * quantity * k.house[UNIT] > most_value else 0


@kernel
def refuse(m: Words, r: Rows, reason: int) -> None:
    """Report that the loaded message is not acted on."""
    kind = m[MESSAGE_KIND]
    code = CANCEL_REFUSED if kind == CANCEL else (REPLACE_REFUSED if kind == REPLACE else REFUSED)
    row = report(m, r, code, MESSAGE, m[MESSAGE + OPEN])
    r[R_TAG, row] = code | reason << 8 | side_of(m, MESSAGE) << 16 | m[MESSAGE_SYMBOL] << 24


@kernel
def fund(m: Words, r: Rows, k: Ledger, a: Asked, at: int) -> None:
    """Give cash, and shares at a price, to an account, or take them away; set its limits."""
    account, position = m[MESSAGE + ACCOUNT], a.position[at]
    reason = _judge_funding(m, k, a, at)
    if reason:
        refuse(m, r, reason)
        return
    k.house[GIVEN] += a.cash[at]
    k.accounts[account, CASH] += a.cash[at]
    k.accounts[account, MAX_QUANTITY] = a.max_quantity[at]
    k.accounts[account, MAX_VALUE] = a.max_value[at]
    k.accounts[account, MAX_SHORT] = a.max_short[at]
    k.accounts[account, IS_FUNDED] = 1
    if m[MESSAGE + OPEN]:
        move(k, position, m[MESSAGE + PRICE], m[MESSAGE + OPEN])
    m[MESSAGE + ID] = -1
    row = report(m, r, FUNDED, MESSAGE, m[MESSAGE + OPEN])
    r[R_TAG, row] = FUNDED | m[MESSAGE_SYMBOL] << 24
    r[R_OPEN, row] = 0
    tell(r, k, row, TAKER, position)


@kernel
def _judge_funding(m: Words, k: Ledger, a: Asked, at: int) -> int:
    account, position = m[MESSAGE + ACCOUNT], a.position[at]
    quantity, price, cash = m[MESSAGE + OPEN], m[MESSAGE + PRICE], a.cash[at]
    if account == 0:
        return UNKNOWN_ACCOUNT
    if cash > MOST_MONEY - k.house[GIVEN] or cash < -MOST_MONEY or abs(quantity) > MOST_LOTS or price < 0:
        return OVERFLOW
    if price and abs(quantity) > MOST_MONEY // k.house[UNIT] // price:
        return OVERFLOW
    if k.accounts[account, CASH] - k.accounts[account, HELD_CASH] + min(cash, NOTHING) < 0:
        return INSUFFICIENT_CASH
    has = k.positions[position, SHARES] - k.positions[position, HELD_SHARES] + a.max_short[at]
    return INSUFFICIENT_SHARES if has + quantity < 0 else 0
