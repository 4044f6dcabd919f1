"""How far a fill-or-kill order reaches: whether the book fills all of it, before anything is touched."""

from pipelines.exchange.arena import Words, kernel
from pipelines.exchange.codes import SelfTrade
from pipelines.exchange.ladder import next_level
from pipelines.exchange.layout import ACCOUNT, AFTER, BEST, HEAD, KEY, LEVEL, LEVEL_OPEN, OPEN, SHOWN, constant
from pipelines.exchange.life import self_trade_of

NONE, OLDEST = constant(SelfTrade.NONE), constant(SelfTrade.OLDEST)


@kernel
def can_fill(m: Words, taker: int, ladder: int, limit: int) -> bool:
    """Whether the ladder's levels up to a key fill the taker, hidden parts included.

    Orders of the taker's account fill nothing where its self-trade mode forbids it: mode `oldest` passes them by, the
    others end at the first of them, and then count only what is displayed before it at its price.
    """
    level, missing = m[ladder + BEST], m[taker + OPEN]
    guarded = self_trade_of(m, taker) != NONE and m[taker + ACCOUNT] != 0
    while level and m[level + KEY] <= limit and missing > 0:
        if not guarded:
            missing -= m[level + LEVEL_OPEN]
        elif self_trade_of(m, taker) == OLDEST:
            missing -= _open_of_others(m, taker, level)
        else:
            shown = _shown_before_own(m, taker, level)
            if shown >= 0:
                return shown >= missing
            missing -= m[level + LEVEL_OPEN]
        level = next_level(m, ladder, m[level + KEY])
    return missing <= 0


@kernel
def _open_of_others(m: Words, taker: int, level: int) -> int:
    order, total = m[level + HEAD], 0
    while order:
        if m[order + ACCOUNT] != m[taker + ACCOUNT]:
            total += m[order + OPEN]
        order = m[order + LEVEL + AFTER]
    return total


@kernel
def _shown_before_own(m: Words, taker: int, level: int) -> int:
    """What a level displays before the first order of the taker's account; -1 where it has none."""
    order, total = m[level + HEAD], 0
    while order:
        if m[order + ACCOUNT] == m[taker + ACCOUNT]:
            return total
        total += m[order + SHOWN]
        order = m[order + LEVEL + AFTER]
    return -1
