"""Numbers for each event of a tape, from the events up to it: what strategies look at."""

import numpy as np

from pipelines.microstructure.flow import ofi_events
from pipelines.microstructure.imbalance import imbalance, imbalance_levels
from pipelines.microstructure.series import Flags, Floats, Ints, Touches, compiled
from pipelines.research.tape import Tape

NS_PER_MS = 1_000_000
NS_PER_S = 1_000_000_000


def obi(tape: Tape, levels: int) -> Floats:
    """OBI (n,) of levels 1..`levels` after each event, fewer where the tape has fewer; NaN without a market."""
    ladders = tape.ladders
    reach = min(levels, ladders.bid_prices.shape[1])
    if reach == 1:
        return imbalance(tape.bid_quantity, tape.ask_quantity)
    return np.append(imbalance_levels(ladders, reach), np.nan)[tape.row]


def micro_price(tape: Tape) -> Floats:
    """(Pb·Qa + Pa·Qb)/(Qb + Qa) in ticks (n,); NaN where a side is empty."""
    both = np.where(tape.is_two_sided, tape.bid_quantity + tape.ask_quantity, np.nan)
    return (tape.bid * tape.ask_quantity.astype(np.float64) + tape.ask * tape.bid_quantity.astype(np.float64)) / both


def ofi(tape: Tape) -> Floats:
    """What each event (n,) adds to the order-flow imbalance, in lots; a trade 0, NaN where it is not known."""
    is_market = tape.sign == 0
    columns = (tape.ns, tape.bid, tape.ask, tape.bid_quantity, tape.ask_quantity)
    events = np.zeros(len(tape))
    events[is_market] = ofi_events(Touches(*(column[is_market] for column in columns))) * NS_PER_S
    return events


def trailing_mean(tape: Tape, values: Floats, width_ns: int) -> Floats:
    """Mean (n,) of the values at the changes of the market in (t − width, t], NaN left out; NaN where now is NaN."""
    return _trail(tape.ns, tape.sign == 0, values, max(width_ns, 0), True)


def trailing_sum(tape: Tape, values: Floats, width_ns: int) -> Floats:
    """The sum (n,) likewise."""
    return _trail(tape.ns, tape.sign == 0, values, max(width_ns, 0), False)


@compiled
def _trail(ns: Ints, is_market: Flags, values: Floats, width_ns: int, is_mean: bool) -> Floats:
    out = np.empty(len(ns))
    first, total, lost, count, last = 0, 0.0, 0.0, 0, np.nan
    for row in range(len(ns)):
        if is_market[row]:
            last = values[row]
            if not np.isnan(last):
                step = last - lost
                grown = total + step
                lost, total, count = (grown - total) - step, grown, count + 1
        while first < row and ns[first] <= ns[row] - width_ns:
            if is_market[first] and not np.isnan(values[first]):
                step = -values[first] - lost
                grown = total + step
                lost, total, count = (grown - total) - step, grown, count - 1
            first += 1
        out[row] = np.nan if np.isnan(last) or count == 0 else total / count if is_mean else total
    return out


def bar_closes(tape: Tape, width_ns: int) -> tuple[Ints, Floats]:
    """Closes of the time bars [k·width, (k+1)·width) that are over: the bar of each event (n,), closes (bars,).

    A bar's close is the last mid known in it, or before it where it has none, in ticks. The bar of an event is the
    number of bars that ended at or before its time, so its last closed bar is one less.
    """
    bar = tape.ns // width_ns
    bar -= bar[:1].sum()
    last = np.searchsorted(bar, np.arange(int(bar[-1]) if len(bar) else 0), side="right") - 1
    mid = tape.last_mid[last] / 2
    return bar, np.where(mid > 0, mid, np.nan)


def by_bar(bar: Ints, values: Floats) -> Floats:
    """For each event (n,) the value of the last bar that is over; NaN before the first."""
    return np.append(np.nan, values)[bar]


def moving_average(values: Floats, count: int) -> Floats:
    """Mean (n,) of the last `count` values; NaN before there are so many."""
    out = np.full(len(values), np.nan)
    if len(values) >= count:
        out[count - 1 :] = np.lib.stride_tricks.sliding_window_view(values, count).mean(axis=1)
    return out


def relative_strength(closes: Floats, count: int) -> Floats:
    """RSI (n,) in [0, 100] over `count` changes, with Wilder's smoothing; NaN before there are so many.

    Wilder, New Concepts in Technical Trading Systems, 1978: 100 − 100/(1 + mean gain/mean loss), the first means
    plain ones. 50 where nothing has changed.
    """
    return _smooth(closes, count)


@compiled
def _smooth(closes: Floats, count: int) -> Floats:
    out = np.full(len(closes), np.nan)
    gain, loss, seen = 0.0, 0.0, 0
    for row in range(1, len(closes)):
        change = closes[row] - closes[row - 1]
        if np.isnan(change):
            continue
        seen += 1
        weight = min(seen, count)
        gain += (max(change, 0.0) - gain) / weight
        loss += (max(-change, 0.0) - loss) / weight
        if seen >= count:
            out[row] = 100 * gain / (gain + loss) if gain + loss > 0 else 50.0
    return out
