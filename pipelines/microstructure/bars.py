"""Bars of trades by time, by volume and by value, stamped at their close.

A trade belongs whole to one bar: the one that fills a volume or dollar bar is its last, and what it has beyond the
threshold is not carried over. So bars conserve volume exactly, and a bar may hold more than the threshold.
Lopez de Prado, Advances in Financial Machine Learning, 2018, chapter 2.
"""

from dataclasses import dataclass

import numpy as np

from pipelines.microstructure.series import (
    UNITS_PER_ONE,
    Flags,
    Floats,
    Ints,
    Numbers,
    Trades,
    compiled,
    divide,
    require_order,
    require_positive,
)


@dataclass(frozen=True)
class Bars:
    """Bars: n each. Prices and volumes are int64 in units of 1e-9, `value` and `vwap` doubles in units of 1.

    `close_ns` is the bar's stamp: the end of a time bar's window, the time of the last trade of another bar.
    `buy_volume` is of trades whose buyer was the aggressor. Only the last bar can have `is_complete` false: nothing
    tells yet that it is over.
    """

    close_ns: Ints
    open: Ints
    high: Ints
    low: Ints
    close: Ints
    volume: Ints
    buy_volume: Ints
    trade_count: Ints
    value: Floats
    is_complete: Flags

    def __len__(self) -> int:
        return len(self.close_ns)

    @property
    def vwap(self) -> Floats:
        """Value/volume (n,), a price in units of 1; NaN where the volume is 0."""
        return divide(self.value, self.volume / UNITS_PER_ONE)


def time_bars(trades: Trades, width_ns: int, until_ns: int | None = None) -> Bars:
    """Bars of the windows [start, start + width) on the grid of the epoch that have trades, stamped at their end.

    The last is complete when `until_ns`, up to which the trades are known, reaches its end. Raises MeasureError when
    times decrease or the width is not above 0.
    """
    require_positive(width_ns, "width of a bar in ns")
    require_order(trades.ns, "trades")
    window = trades.ns // width_ns
    known_ns = until_ns if until_ns is not None else int(trades.ns[-1]) if len(trades) else 0
    starts = _starts(window)
    ends = (window[starts] + 1) * width_ns
    return _aggregate(trades, starts, ends, ends <= known_ns)


def volume_bars(trades: Trades, volume: int) -> Bars:
    """Bars that are over with the trade that brings them to `volume` (int, units of 1e-9) or above.

    Raises MeasureError when times decrease or the volume is not above 0.
    """
    require_positive(volume, "volume of a bar")
    return _fill(trades, trades.quantity, volume)


def dollar_bars(trades: Trades, value: float) -> Bars:
    """Bars that are over with the trade that brings price × quantity to `value` (units of 1) or above.

    Raises MeasureError when times decrease or the value is not above 0.
    """
    require_positive(value, "value of a bar")
    return _fill(trades, trades.value, float(value))


def _fill(trades: Trades, amount: Numbers, threshold: float) -> Bars:
    require_order(trades.ns, "trades")
    bar, is_filled = _cut(amount, threshold)
    starts = _starts(bar)
    is_complete = np.ones(len(starts), bool)
    is_complete[-1:] = is_filled
    last = np.append(starts[1:], len(trades))[: len(starts)] - 1
    return _aggregate(trades, starts, trades.ns[last], is_complete)


def _starts(bar: Ints) -> Ints:
    """Rows at which another bar begins."""
    return np.flatnonzero(np.diff(bar, prepend=bar[0] - 1)) if len(bar) else np.empty(0, np.int64)


def _aggregate(trades: Trades, starts: Ints, close_ns: Ints, is_complete: Flags) -> Bars:
    last = np.append(starts[1:], len(trades))[: len(starts)] - 1

    def fold(ufunc: np.ufunc, values: Numbers) -> Numbers:
        return ufunc.reduceat(values, starts) if len(starts) else values[:0]

    return Bars(
        close_ns=close_ns,
        open=trades.price[starts],
        high=fold(np.maximum, trades.price),
        low=fold(np.minimum, trades.price),
        close=trades.price[last],
        volume=fold(np.add, trades.quantity),
        buy_volume=fold(np.add, np.where(trades.sign > 0, trades.quantity, 0)),
        trade_count=last - starts + 1,
        value=fold(np.add, trades.value),
        is_complete=is_complete,
    )


@compiled
def _cut(amount: Numbers, threshold: float) -> tuple[Ints, bool]:
    """The bar of each trade, and whether the last bar is full."""
    bar = np.empty(len(amount), np.int64)
    number = 0
    filled = amount[:0].sum()
    for row in range(len(amount)):
        bar[row] = number
        filled += amount[row]
        if filled >= threshold:
            number += 1
            filled = amount[:0].sum()
    return bar, len(amount) > 0 and bar[-1] < number
