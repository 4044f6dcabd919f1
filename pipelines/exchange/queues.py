"""Orders in the queue of a level, first come, first served; and what a level shows of them."""

from pipelines.exchange.arena import Rows, Words, kernel
from pipelines.exchange.ladder import drop_level, place_level
from pipelines.exchange.layout import (
    AFTER,
    ASKS,
    BEFORE,
    BOOK,
    BUY_STOPS,
    C_KEY,
    C_LADDER,
    C_ROW,
    C_SHOWN,
    CHANGES,
    DISPLAY,
    HEAD,
    KEY,
    LADDER,
    LADDER_WORDS,
    LADDERS,
    LEVEL,
    LEVEL_OPEN,
    LEVEL_SHOWN,
    META,
    OPEN,
    PRICE,
    ROW,
    RUNG,
    SHOWN,
    STOP,
    STOPS,
    TAIL,
    TOP,
)


@kernel
def append(m: Words, level: int, order: int, link: int) -> None:
    """To the end of a level's queue; `link` says which of the order's two links."""
    tail = m[level + TAIL]
    m[order + link] = level
    m[order + link + BEFORE] = tail
    m[order + link + AFTER] = 0
    if tail:
        m[tail + link + AFTER] = order
    else:
        m[level + HEAD] = order
    m[level + TAIL] = order


@kernel
def unlink(m: Words, order: int, link: int) -> None:
    """Out of the queue; the level stays, even empty."""
    level, before, after = m[order + link], m[order + link + BEFORE], m[order + link + AFTER]
    if before:
        m[before + link + AFTER] = after
    else:
        m[level + HEAD] = after
    if after:
        m[after + link + BEFORE] = before
    else:
        m[level + TAIL] = before
    m[order + link] = 0


@kernel
def remove(m: Words, order: int, link: int) -> None:
    """Out of the queue, and the level with its last order."""
    level = m[order + link]
    unlink(m, order, link)
    if m[level + HEAD] == 0:
        drop_level(m, level)


@kernel
def note_change(m: Words, r: Rows, level: int) -> None:
    """Note what a level shows now; stops show nothing."""
    ladder = m[level + LADDER]
    if m[ladder + RUNG] <= ASKS:
        row = m[CHANGES]
        r[C_LADDER, row] = ladder
        r[C_KEY, row] = m[level + KEY]
        r[C_ROW, row] = m[ROW]
        r[C_SHOWN, row] = m[level + LEVEL_SHOWN]
        m[CHANGES] = row + 1


@kernel
def key_of(side: int, price: int) -> int:
    """The key of a price among the bids (side 0) or asks (side 1): the best has the lowest."""
    return price if side else TOP - price


@kernel
def shown_of(m: Words, order: int) -> int:
    """What an order displays when it joins a queue."""
    display, size = m[order + DISPLAY], m[order + OPEN]
    return min(display, size) if display else size


@kernel
def rest(m: Words, r: Rows, order: int) -> None:
    """To the end of the queue of the order's price; a market order (price 0) before all prices."""
    side, price = m[order + META] & 1, m[order + PRICE]
    ladder = m[order + BOOK] + LADDERS + side * LADDER_WORDS
    m[order + SHOWN] = shown_of(m, order)
    level = place_level(m, ladder, key_of(side, price) if price else 0)
    append(m, level, order, LEVEL)
    m[level + LEVEL_SHOWN] += m[order + SHOWN]
    m[level + LEVEL_OPEN] += m[order + OPEN]
    note_change(m, r, level)


@kernel
def sleep(m: Words, order: int) -> None:
    """A stop order to the end of the queue of its stop price."""
    side = m[order + META] & 1
    ladder = m[order + BOOK] + LADDERS + (BUY_STOPS + side) * LADDER_WORDS
    m[order + SHOWN] = 0
    level = place_level(m, ladder, TOP - m[order + STOP] if side else m[order + STOP])
    append(m, level, order, LEVEL)
    m[STOPS] += 1


@kernel
def leave(m: Words, r: Rows, order: int) -> None:
    """Out of the price or stop queue."""
    level = m[order + LEVEL]
    if m[m[level + LADDER] + RUNG] >= BUY_STOPS:
        m[STOPS] -= 1
    else:
        m[level + LEVEL_SHOWN] -= m[order + SHOWN]
        m[level + LEVEL_OPEN] -= m[order + OPEN]
        note_change(m, r, level)
    remove(m, order, LEVEL)
