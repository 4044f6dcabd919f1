"""Money: what a fill does to cash, position, cost and result; 64-bit integers of 1e-9."""

import numpy as np

from pipelines.research.layout import (
    CASH,
    COST,
    DENOMINATOR,
    E_CASH,
    E_EQUITY,
    E_MID,
    E_NS,
    E_POSITION,
    F_CASH,
    F_FEE,
    F_LOTS,
    F_MAKER,
    F_NS,
    F_POSITION,
    F_PRICE,
    F_REALISED,
    F_SIDE,
    FEES,
    FILLS,
    HEAD,
    IN_BOOK,
    IS_KEPT,
    MAKER,
    NEXT_SAMPLE,
    NOTICE_CASH,
    NOTICE_EVENT,
    NOTICE_LOTS,
    NOTICES,
    NUMERATOR,
    OPEN,
    POSITION,
    REALISED,
    SAMPLES,
    SEEN_CASH,
    SEEN_POSITION,
    SIDE,
    STATUS,
    STEP,
    TAIL,
    TAKER,
    Desk,
    kernel,
)


@kernel
def worth(x: Desk, ticks: int, lots: int) -> int:
    """Value of lots at a price in ticks, rounded down to 1e-9."""
    value: int = ticks * lots * x.words[NUMERATOR] // x.words[DENOMINATOR]
    return value


@kernel
def equity_of(x: Desk, cash: int, position: int, mid: int) -> int:
    """Cash + position × mid, rounded down to 1e-9; `mid` is bid + ask in ticks."""
    w = x.words
    value: int = mid * position * w[NUMERATOR] // (2 * w[DENOMINATOR])
    return cash + value


@kernel
def fill(x: Desk, i: int, slot: int, price: int, lots: int) -> None:
    """An order trades lots at a price, at event i; it is a maker's where it was in the book before."""
    w, o = x.words, x.orders
    is_maker = o[slot, STATUS] == IN_BOOK
    side = o[slot, SIDE]
    value = worth(x, price, lots)
    fee = int(np.rint(value * x.rates[MAKER if is_maker else TAKER]))
    _move(x, side, value, lots)
    w[CASH] -= side * value + fee
    w[FEES] += fee
    o[slot, OPEN] -= lots
    _notify(x, i, side * lots, -side * value - fee)
    if w[IS_KEPT]:
        row = w[FILLS]
        x.fills[row, F_NS] = x.ns[i]
        x.fills[row, F_SIDE] = side
        x.fills[row, F_PRICE] = price
        x.fills[row, F_LOTS] = lots
        x.fills[row, F_FEE] = fee
        x.fills[row, F_MAKER] = is_maker
        x.fills[row, F_POSITION] = w[POSITION]
        x.fills[row, F_CASH] = w[CASH]
        x.fills[row, F_REALISED] = w[REALISED]
    w[FILLS] += 1


@kernel
def _move(x: Desk, side: int, value: int, lots: int) -> None:
    """Position, cost and result by average cost: what a fill closes is realised, the rest of it opens."""
    w = x.words
    held = w[POSITION]
    closing = min(abs(held), lots) if held * side < 0 else 0
    if closing:
        size = abs(held)
        part = w[COST] // size * closing + w[COST] % size * closing // size
        closed = value // lots * closing + value % lots * closing // lots
        w[COST] -= part
        w[REALISED] -= side * closed + part
        value -= closed
    w[COST] += side * value
    w[POSITION] += side * lots


@kernel
def _notify(x: Desk, i: int, lots: int, cash: int) -> None:
    """Tell the strategy of a fill when it sees event i; where too many are on their way, with the latest of them."""
    w, notices = x.words, x.notices
    if w[TAIL] - w[HEAD] == NOTICES:
        w[TAIL] -= 1
    else:
        notices[w[TAIL] % NOTICES, NOTICE_LOTS] = 0
        notices[w[TAIL] % NOTICES, NOTICE_CASH] = 0
    at = w[TAIL] % NOTICES
    notices[at, NOTICE_EVENT] = i
    notices[at, NOTICE_LOTS] += lots
    notices[at, NOTICE_CASH] += cash
    w[TAIL] += 1


@kernel
def learn(x: Desk, j: int) -> None:
    """What the strategy knows of its fills when it sees event j."""
    w, notices = x.words, x.notices
    while w[HEAD] < w[TAIL] and notices[w[HEAD] % NOTICES, NOTICE_EVENT] <= j:
        w[SEEN_POSITION] += notices[w[HEAD] % NOTICES, NOTICE_LOTS]
        w[SEEN_CASH] += notices[w[HEAD] % NOTICES, NOTICE_CASH]
        w[HEAD] += 1


@kernel
def sample(x: Desk, until_ns: int, mid: int) -> None:
    """Write down the equity at the times before `until_ns` that are due, as it is after the events up to them."""
    w = x.words
    while w[NEXT_SAMPLE] < until_ns and w[SAMPLES] < len(x.equity):
        row = w[SAMPLES]
        x.equity[row, E_NS] = w[NEXT_SAMPLE]
        x.equity[row, E_POSITION] = w[POSITION]
        x.equity[row, E_MID] = mid
        x.equity[row, E_CASH] = w[CASH]
        x.equity[row, E_EQUITY] = equity_of(x, w[CASH], w[POSITION], mid)
        w[SAMPLES] += 1
        w[NEXT_SAMPLE] += w[STEP]
