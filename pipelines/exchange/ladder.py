"""Ladders: levels in order of 62-bit keys, in a tree of 64 branches that skips what its keys have in common.

A node stands for the keys that share all digits (six bits each) above its shift; a bitmap says which digits follow.
Keys of a cluster cost two or three steps, single keys anywhere else cost one node at most: there are always fewer
nodes than levels, whatever the prices. The lowest key is the best on every ladder.

A reference is a word that holds a node's handle, or a level's with a minus sign; 0 is nothing.
"""

from pipelines.exchange.arena import Words, give_block, kernel, lowest_bit, take_block, zeros_above
from pipelines.exchange.layout import (
    BEST,
    BITS,
    CHILDREN,
    FREE_LEVELS,
    FREE_NODES,
    HEAD,
    KEY,
    LADDER,
    LEVEL_OPEN,
    LEVEL_SHOWN,
    LEVEL_WORDS,
    NODE_WORDS,
    PREFIX,
    ROOT,
    SHIFT,
    TAIL,
)


@kernel
def place_level(m: Words, ladder: int, key: int) -> int:
    """The level of a key; a new, empty one where there is none."""
    at = ladder + ROOT
    while m[at] > 0:
        node = m[at]
        shift = m[node + SHIFT]
        if (key >> shift) >> 6 != m[node + PREFIX]:
            return _split(m, at, (m[node + PREFIX] << shift) << 6, _new_level(m, ladder, key))
        digit = (key >> shift) & 63
        at = node + CHILDREN + digit
        if (m[node + BITS] >> digit) & 1 == 0:
            m[node + BITS] |= 1 << digit
            m[at] = 0
    level = -m[at]
    if level and m[level + KEY] == key:
        return level
    fresh = _new_level(m, ladder, key)
    if level:
        return _split(m, at, m[level + KEY], fresh)
    m[at] = -fresh
    return fresh


@kernel
def _new_level(m: Words, ladder: int, key: int) -> int:
    level = take_block(m, FREE_LEVELS, LEVEL_WORDS)
    m[level + KEY] = key
    m[level + LADDER] = ladder
    m[level + HEAD] = 0
    m[level + TAIL] = 0
    m[level + LEVEL_SHOWN] = 0
    m[level + LEVEL_OPEN] = 0
    best = m[ladder + BEST]
    if best == 0 or key < m[best + KEY]:
        m[ladder + BEST] = level
    return level


@kernel
def _split(m: Words, at: int, other: int, level: int) -> int:
    """A node where a level's key leaves the way of `other`, a key below the reference at `at`."""
    key = m[level + KEY]
    shift = (63 - zeros_above(other ^ key)) // 6 * 6
    node = take_block(m, FREE_NODES, NODE_WORDS)
    old, new = (other >> shift) & 63, (key >> shift) & 63
    m[node + SHIFT] = shift
    m[node + PREFIX] = (key >> shift) >> 6
    m[node + BITS] = (1 << old) | (1 << new)
    m[node + CHILDREN + old] = m[at]
    m[node + CHILDREN + new] = -level
    m[at] = node
    return level


@kernel
def drop_level(m: Words, level: int) -> None:
    """Take an empty level out; a node that is left with one branch gives way to it."""
    ladder, key = m[level + LADDER], m[level + KEY]
    at, above, node, digit = ladder + ROOT, 0, 0, 0
    while m[at] > 0:
        above, node = at, m[at]
        digit = (key >> m[node + SHIFT]) & 63
        at = node + CHILDREN + digit
    if node == 0:
        m[at] = 0
    else:
        bits = m[node + BITS] & ~(1 << digit)
        m[node + BITS] = bits
        if bits & (bits - 1) == 0:
            m[above] = m[node + CHILDREN + lowest_bit(bits)]
            give_block(m, FREE_NODES, node)
    if m[ladder + BEST] == level:
        m[ladder + BEST] = _lowest(m, m[ladder + ROOT])
    give_block(m, FREE_LEVELS, level)


@kernel
def _lowest(m: Words, reference: int) -> int:
    """The level of the lowest key below a reference; 0 where there is none."""
    while reference > 0:
        reference = m[reference + CHILDREN + lowest_bit(m[reference + BITS])]
    return -reference


@kernel
def next_level(m: Words, ladder: int, key: int) -> int:
    """The first level behind a key, there or not; 0 behind the last."""
    reference, fallback = m[ladder + ROOT], 0
    while reference > 0:
        shift = m[reference + SHIFT]
        prefix = (key >> shift) >> 6
        if prefix != m[reference + PREFIX]:
            return _lowest(m, reference if prefix < m[reference + PREFIX] else fallback)
        digit = (key >> shift) & 63
        bits = m[reference + BITS]
        behind = bits & ~((2 << digit) - 1)
        if behind:
            fallback = m[reference + CHILDREN + lowest_bit(behind)]
        reference = m[reference + CHILDREN + digit] if (bits >> digit) & 1 else 0
    if reference < 0 and m[KEY - reference] > key:
        return -reference
    return _lowest(m, fallback)


@kernel
def _highest(m: Words, reference: int) -> int:
    """The level of the highest key below a reference; 0 where there is none."""
    while reference > 0:
        reference = m[reference + CHILDREN + 63 - zeros_above(m[reference + BITS])]
    return -reference


@kernel
def previous_level(m: Words, ladder: int, key: int) -> int:
    """The last level before a key, there or not; 0 before the first."""
    reference, fallback = m[ladder + ROOT], 0
    while reference > 0:
        shift = m[reference + SHIFT]
        prefix = (key >> shift) >> 6
        if prefix != m[reference + PREFIX]:
            return _highest(m, reference if prefix > m[reference + PREFIX] else fallback)
        digit = (key >> shift) & 63
        bits = m[reference + BITS]
        before = bits & ((1 << digit) - 1)
        if before:
            fallback = m[reference + CHILDREN + 63 - zeros_above(before)]
        reference = m[reference + CHILDREN + digit] if (bits >> digit) & 1 else 0
    if reference < 0 and m[KEY - reference] < key:
        return -reference
    return _highest(m, fallback)
