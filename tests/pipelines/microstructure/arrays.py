"""Short ways to write touches and trades, and drawn ones; prices in ticks of 0.01, quantities in units of 1."""

import numpy as np
from hypothesis import settings
from hypothesis import strategies as st

from pipelines.microstructure.series import Ints, Touches, Trades

TICK = 10_000_000
ONE = 1_000_000_000
untimed = settings(deadline=None)  # the first call compiles


def ints(values: object) -> Ints:
    return np.array(values, np.int64)


def touches_of(*rows: tuple[int, int, int, int, int]) -> Touches:
    """Rows of ns, bid and ask in ticks, bid and ask quantity."""
    ns, bid, ask, bid_quantity, ask_quantity = ints(rows).reshape(-1, 5).T
    return Touches(ns, bid * TICK, ask * TICK, bid_quantity * ONE, ask_quantity * ONE)


def trades_of(*rows: tuple[int, int, int, int]) -> Trades:
    """Rows of ns, price in ticks, quantity, sign."""
    ns, price, quantity, sign = ints(rows).reshape(-1, 4).T
    return Trades(ns, price * TICK, quantity * ONE, sign)


def mirror(touches: Touches) -> Touches:
    """The market seen from the other side: a bid at p becomes an ask at −p."""
    return Touches(touches.ns, -touches.ask_price, -touches.bid_price, touches.ask_quantity, touches.bid_quantity)


@st.composite
def drawn_touches(draw: st.DrawFn, two_sided: bool = False) -> Touches:
    """Up to 40 touches within a few ticks and nanoseconds of each other, ties included."""
    quantity = st.integers(1 if two_sided else 0, 5)
    row = st.tuples(st.integers(0, 3), st.integers(100, 104), st.integers(1, 4), quantity, quantity)
    rows = draw(st.lists(row, min_size=1, max_size=40))
    ns, at = 1000, []
    for step, bid, spread, bid_quantity, ask_quantity in rows:
        ns += step
        at.append((ns, bid, bid + spread, bid_quantity, ask_quantity))
    return touches_of(*at)


@st.composite
def drawn_trades(draw: st.DrawFn, smallest: int = 0) -> Trades:
    """Up to 40 trades near `drawn_touches` in time and price, some without sign."""
    row = st.tuples(st.integers(0, 3), st.integers(99, 108), st.integers(1, 9), st.sampled_from((-1, 0, 1)))
    ns, at = 998, []
    for step, price, quantity, sign in draw(st.lists(row, min_size=smallest, max_size=40)):
        ns += step
        at.append((ns, price, quantity, sign))
    return trades_of(*at)
