"""Accounts: what they have, what their open orders hold back, and what each trade does to both.

Money counts 1e-9 of the currency, shares count lots. A buy order holds back what it costs at its limit price with the
taker's fee; a sell order holds back shares. Account 0 is nobody's: it has nothing and is asked for nothing.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from pipelines.exchange.arena import Rows, Words, kernel
from pipelines.exchange.codes import ReportKind
from pipelines.exchange.layout import (
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
    S_CASH,
    S_COST,
    S_FEE,
    S_MAKER,
    S_REALISED,
    S_SHARES,
    constant,
)

Ints = npt.NDArray[np.int64]

# Words of an account, a position, an order.
CASH, HELD_CASH, MAX_QUANTITY, MAX_VALUE, MAX_SHORT, IS_FUNDED = 0, 1, 2, 3, 4, 5
ACCOUNT_WORDS = 8
SHARES, HELD_SHARES, COST, REALISED = 0, 1, 2, 3
POSITION_WORDS = 4
O_ACCOUNT, O_POSITION, O_SIDE, O_PRICE, O_OPEN = 0, 1, 2, 3, 4
LEDGER_ORDER_WORDS = 8

# Words of the house: money that one tick of one lot is worth; fees in millionths of the value; fees taken; cash given.
UNIT, TAKER_PPM, MAKER_PPM, HOUSE, GIVEN = 0, 1, 2, 3, 4
HOUSE_WORDS = 8
MILLION = 1_000_000
TAKER = constant(S_FEE)

ACCEPTED, TRADE = constant(ReportKind.ACCEPTED), constant(ReportKind.TRADE)
CANCELLED, REPLACED = constant(ReportKind.CANCELLED), constant(ReportKind.REPLACED)


class Ledger(NamedTuple):
    """All accounts of a shard: accounts (n, 8), positions (n, 4), orders (n, 8) by their id, the house (8,)."""

    accounts: Ints
    positions: Ints
    orders: Ints
    house: Ints


@kernel
def fee_of(value: int, ppm: int) -> int:
    """A fee on a value, rounded down; below zero a rebate."""
    return value // MILLION * ppm + value % MILLION * ppm // MILLION


@kernel
def cost_of(k: Ledger, price: int, quantity: int) -> int:
    """What a buy may cost at most: value and taker's fee, rounded up."""
    value: int = price * quantity * k.house[UNIT]
    return value - fee_of(value, -k.house[TAKER_PPM])


@kernel
def track(k: Ledger, order: int, price: int, quantity: int) -> None:
    """An order has another price or open quantity: hold back what that takes, no longer what it took before."""
    account, was_price, was_open = k.orders[order, O_ACCOUNT], k.orders[order, O_PRICE], k.orders[order, O_OPEN]
    k.orders[order, O_PRICE] = price
    k.orders[order, O_OPEN] = quantity
    if account == 0:
        return
    if k.orders[order, O_SIDE]:
        k.positions[k.orders[order, O_POSITION], HELD_SHARES] += quantity - was_open
    else:
        k.accounts[account, HELD_CASH] += cost_of(k, price, quantity) - cost_of(k, was_price, was_open)


@kernel
def settle(m: Words, r: Rows, k: Ledger, position: Ints, first: int) -> None:
    """Book the reports from row `first` on; `position` (n,) is where each message's account holds its symbol."""
    for row in range(first, m[REPORTS]):
        kind, order = r[R_TAG, row] & 255, r[R_ORDER, row]
        if kind == ACCEPTED:
            k.orders[order, O_ACCOUNT] = r[R_ACCOUNT, row]
            k.orders[order, O_POSITION] = position[r[R_ROW, row]]
            k.orders[order, O_SIDE] = r[R_TAG, row] >> 16 & 1
            k.orders[order, O_OPEN] = 0
        if kind == TRADE:
            _settle_trade(r, k, row)
        elif kind == CANCELLED:
            track(k, order, k.orders[order, O_PRICE], r[R_OPEN, row])
        elif kind == ACCEPTED or kind == REPLACED:
            track(k, order, r[R_PRICE, row], r[R_OPEN, row])


@kernel
def _settle_trade(r: Rows, k: Ledger, row: int) -> None:
    """Shares for money, and fees to the house; in an auction nobody takes and nobody pays a fee."""
    taker, maker = r[R_ORDER, row], r[R_MAKER, row]
    _exchange(r, k, row, TAKER)
    _exchange(r, k, row, S_MAKER)
    track(k, taker, k.orders[taker, O_PRICE], r[R_OPEN, row])
    track(k, maker, k.orders[maker, O_PRICE], r[R_MAKER_OPEN, row])


@kernel
def _exchange(r: Rows, k: Ledger, row: int, at: int) -> None:
    """One side of a trade; writes what it did from column `at` on, which says whose side it is."""
    order = r[R_MAKER, row] if at == S_MAKER else r[R_ORDER, row]
    is_auction = r[R_TAG, row] >> 8 & 255 != 0
    ppm = 0 if is_auction else k.house[MAKER_PPM if at == S_MAKER else TAKER_PPM]
    account, position, side = k.orders[order, O_ACCOUNT], k.orders[order, O_POSITION], k.orders[order, O_SIDE]
    price, quantity = r[R_PRICE, row], r[R_QUANTITY, row]
    fee = 0
    if account:
        value = price * quantity * k.house[UNIT]
        fee = fee_of(value, ppm)
        k.house[HOUSE] += fee
        k.accounts[account, CASH] -= fee - value if side else fee + value
        move(k, position, price, -quantity if side else quantity)
    tell(r, k, row, at, position)
    r[at, row] = fee


@kernel
def move(k: Ledger, position: int, price: int, quantity: int) -> None:
    """Shares come (quantity above zero) or go at a price: what they close is realised at average cost."""
    shares = k.positions[position, SHARES]
    closing = min(abs(shares), abs(quantity)) if (shares < 0) != (quantity < 0) else 0
    sign = 1 if quantity > 0 else -1
    if closing:
        cost, size = k.positions[position, COST], abs(shares)
        part = cost // size * closing + cost % size * closing // size
        k.positions[position, COST] -= part
        k.positions[position, REALISED] -= sign * price * closing * k.house[UNIT] + part
    k.positions[position, COST] += sign * price * (abs(quantity) - closing) * k.house[UNIT]
    k.positions[position, SHARES] += quantity


@kernel
def tell(r: Rows, k: Ledger, row: int, at: int, position: int) -> None:
    """Write to a report what its account, or its maker's, has now, from column `at` on; account 0 has nothing."""
    account = r[R_MAKER_ACCOUNT, row] if at == S_MAKER else r[R_ACCOUNT, row]
    r[at, row] = 0
    r[at + S_CASH - S_FEE, row] = k.accounts[account, CASH]
    r[at + S_SHARES - S_FEE, row] = k.positions[position, SHARES]
    r[at + S_COST - S_FEE, row] = k.positions[position, COST]
    r[at + S_REALISED - S_FEE, row] = k.positions[position, REALISED]
