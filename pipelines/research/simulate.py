"""The loop: what happens at the exchange, and what the strategy makes of it later."""

from collections.abc import Callable

from pipelines.research.accounts import equity_of, learn, sample
from pipelines.research.layout import (
    DAY,
    DAY_EQUITY,
    DELIVERY,
    E_NS,
    ENDED,
    EXCHANGE,
    FILLS,
    HEAD,
    IS_BY_DAY,
    IS_KEPT,
    NEXT,
    NEXT_SAMPLE,
    NOW,
    RESTING,
    SAMPLES,
    SEEN_CASH,
    SEEN_POSITION,
    SPARE_FILLS,
    STOP_LOSS,
    STOPPED,
    TAIL,
    Desk,
    inner,
    kernel,
)
from pipelines.research.orders import cancel_all, go_to, reap
from pipelines.research.queues import arrive, meet_market, meet_trade

Choose = Callable[[Desk, int, int], None]
Simulate = Callable[[Desk, int], bool]
DAY_NS = 86_400_000_000_000


@inner
def _happen(x: Desk, i: int) -> None:
    w = x.words
    if w[NEXT_SAMPLE] < x.ns[i]:
        sample(x, x.ns[i], x.last_mid[i - 1] if i else 0)
    if w[RESTING]:
        if x.sign[i]:
            meet_trade(x, i)
        else:
            meet_market(x, i)
    if w[NEXT] < x.ns[i]:
        arrive(x, i)


@kernel
def _close(x: Desk, ns: int, mid: int) -> None:
    """The samples up to the last event, and one at its time."""
    w = x.words
    sample(x, ns + 1, mid)
    if w[SAMPLES] == 0 or x.equity[w[SAMPLES] - 1, E_NS] < ns:
        w[NEXT_SAMPLE] = ns
        sample(x, ns + 1, mid)


@kernel
def _is_stopped(x: Desk, j: int) -> bool:
    """Whether the loss since the start, or since the start of the UTC day, has reached the limit."""
    w = x.words
    equity = equity_of(x, w[SEEN_CASH], w[SEEN_POSITION], x.last_mid[j])
    day = x.ns[j] // DAY_NS if w[IS_BY_DAY] else 0
    if day != w[DAY]:
        w[DAY] = day
        w[DAY_EQUITY] = equity
        w[STOPPED] = 0
    if w[DAY_EQUITY] - equity >= w[STOP_LOSS]:
        w[STOPPED] = 1
    return bool(w[STOPPED] != 0)


def build_loop(choose: Choose) -> Simulate:
    """The loop for strategies that `choose(desk, number, j)` knows by their numbers, as a kernel (desk, number).

    It goes through the tape; false where it stops because the fills need more rows. An event happens at the exchange
    at its time: first to the orders that rest there, then to those that have arrived before it. The strategy sees it
    at its local time. What it sends then can only arrive later, so all events up to that time are over.
    """
    see = _build_sight(choose)

    @inner
    def simulate(x: Desk, number: int) -> bool:
        w = x.words
        i, j, count = w[EXCHANGE], w[DELIVERY], len(x.ns)
        while j < count:
            now = x.local_ns[j]
            while i < count and x.ns[i] <= now:
                if w[IS_KEPT] and w[FILLS] + SPARE_FILLS > len(x.fills):
                    w[EXCHANGE], w[DELIVERY] = i, j
                    return False
                _happen(x, i)
                i += 1
            w[NOW] = now
            see(x, number, j)
            j += 1
        w[EXCHANGE], w[DELIVERY] = i, j
        if count:
            _close(x, x.ns[count - 1], x.last_mid[count - 1])
        return True

    return simulate


def _build_sight(choose: Choose) -> Choose:
    @inner
    def see(x: Desk, number: int, j: int) -> None:
        w = x.words
        if w[HEAD] != w[TAIL]:
            learn(x, j)
        if w[ENDED]:
            reap(x, j)
        if w[STOP_LOSS] and _is_stopped(x, j):
            cancel_all(x)
            go_to(x, 0)
        else:
            choose(x, number, j)

    return see
