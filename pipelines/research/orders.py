"""What a strategy can do: send an order, cancel one, follow a target, keep a quote."""

from pipelines.research.layout import (
    ARRIVAL,
    BUSY,
    CANCEL,
    DONE,
    END,
    ENDED,
    FREE,
    HEAD,
    IN_FLIGHT,
    LIMIT,
    LIMIT_ORDER,
    MARKET_ORDER,
    NEXT,
    NOTICE_LOTS,
    NOTICES,
    NOW,
    OPEN,
    ORDERS,
    PRICE,
    QUANTITY,
    SEEN_POSITION,
    SIDE,
    SIGNALS,
    SLOTS,
    STATUS,
    TAIL,
    TICKET,
    TYPE,
    USED,
    Desk,
    inner,
    kernel,
)

# State of a strategy that follows a signal: the direction it wants, since when, and whether it may enter.
DIRECTION, SINCE, IS_SPENT = 0, 1, 2


@kernel
def room(x: Desk, side: int) -> int:
    """Lots that may still be ordered: the limit less the position, as known, and all that is not yet known to end."""
    w, o = x.words, x.orders
    free: int = w[LIMIT] - side * w[SEEN_POSITION]
    for at in range(w[HEAD], w[TAIL]):
        free -= max(side * x.notices[at % NOTICES, NOTICE_LOTS], 0)
    if w[BUSY]:
        for slot in range(w[USED]):
            if (o[slot, STATUS] != FREE and o[slot, STATUS] != DONE) and o[slot, SIDE] == side:
                free -= o[slot, OPEN]
    return free


@kernel
def send(x: Desk, kind: int, side: int, price: int, lots: int) -> int:
    """Send an order of a type (side +1 buys, −1 sells; lots as far as the limit allows); its ticket, 0: none sent."""
    w, o = x.words, x.orders
    lots = min(lots, room(x, side))
    slot = 0
    while slot < SLOTS and o[slot, STATUS] != FREE:
        slot += 1
    if lots <= 0 or slot == SLOTS:
        return 0
    o[slot, STATUS] = IN_FLIGHT
    o[slot, SIDE] = side
    o[slot, TYPE] = kind
    o[slot, PRICE] = price
    o[slot, OPEN] = lots
    o[slot, ARRIVAL] = w[NOW] + _latency(x)
    o[slot, CANCEL] = 0
    w[ORDERS] += 1
    ticket: int = w[ORDERS]
    o[slot, TICKET] = ticket
    w[BUSY] += 1
    w[USED] = max(w[USED], slot + 1)
    w[NEXT] = min(w[NEXT], o[slot, ARRIVAL])
    return ticket


@kernel
def _latency(x: Desk) -> int:
    latency: int = x.latencies[x.words[ORDERS] % len(x.latencies)]
    return latency


@kernel
def find(x: Desk, ticket: int) -> int:
    """The slot of an order whose end the strategy has not seen; −1: it has ended."""
    if ticket > 0:
        for slot in range(x.words[USED]):
            if x.orders[slot, TICKET] == ticket and x.orders[slot, STATUS] != FREE:
                return slot
    return -1


@kernel
def cancel(x: Desk, ticket: int) -> None:
    """Ask for an order's end; it arrives after the order."""
    o, slot = x.orders, find(x, ticket)
    if slot >= 0 and o[slot, CANCEL] == 0:
        o[slot, CANCEL] = max(x.words[NOW] + _latency(x), o[slot, ARRIVAL])
        x.words[NEXT] = min(x.words[NEXT], o[slot, CANCEL])


@kernel
def cancel_all(x: Desk) -> None:
    """Ask for the end of every order."""
    for slot in range(x.words[USED]):
        if x.orders[slot, STATUS] != FREE:
            cancel(x, x.orders[slot, TICKET])


@kernel
def reap(x: Desk, j: int) -> None:
    """Forget the orders whose end the strategy sees with event j."""
    for slot in range(x.words[USED]):
        if x.orders[slot, STATUS] == DONE and x.orders[slot, END] <= j:
            x.orders[slot, STATUS] = FREE
            x.words[BUSY] -= 1
            x.words[ENDED] -= 1
    if x.words[BUSY] == 0:
        x.words[USED] = 0


@kernel
def go_to(x: Desk, target: int) -> None:
    """Bring the position to a target, in lots, by a market order; one at a time."""
    missing = target - x.words[SEEN_POSITION]
    if missing != 0 and x.words[BUSY] == 0:
        send(x, MARKET_ORDER, 1 if missing > 0 else -1, 0, abs(missing))


@kernel
def turn(x: Desk, direction: int) -> None:
    """Want another direction: +1 long, −1 short, 0 flat, each by the order quantity."""
    s = x.state
    if s[DIRECTION] != direction:
        s[DIRECTION] = direction
        s[SINCE] = x.words[NOW]
        x.words[SIGNALS] += 1
    go_to(x, direction * x.words[QUANTITY])


@inner
def follow(x: Desk, signal: float, enter: float, leave: float, hold_ns: float) -> None:
    """Long when a signal is above `enter`, short below −enter; flat when it has come back to `leave`, or after a time.

    Whoever left after the time enters again only when the signal has been inside ±enter. hold_ns 0: no such time.
    NaN changes nothing.
    """
    s, was = x.state, x.state[DIRECTION]
    if s[IS_SPENT] != 0 and abs(signal) <= enter:
        s[IS_SPENT] = 0
    want = was
    if was == 0 or signal * was < -enter:
        side = (1 if signal > enter else 0) - (1 if signal < -enter else 0)
        if side != 0 and s[IS_SPENT] == 0:
            want = side
    elif signal * was < leave:
        want = 0
    if was != 0 and want == was and hold_ns > 0 and x.words[NOW] - s[SINCE] >= hold_ns:
        want, s[IS_SPENT] = 0, 1
    if want != 0 or was != 0 or x.words[SEEN_POSITION] != 0:
        turn(x, int(want))


@kernel
def quote(x: Desk, at: int, side: int, price: int, lots: int) -> None:
    """Keep one limit order of a side, whose ticket is in state[at]: another price cancels it first; 0 lots: none."""
    slot = find(x, int(x.state[at]))
    if slot >= 0:
        if lots == 0 or x.orders[slot, PRICE] != price:
            x.words[SIGNALS] += x.orders[slot, CANCEL] == 0
            cancel(x, int(x.state[at]))
    elif lots > 0:
        x.words[SIGNALS] += 1
        x.state[at] = send(x, LIMIT_ORDER, side, price, lots)
