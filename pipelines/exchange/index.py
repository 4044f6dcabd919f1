"""Open orders by book and id: a table of (id, handle) pairs, open addressing, never more than half full."""

from pipelines.exchange.arena import Words, kernel
from pipelines.exchange.layout import BOOK, HIGH, ID, LIVE, TABLE, TABLE_BITS

GOLDEN = 0x9E3779B97F4A7C15 - (1 << 64)  # 2**64 over the golden ratio, as a signed word


@kernel
def _home(m: Words, book: int, order_id: int) -> int:
    """The entry where the search for an id begins."""
    bits = m[TABLE_BITS]
    return ((order_id ^ (book * GOLDEN)) * GOLDEN) >> (64 - bits) & ((1 << bits) - 1)


@kernel
def _entry(m: Words, book: int, order_id: int) -> int:
    """The offset of the id's entry, or of the free entry where it would stand."""
    table, mask = m[TABLE], (1 << m[TABLE_BITS]) - 1
    place = _home(m, book, order_id)
    while True:
        entry = table + 2 * place
        order = m[entry + 1]
        if order == 0 or (m[entry] == order_id and m[order + BOOK] == book):
            return entry
        place = (place + 1) & mask


@kernel
def find(m: Words, book: int, order_id: int) -> int:
    """The open order of an id in a book; 0 where there is none."""
    return m[_entry(m, book, order_id) + 1]


@kernel
def enlist(m: Words, order: int) -> None:
    """Make an order findable, in a table of twice the size when half of it is taken."""
    m[LIVE] += 1
    if 2 * m[LIVE] > 1 << m[TABLE_BITS]:
        _grow(m)
    entry = _entry(m, m[order + BOOK], m[order + ID])
    m[entry] = m[order + ID]
    m[entry + 1] = order


@kernel
def _grow(m: Words) -> None:
    old, size = m[TABLE], 1 << m[TABLE_BITS]
    m[TABLE] = m[HIGH]
    m[HIGH] += 4 * size
    m[TABLE_BITS] += 1
    for place in range(size):
        order = m[old + 2 * place + 1]
        if order:
            entry = _entry(m, m[order + BOOK], m[order + ID])
            m[entry] = m[order + ID]
            m[entry + 1] = order


@kernel
def strike_off(m: Words, order: int) -> None:
    """Forget an order's id; entries behind it move up, so that no search ends too early."""
    m[LIVE] -= 1
    table, mask = m[TABLE], (1 << m[TABLE_BITS]) - 1
    gap = (_entry(m, m[order + BOOK], m[order + ID]) - table) // 2
    place = (gap + 1) & mask
    while m[table + 2 * place + 1]:
        other = m[table + 2 * place + 1]
        home = _home(m, m[other + BOOK], m[other + ID])
        if ((place - home) & mask) >= ((place - gap) & mask):
            m[table + 2 * gap] = m[table + 2 * place]
            m[table + 2 * gap + 1] = other
            gap = place
        place = (place + 1) & mask
    m[table + 2 * gap + 1] = 0
