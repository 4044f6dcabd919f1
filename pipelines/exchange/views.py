"""Looks at a book from outside: its best levels."""

from pipelines.exchange.arena import Words, kernel
from pipelines.exchange.ladder import next_level
from pipelines.exchange.layout import BEST, KEY, LEVEL_SHOWN


@kernel
def walk_levels(m: Words, ladder: int, keys: Words, shown: Words) -> int:
    """Write keys (n,) and displayed quantities (n,) of the best levels, market orders left out; returns how many."""
    level, count = m[ladder + BEST], 0
    while level and count < len(keys):
        if m[level + KEY]:
            keys[count] = m[level + KEY]
            shown[count] = m[level + LEVEL_SHOWN]
            count += 1
        level = next_level(m, ladder, m[level + KEY])
    return count
