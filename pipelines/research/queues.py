"""The exchange's side: orders arrive, take what is displayed, rest in a queue, and are traded with.

Three models of the queue of a resting order. A trade through its price, or an opposite quote at or through it, fills
it whole under each of them. A trade at its price fills it

- TOUCH: by the traded quantity, as if nobody were ahead.
- RISK_AVERSE: by what the trade has left after all that was displayed at the price when the order arrived. Only trades
  there make the queue shorter; it is never longer than what is displayed.
- PROBABILISTIC: likewise, and of what leaves the price without a trade, a part was ahead: with n the power,
  behind^n/(behind^n + ahead^n) is the probability that it was behind. The form of hftbacktest's PowerProbQueueModel,
  after Rigtorp, Estimating order queue position, 2013.

What one order takes is still displayed to the next: the tape does not know of us.
"""

import numpy as np

from pipelines.microstructure.series import Ints
from pipelines.research.accounts import fill
from pipelines.research.layout import (
    AHEAD,
    ARRIVAL,
    CANCEL,
    CANCELLED,
    DONE,
    END,
    ENDED,
    IN_BOOK,
    IN_FLIGHT,
    LIMIT_ORDER,
    MARKET_ORDER,
    NEVER,
    NEXT,
    OPEN,
    POWER,
    PRICE,
    PROBABILISTIC,
    QUEUE_MODEL,
    RESTING,
    SHOWN,
    SIDE,
    STATUS,
    TICKET,
    TOUCH,
    TRADED,
    TYPE,
    USED,
    Desk,
    kernel,
)


@kernel
def arrive(x: Desk, i: int) -> None:
    """Orders and cancels that reached the market before event i take effect, first come first, just after it."""
    o = x.orders
    while x.words[NEXT] < x.ns[i]:
        first, at, ticket = -1, NEVER, NEVER
        for slot in range(x.words[USED]):
            when = _due(x, slot)
            if when < at or (when == at and when < NEVER and o[slot, TICKET] < ticket):
                first, at, ticket = slot, when, o[slot, TICKET]
        if first < 0 or at >= x.ns[i]:
            x.words[NEXT] = at
            return
        if o[first, STATUS] == IN_FLIGHT:
            _enter(x, i, first)
        else:
            o[first, CANCEL] = 0
            if o[first, STATUS] == IN_BOOK:
                x.words[CANCELLED] += 1
                _leave(x, i, first)


@kernel
def _due(x: Desk, slot: int) -> int:
    o = x.orders
    due: int = NEVER
    if o[slot, STATUS] == IN_FLIGHT:
        due = o[slot, ARRIVAL]
    elif o[slot, STATUS] == IN_BOOK and o[slot, CANCEL]:
        due = o[slot, CANCEL]
    return due


@kernel
def _leave(x: Desk, i: int, slot: int) -> None:
    if x.orders[slot, STATUS] == IN_BOOK:
        x.words[RESTING] -= 1
    x.orders[slot, STATUS] = DONE
    x.words[ENDED] += 1
    x.orders[slot, END] = i


@kernel
def _enter(x: Desk, i: int, slot: int) -> None:
    """Take what is displayed up to the order's price; of a limit order the rest rests, else it is cancelled."""
    o = x.orders
    row = x.row[i]
    if row >= 0:
        if o[slot, SIDE] > 0:
            _take(x, i, slot, x.asks[row], x.ask_quantities[row])
        else:
            _take(x, i, slot, x.bids[row], x.bid_quantities[row])
    if o[slot, OPEN] > 0 and o[slot, TYPE] == LIMIT_ORDER:
        o[slot, STATUS] = IN_BOOK
        x.words[RESTING] += 1
        shown = _shown(x, i, slot)
        x.queue[slot, SHOWN] = shown
        x.queue[slot, TRADED] = 0
        x.queue[slot, AHEAD] = shown if shown >= 0 else np.inf
        return
    x.words[CANCELLED] += o[slot, OPEN] > 0
    _leave(x, i, slot)


