"""Which orders a report on execution quality covers, of which type and size, and by which quote they are judged.

The classes are those of 17 CFR 242.605 as amended in 2024 (89 FR 26428). An order is covered when there is a best bid
and offer as it is received: the last one strictly before. Orders that rest away from the market, and stop orders, are
covered from when they can trade: when the best price of their own side has come to theirs or something of them has
traded, and when a trade has woken them.
"""

from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipelines.exact import exact_units
from pipelines.gold.daily.order_lives import NEVER, Lives
from pipelines.gold.trades_1m import trade_values
from pipelines.microstructure.asof import asof_index
from pipelines.microstructure.nbbo import first_at_most
from pipelines.microstructure.series import Flags, Ints, Touches

TYPES = ("MARKET", "MARKETABLE_LIMIT", "MARKETABLE_IOC", "BEYOND_MIDPOINT", "EXECUTABLE_NMLO", "EXECUTABLE_STOP")
MARKET, MARKETABLE, IOC, BEYOND, RESTING, STOP = range(len(TYPES))
EDGES = (0, 250, 1_000, 5_000, 10_000, 20_000, 50_000, 200_000)
SIZES = (*(f"{low}-{high}" for low, high in pairwise(EDGES)), f"{EDGES[-1]}+")
LOTS = ("FRACTIONAL", "ODD_LOT", "ROUND_LOT")
SHARE, ROUND_LOT = 10**9, 100 * 10**9


@dataclass(frozen=True)
class Covered:
    """n lives: what is covered, its class, from when its time counts, and the quote it is judged by.

    Where `is_covered` is false the rest means nothing. `opposite` is what an order pays at once: the ask for a buyer.
    """

    is_covered: Flags
    type: Ints
    start_ns: Ints
    bid: Ints
    ask: Ints
    opposite: Ints


def cover(lives: Lives, best: Touches) -> Covered:
    """Judge n lives by the best bids and offers of their market (m)."""
    is_stop = lives.triggered_ns > 0
    start = np.where(is_stop, lives.triggered_ns, lives.received_ns)
    quote = _before(start, best)
    kind = _classify(lives, best, quote)
    kind[is_stop] = STOP
    later, at = _executable(lives, best, quote)
    is_away = (kind == RESTING) & _is_behind(lives, best, quote)
    start, quote = np.where(is_away, later, start), np.where(is_away, at, quote)
    is_there = (quote >= 0) & best.is_two_sided[quote] if len(best) else np.zeros(len(lives), bool)
    bid, ask = (np.append(side, 0)[quote] for side in (best.bid_price, best.ask_price))
    opposite = np.where(lives.sign > 0, ask, bid)
    return Covered(is_there & (start < NEVER) & (start <= lives.end_ns), kind, start, bid, ask, opposite)


def sizes_of(quantity: Ints, price: Ints) -> pa.Array:
    """The class (n,) of quantity × price, exactly."""
    notional = trade_values(pa.chunked_array([exact_units(price)]), pa.chunked_array([exact_units(quantity)]))
    reached = sum(pc.greater_equal(notional, Decimal(edge)).to_numpy().astype(np.int64) for edge in EDGES[1:])
    return pa.array(SIZES).take(pa.array(reached))


def lots_of(quantity: Ints) -> pa.Array:
    """The class (n,) of a quantity: under one share, under a round lot of 100, or more."""
    return pa.array(LOTS).take(pa.array((quantity >= SHARE).astype(np.int64) + (quantity >= ROUND_LOT)))


def _before(ns: Ints, best: Touches) -> Ints:
    """The last quote (n,) strictly before each time, in any order."""
    order = np.argsort(ns, kind="stable")
    found = np.empty(len(ns), np.int64)
    found[order] = asof_index(ns[order], best.ns, strict=True)
    return found


def _classify(lives: Lives, best: Touches, quote: Ints) -> Ints:
    """The type of each life that is no stop order, by the quote at its receipt."""
    bid, ask = (np.append(side, 0)[quote] for side in (best.bid_price, best.ask_price))
    opposite = np.where(lives.sign > 0, ask, bid)
    is_ioc = pc.is_in(lives.time_in_force, pa.array(["IOC", "FOK"])).to_numpy(zero_copy_only=False)
    kind = np.where(lives.sign * (2 * lives.price - bid - ask) > 0, BEYOND, RESTING)
    is_marketable = lives.sign * (lives.price - opposite) >= 0
    kind = np.where(is_marketable, np.where(is_ioc, IOC, MARKETABLE), kind)
    return np.where(pc.equal(lives.type, "MARKET").to_numpy(zero_copy_only=False), MARKET, kind)


def _is_behind(lives: Lives, best: Touches, quote: Ints) -> Flags:
    """Whether the best price of an order's own side is better than its own."""
    bid, ask = (np.append(side, 0)[quote] for side in (best.bid_price, best.ask_price))
    own = np.where(lives.sign > 0, bid, ask)
    behind: Flags = lives.sign * (lives.price - own) < 0
    return behind


def _executable(lives: Lives, best: Touches, quote: Ints) -> tuple[Ints, Ints]:
    """From when a resting order can trade, NEVER for never, and the quote it is judged by then."""
    nothing = np.iinfo(np.int64).max
    at = np.full(len(lives), -1)
    for sign, price, quantity in ((1, best.bid_price, best.bid_quantity), (-1, best.ask_price, best.ask_quantity)):
        mine = lives.sign == sign
        values = np.where(quantity > 0, sign * price, nothing)
        at[mine] = first_at_most(values, quote[mine] + 1, sign * lives.price[mine])
    reached = np.where(at >= 0, np.append(best.ns, NEVER)[at], NEVER)
    traded = np.full(len(lives), NEVER)
    np.minimum.at(traded, lives.fills.life, lives.fills.ns)
    is_first = traded <= reached
    return np.minimum(reached, traded), np.where(is_first, _before(traded, best), at)
