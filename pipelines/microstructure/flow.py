"""Order-flow imbalance: what the changes of the touch add up to, and how well that explains the price.

Cont, Kukanov and Stoikov, The Price Impact of Order Book Events, Journal of Financial Econometrics 12(1), 2014.
"""

from dataclasses import dataclass

import numpy as np

from pipelines.microstructure.regression import Line, fit_line
from pipelines.microstructure.series import (
    UNITS_PER_ONE,
    Floats,
    Ints,
    Touches,
    Trades,
    compiled,
    require_order,
    require_positive,
    sum_by,
)


@dataclass(frozen=True)
class FlowWindows:
    """Windows [start, start + width) on the grid of the epoch, from the first touch's to the last's: w each.

    ofi and signed_volume are sums in units of 1. `mid_before` is of the last touch before the window, `mid_first` of
    the first in it, `mid_last` of the last until its end; prices in units of 1. NaN where there is none.
    """

    start_ns: Ints
    ofi: Floats
    signed_volume: Floats
    mid_before: Floats
    mid_first: Floats
    mid_last: Floats

    @property
    def mid_change(self) -> Floats:
        """ΔP of the paper (w,): from the end of the window before to the end of this one."""
        return self.mid_last - self.mid_before

    @property
    def mid_change_inside(self) -> Floats:
        """From the first to the last touch of the window (w,)."""
        return self.mid_last - self.mid_first


def ofi_events(touches: Touches) -> Floats:
    """What each touch (n,) adds to OFI, in units of 1; with a prime, the touch before.

    e = qb·1{Pb ≥ Pb'} − qb'·1{Pb ≤ Pb'} − qa·1{Pa ≤ Pa'} + qa'·1{Pa ≥ Pa'}.
    NaN for the first touch, and where this touch or the one before lacks a side. Swapping the sides negates it.
    """
    bids, asks = (touches.bid_price, touches.bid_quantity), (touches.ask_price, touches.ask_quantity)
    return _compare(*bids, *asks) / UNITS_PER_ONE


def sum_windows(touches: Touches, trades: Trades, width_ns: int) -> FlowWindows:
    """OFI, signed volume and mids per window of `width_ns`; trades before the first and after the last are left out.

    A window with an event that is not known (so the first) has no OFI. Raises MeasureError when times decrease or the
    width is not above 0.
    """
    require_positive(width_ns, "width of a window in ns")
    require_order(touches.ns, "touches")
    if not len(touches):
        return FlowWindows(np.empty(0, np.int64), *(np.empty(0) for _ in range(5)))
    first = int(touches.ns[0]) // width_ns
    at, traded = touches.ns // width_ns - first, trades.ns // width_ns - first
    count = int(at[-1]) + 1
    inside = (traded >= 0) & (traded < count)
    volume = trades.sign[inside] * trades.quantity[inside] / UNITS_PER_ONE
    bounds = np.searchsorted(at, np.arange(count + 1))
    before = np.concatenate(([np.nan], touches.mid))[bounds]
    return FlowWindows(
        start_ns=(first + np.arange(count)) * width_ns,
        ofi=sum_by(at, ofi_events(touches), count),
        signed_volume=sum_by(traded[inside], volume, count),
        mid_before=before[:-1],
        mid_first=np.where(np.diff(bounds) > 0, touches.mid[np.minimum(bounds[:-1], len(touches) - 1)], np.nan),
        mid_last=before[1:],
    )


def explain_by_ofi(windows: FlowWindows) -> Line:
    """The line of the mid's change on OFI, over windows that have both; slope in price per unit of quantity.

    r_squared at 1 s on a USD-M perpetual capture (ETH, transaction times): 0.5785, and 0.5790 for the mid's change
    from the first to the last touch of the window.
    """
    return fit_line(windows.ofi, windows.mid_change)


def explain_by_volume(windows: FlowWindows) -> Line:
    """The line of the mid's change on signed volume, over windows that have both, for comparison with OFI's."""
    return fit_line(windows.signed_volume, windows.mid_change)


@compiled
def _compare(bid: Ints, bid_quantity: Ints, ask: Ints, ask_quantity: Ints) -> Floats:
    events = np.full(len(bid), np.nan)
    was_known = False
    for row in range(len(bid)):
        is_known = bid_quantity[row] > 0 and ask_quantity[row] > 0
        if is_known and was_known:
            gained = 1.0 * bid_quantity[row] * (bid[row] >= bid[row - 1])
            gained += 1.0 * ask_quantity[row - 1] * (ask[row] >= ask[row - 1])
            lost = 1.0 * bid_quantity[row - 1] * (bid[row] <= bid[row - 1])
            lost += 1.0 * ask_quantity[row] * (ask[row] <= ask[row - 1])
            events[row] = gained - lost
        was_known = is_known
    return events