@kernel
def _take(x: Desk, i: int, slot: int, prices: Ints, quantities: Ints) -> None:
    o = x.orders
    for level in range(len(prices)):
        is_beyond = o[slot, TYPE] != MARKET_ORDER and o[slot, SIDE] * (prices[level] - o[slot, PRICE]) > 0
        if quantities[level] == 0 or is_beyond or o[slot, OPEN] == 0:
            return
        fill(x, i, slot, prices[level], min(quantities[level], o[slot, OPEN]))


@kernel
def _shown(x: Desk, i: int, slot: int) -> int:
    """What is displayed at the price of a resting order, on its side; −1 where the levels do not reach that far."""
    row = x.row[i]
    if row < 0:
        return -1
    if x.orders[slot, SIDE] > 0:
        return _shown_at(x, slot, x.bids[row], x.bid_quantities[row])
    return _shown_at(x, slot, x.asks[row], x.ask_quantities[row])


@kernel
def _shown_at(x: Desk, slot: int, prices: Ints, quantities: Ints) -> int:
    side, price = x.orders[slot, SIDE], x.orders[slot, PRICE]
    for level in range(len(prices)):
        shown: int = quantities[level]
        if shown == 0:
            return -1
        if prices[level] == price:
            return shown
        if side * (price - prices[level]) > 0:
            return 0
    return -1


@kernel
def meet_market(x: Desk, i: int) -> None:
    """The market has changed: resting orders that it crosses are filled, the queues of the others move."""
    o = x.orders
    for slot in range(x.words[USED]):
        if o[slot, STATUS] != IN_BOOK:
            continue
        is_buy = o[slot, SIDE] > 0
        is_there = x.ask_quantity[i] > 0 if is_buy else x.bid_quantity[i] > 0
        opposite = x.ask[i] if is_buy else x.bid[i]
        if is_there and o[slot, SIDE] * (o[slot, PRICE] - opposite) >= 0:
            _fill_resting(x, i, slot, o[slot, OPEN])
        elif x.words[QUEUE_MODEL] != TOUCH:
            _requeue(x, slot, _shown(x, i, slot))


@kernel
def _requeue(x: Desk, slot: int, shown: int) -> None:
    q = x.queue[slot]
    if shown < 0:
        return
    if x.words[QUEUE_MODEL] == PROBABILISTIC and q[SHOWN] >= 0:
        gone = q[SHOWN] - shown - q[TRADED]
        if gone > 0:
            behind = max(q[SHOWN] - q[AHEAD], 0.0)
            power = x.rates[POWER]
            weight = behind**power + q[AHEAD] ** power
            odds = behind**power / weight if weight > 0 else 1.0
            q[AHEAD] = max(q[AHEAD] - (1 - odds) * gone + min(behind - odds * gone, 0.0), 0.0)
    q[TRADED] = 0
    q[SHOWN] = shown
    q[AHEAD] = min(q[AHEAD], shown)


@kernel
def meet_trade(x: Desk, i: int) -> None:
    """A trade: resting orders that it goes through are filled, those at its price by what it has left for them."""
    o = x.orders
    for slot in range(x.words[USED]):
        if o[slot, STATUS] != IN_BOOK:
            continue
        is_touch = x.words[QUEUE_MODEL] == TOUCH
        if not is_touch and x.sign[i] != -o[slot, SIDE]:
            continue
        inside = o[slot, SIDE] * (o[slot, PRICE] - x.price[i])
        if inside > 0:
            _fill_resting(x, i, slot, o[slot, OPEN])
        elif inside == 0:
            ahead = 0.0 if is_touch else x.queue[slot, AHEAD]
            x.queue[slot, TRADED] += x.quantity[i]
            x.queue[slot, AHEAD] = max(ahead - x.quantity[i], 0.0)
            left = np.floor(x.quantity[i] - ahead)
            if left > 0:
                _fill_resting(x, i, slot, min(int(left), o[slot, OPEN]))


@kernel
def _fill_resting(x: Desk, i: int, slot: int, lots: int) -> None:
    fill(x, i, slot, x.orders[slot, PRICE], lots)
    if x.orders[slot, OPEN] == 0:
        _leave(x, i, slot)
