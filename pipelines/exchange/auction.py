"""The uncross of a call auction: one price at which the most is traded.

Price: most executable volume; among those the smallest surplus |buy − sell|; among those the nearest to the reference
price. Between the lowest and the highest limit price of the book these rules leave one price, because the prices with
the most volume and the smallest surplus form one unbroken range. Without a reference price the last trade's price
serves; without that, the lowest of the range.
"""

from pipelines.exchange.arena import Rows, Words, kernel
from pipelines.exchange.codes import Reason, ReportKind
from pipelines.exchange.ladder import next_level, previous_level
from pipelines.exchange.layout import (
    ASKS,
    BEST,
    BIDS,
    BUYING,
    FROM_PRICE,
    HEAD,
    KEY,
    LADDER_WORDS,
    LADDERS,
    LAST,
    LEVEL,
    LEVEL_OPEN,
    LEVEL_SHOWN,
    OPEN,
    REFERENCE,
    SELLING,
    SHOWN,
    SURPLUS,
    TO_PRICE,
    TOP,
    VOLUME,
    constant,
)
from pipelines.exchange.life import cancel_resting, end_order, spend
from pipelines.exchange.matching import note_price
from pipelines.exchange.queues import note_change, remove, shown_of
from pipelines.exchange.reports import report, report_maker

AUCTION_TRADE = constant(ReportKind.TRADE) | constant(Reason.AUCTION) << 8
NO_LIQUIDITY = constant(Reason.NO_LIQUIDITY)


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
    reference = m[book + REFERENCE] if m[book + REFERENCE] else m[book + LAST]
    bid, ask = previous_level(m, bids, TOP), next_level(m, asks, 0)
    last_bid, last_ask = next_level(m, bids, 0), previous_level(m, asks, TOP)
    lowest, highest = TOP, 0
    if bid and m[bid + KEY]:
        lowest, highest = TOP - m[bid + KEY], TOP - m[last_bid + KEY]
    if ask:
        lowest, highest = min(lowest, m[ask + KEY]), max(highest, m[last_ask + KEY])
    if highest == 0:
        return reference if bid and m[asks + BEST] else 0
    _compare_prices(m, book, lowest, highest)
    if m[VOLUME] == 0:
        return 0
    return min(max(reference, m[FROM_PRICE]), m[TO_PRICE]) if reference else m[FROM_PRICE]


@kernel
def _compare_prices(m: Words, book: int, price: int, highest: int) -> None:
    """Walk up from the lowest price, from one range of equal volume and surplus to the next."""
    bids, asks = book + LADDERS + BIDS * LADDER_WORDS, book + LADDERS + ASKS * LADDER_WORDS
    bid, ask = previous_level(m, bids, TOP), m[asks + BEST]
    m[BUYING] = _open_on(m, bids)
    m[SELLING] = 0
    m[VOLUME] = 0
    m[SURPLUS] = 0
    while price <= highest:
        while ask and m[ask + KEY] <= price:
            m[SELLING] += m[ask + LEVEL_OPEN]
            ask = next_level(m, asks, m[ask + KEY])
        while bid and m[bid + KEY] and TOP - m[bid + KEY] < price:
            m[BUYING] -= m[bid + LEVEL_OPEN]
            bid = previous_level(m, bids, m[bid + KEY])
        end = min(highest, m[ask + KEY] - 1) if ask else highest
        if bid and m[bid + KEY]:
            end = min(end, TOP - m[bid + KEY])
        _compare(m, price, end)
        price = end + 1


@kernel
def _compare(m: Words, start: int, end: int) -> None:
    """Keep a range of prices that trades more than those before, or as much with a smaller surplus."""
    volume, surplus = min(m[BUYING], m[SELLING]), abs(m[BUYING] - m[SELLING])
    if volume > m[VOLUME] or (volume == m[VOLUME] and surplus < m[SURPLUS]):
        m[VOLUME] = volume
        m[SURPLUS] = surplus
        m[FROM_PRICE] = start
        m[TO_PRICE] = end
    elif volume == m[VOLUME] and surplus == m[SURPLUS]:
        m[TO_PRICE] = end


@kernel
def _open_on(m: Words, ladder: int) -> int:
    """Lots that are open on a ladder, hidden parts and market orders included."""
    level, total = m[ladder + BEST], 0
    while level:
        total += m[level + LEVEL_OPEN]
        level = next_level(m, ladder, m[level + KEY])
    return total
