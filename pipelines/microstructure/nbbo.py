"""The best bid and offer over venues, and for how long each venue quoted it.

The best bid is the highest bid, the best ask the lowest ask of all venues whose side is there: what Regulation NMS,
17 CFR 242.600(b), calls the national best bid and offer. A venue's touch stands until its next one. The best bid may be
above the best ask, since venues do not wait for each other.
"""

from dataclasses import dataclass

import numpy as np

from pipelines.microstructure.series import Ints, Touches, compiled, require_order, require_positive

MEASURES = ("quoted", "best_bid", "best_ask", "best_both", "alone_bid", "alone_ask")
QUOTED, BEST_BID, BEST_ASK, BEST_BOTH, ALONE_BID, ALONE_ASK = range(len(MEASURES))


@dataclass(frozen=True)
class Quotes:
    """n touches of v venues in the order of time; `venue` (n,) numbers the venue of each from 0 to v − 1."""

    touches: Touches
    venue: Ints
    venues: int

    def columns(self) -> tuple[Ints, Ints, Ints, Ints, Ints]:
        """Venue, bid, bid quantity, ask, ask quantity (n,)."""
        touches = self.touches
        return self.venue, touches.bid_price, touches.bid_quantity, touches.ask_price, touches.ask_quantity


def consolidate(quotes: Quotes) -> Touches:
    """The best bid and offer (n,) after each touch; a quantity is the sum of the venues that are at that price.

    Raises MeasureError when times decrease. O(n v).
    """
    require_order(quotes.touches.ns, "the quotes")
    best = np.zeros((4, len(quotes.touches)), np.int64)
    _consolidate(quotes.columns(), quotes.venues, best)
    bid, bid_quantity, ask, ask_quantity = best
    return Touches(quotes.touches.ns, bid, ask, bid_quantity, ask_quantity)


def measure_times(quotes: Quotes, end_ns: int, window_ns: int) -> tuple[int, Ints]:
    """Nanoseconds (MEASURES, windows, v) of each window and venue, and the number of the first window since 1970.

    `quoted` is where a venue has both sides; the other measures count only that time: at the best bid, the best ask,
    both at once; `alone` is without another venue at that best price. Touches stand up to `end_ns`, not before the
    last of them. Raises MeasureError when times decrease or the window is not above 0. O((n + windows) v).
    """
    require_order(quotes.touches.ns, "the quotes")
    require_positive(window_ns, "window")
    ns = quotes.touches.ns
    if not len(ns):
        return 0, np.zeros((len(MEASURES), 0, quotes.venues), np.int64)
    first, last = int(ns[0]) // window_ns, max(int(ns[0]), end_ns - 1) // window_ns
    spent = np.zeros((len(MEASURES), last - first + 1, quotes.venues), np.int64)
    until = np.append(ns[1:], max(end_ns, int(ns[-1])))
    _measure(quotes.columns(), ns, until, window_ns, spent)
    return first, spent


def first_at_most(values: Ints, start: Ints, bound: Ints) -> Ints:
    """For each of m questions the first place from `start` (m,) on where values (n,) are at most `bound` (m,).

    −1 where there is none. O((n + m) log n): a tree of minima is descended.
    """
    size = 1 << max(len(values) - 1, 0).bit_length()
    tree = np.full(2 * size, np.iinfo(np.int64).max, np.int64)
    tree[size : size + len(values)] = values
    level = size
    while level > 1:
        level //= 2
        tree[level : 2 * level] = tree[2 * level : 4 * level].reshape(-1, 2).min(1)
    return _descend(tree, size, start, bound)


@compiled
def _consolidate(columns: tuple[Ints, ...], venues: int, best: Ints) -> None:
    """Fill rows of best: bid, its quantity, ask, its quantity; 0 where no venue has the side."""
    venue, bid, bid_quantity, ask, ask_quantity = columns
    now = np.zeros((4, venues), np.int64)
    for row in range(len(venue)):
        at = venue[row]
        now[0, at], now[1, at], now[2, at], now[3, at] = bid[row], bid_quantity[row], ask[row], ask_quantity[row]
        for each in range(venues):
            for side in (0, 2):
                price, quantity = now[side, each], now[side + 1, each]
                if quantity > 0:
                    ahead = price - best[side, row] if side == 0 else best[side, row] - price
                    if best[side + 1, row] == 0 or ahead > 0:
                        best[side, row], best[side + 1, row] = price, quantity
                    elif ahead == 0:
                        best[side + 1, row] += quantity


@compiled
def _hold(now: Ints, held: Ints) -> None:
    """Say in held (measures, v), 1 or 0, what touches now (4, v) hold: in the order of MEASURES."""
    venues = now.shape[1]
    for side in (0, 2):
        sign = 1 - side
        best, count = np.int64(0), 0
        for each in range(venues):
            price = sign * now[side, each]
            if now[side + 1, each] > 0 and (count == 0 or price >= best):
                count = count + 1 if count > 0 and price == best else 1
                best = price
        for each in range(venues):
            is_both = now[1, each] > 0 and now[3, each] > 0
            is_best = is_both and sign * now[side, each] == best
            held[0, each] = is_both
            held[1 + side // 2, each] = is_best
            held[4 + side // 2, each] = is_best and count == 1
    for each in range(venues):
        held[3, each] = held[1, each] * held[2, each]


@compiled
def _measure(columns: tuple[Ints, ...], ns: Ints, until: Ints, window: int, spent: Ints) -> None:
    """Add to spent (measures, windows, v) the time from each touch to `until`, split at the ends of windows."""
    venue, bid, bid_quantity, ask, ask_quantity = columns
    measures, _, venues = spent.shape
    now, held = np.zeros((4, venues), np.int64), np.zeros((measures, venues), np.int64)
    first = ns[0] // window
    for row in range(len(venue)):
        at = venue[row]
        now[0, at], now[1, at], now[2, at], now[3, at] = bid[row], bid_quantity[row], ask[row], ask_quantity[row]
        begin = ns[row]
        if until[row] > begin:
            _hold(now, held)
        while begin < until[row]:
            end = min((begin // window + 1) * window, until[row])
            spent[:, begin // window - first, :] += held * (end - begin)
            begin = end


@compiled
def _descend(tree: Ints, size: int, start: Ints, bound: Ints) -> Ints:
    """Places of the first leaf from `start` on that is at most `bound`; −1 for none. The root is tree[1]."""
    found = np.full(len(start), -1, np.int64)
    for row in range(len(start)):
        if start[row] >= size:
            continue
        node = start[row] + size
        while tree[node] > bound[row]:  # up and to the right, until a subtree has one
            while node & 1:
                node >>= 1
            if node == 0:
                break
            node += 1
        while 0 < node < size:
            node = 2 * node if tree[2 * node] <= bound[row] else 2 * node + 1
        found[row] = node - size if node > 0 else -1
    return found
