"""The uncross of a call auction: one price at which the most is traded.

Price: most executable volume; among those the smallest surplus |buy − sell|; among those the nearest to the reference
price. Between the lowest and the highest limit price of the book these rules leave one price, because the prices with
the most volume and the smallest surplus form one unbroken range. Without a reference price the last trade's price
serves; without that, the lowest of the range.
"""

import numpy as np
import numpy.typing as npt

from pipelines.exchange.arena import Rows, Words, kernel
from pipelines.exchange.codes import OrderType, Reason, ReportKind
from pipelines.exchange.ladder import next_level
from pipelines.exchange.layout import (
    ASKS,
    BEST,
    BIDS,
    HEAD,
    KEY,
    LADDER_WORDS,
    LADDERS,
    LAST,
    LEVEL,
    LEVEL_OPEN,
    LEVEL_SHOWN,
    LIVE,
    OPEN,
    REFERENCE,
    SHOWN,
    TOP,
)
from pipelines.exchange.life import cancel_resting, end_order, spend
from pipelines.exchange.matching import note_price
from pipelines.exchange.queues import note_change, remove, shown_of
from pipelines.exchange.reports import report, report_maker

AUCTION_TRADE = int(ReportKind.TRADE) | int(Reason.AUCTION) << 8
NO_LIQUIDITY = int(Reason.NO_LIQUIDITY)
MARKET = int(OrderType.MARKET)

Ints = npt.NDArray[np.int64]


@kernel
def uncross(m: Words, r: Rows, book: int) -> None:
    """Trade at the clearing price, best and oldest first, hidden parts included; end market orders that are left.

    A buy and a sell of one account trade with each other: neither is the aggressor.
    """
    bids, asks = book + LADDERS + BIDS * LADDER_WORDS, book + LADDERS + ASKS * LADDER_WORDS
    price = find_clearing_price(m, book, bids, asks)
    while price and _meets(m, bids, TOP - price) and _meets(m, asks, price):
        buy, sell = m[m[bids + BEST] + HEAD], m[m[asks + BEST] + HEAD]
        quantity = min(m[buy + OPEN], m[sell + OPEN])
        _fill(m, r, buy, quantity)
        _fill(m, r, sell, quantity)
        row = report(m, r, AUCTION_TRADE, buy, quantity)
        report_maker(m, r, row, sell, price)
        note_price(m, book, price)
        _end_filled(m, buy)
        _end_filled(m, sell)
    for ladder in (bids, asks):
        while _meets(m, ladder, 0):
            cancel_resting(m, r, m[m[ladder + BEST] + HEAD], NO_LIQUIDITY)


@kernel
def _meets(m: Words, ladder: int, key: int) -> bool:
    best = m[ladder + BEST]
    return best != 0 and m[best + KEY] <= key


@kernel
def _fill(m: Words, r: Rows, order: int, quantity: int) -> None:
    level, before = m[order + LEVEL], m[order + SHOWN]
    spend(m, order, quantity)
    m[order + SHOWN] = shown_of(m, order)
    m[level + LEVEL_OPEN] -= quantity
    m[level + LEVEL_SHOWN] += m[order + SHOWN] - before
    note_change(m, r, level)


@kernel
def _end_filled(m: Words, order: int) -> None:
    if m[order + OPEN] == 0:
        remove(m, order, LEVEL)
        end_order(m, order)


@kernel
def find_clearing_price(m: Words, book: int, bids: int, asks: int) -> int:
    """The price of the uncross; 0 where nothing trades."""
    bid_keys, bid_totals = _totals(m, bids)
    ask_keys, ask_totals = _totals(m, asks)
    lowest, highest = _limits(bid_keys, ask_keys)
    reference = m[book + REFERENCE] if m[book + REFERENCE] else m[book + LAST]
    if highest == 0:
        return reference if len(bid_keys) and len(ask_keys) else 0
    starts = _starts(bid_keys, ask_keys, lowest, highest)
    volumes, surpluses = np.empty_like(starts), np.empty_like(starts)
    for at, price in enumerate(starts):
        buy = bid_totals[np.searchsorted(bid_keys, TOP - price, side="right")]
        sell = ask_totals[np.searchsorted(ask_keys, price, side="right")]
        volumes[at], surpluses[at] = min(buy, sell), abs(buy - sell)
    return _choose(starts, volumes, surpluses, highest, reference) if volumes.max() else 0


@kernel
def _totals(m: Words, ladder: int) -> tuple[Ints, Ints]:
    """Keys of a ladder, best first, and open quantities: of nothing, of the first level, of the first two, ..."""
    keys, totals = np.empty(m[LIVE], np.int64), np.zeros(m[LIVE] + 1, np.int64)
    level, count = m[ladder + BEST], 0
    while level:
        keys[count] = m[level + KEY]
        totals[count + 1] = totals[count] + m[level + LEVEL_OPEN]
        count += 1
        level = next_level(m, ladder, m[level + KEY])
    return keys[:count], totals[: count + 1]


@kernel
def _limits(bid_keys: Ints, ask_keys: Ints) -> tuple[int, int]:
    """The lowest and the highest limit price; (TOP, 0) where there is none."""
    lowest, highest = TOP, 0
    for key in bid_keys:
        if key:
            lowest, highest = min(lowest, TOP - key), max(highest, TOP - key)
    for key in ask_keys:
        if key:
            lowest, highest = min(lowest, key), max(highest, key)
    return lowest, highest


@kernel
def _starts(bid_keys: Ints, ask_keys: Ints, lowest: int, highest: int) -> Ints:
    """Prices where executable volume can change, ascending: from each to the next all prices are alike."""
    prices = np.concatenate((TOP - bid_keys + 1, ask_keys, np.full(1, lowest)))
    ordered: Ints = np.unique(prices[(prices >= lowest) & (prices <= highest)])
    return ordered


@kernel
def _choose(starts: Ints, volumes: Ints, surpluses: Ints, highest: int, reference: int) -> int:
    most = volumes.max()
    least = surpluses[volumes == most].min()
    best = np.flatnonzero((volumes == most) & (surpluses == least))
    low, last = starts[best[0]], best[-1] + 1
    high = starts[last] - 1 if last < len(starts) else highest
    return min(max(reference, low), high) if reference else low
