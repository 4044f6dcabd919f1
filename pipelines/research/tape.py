"""A tape: one symbol at one venue as a sequence of events, in integer ticks and lots.

An event is a trade or a change of the market. The market of an event is the touch after it; a trade leaves it as it
was. A side that is empty, or of a book that is not valid, has quantity 0.
"""

from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cached_property
from math import gcd

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from pipelines.exact import units_of
from pipelines.microstructure.series import Flags, Floats, Ints, Ladders
from schemas.errors import ResearchError

Places = npt.NDArray[np.int32]
Signs = npt.NDArray[np.int8]

SIDES = ("bid", "ask")
MONEY_UNITS = 10**9
UNKNOWN_SIDE = 2  # the sign of a trade whose aggressor neither the venue nor the touch tells


@dataclass(frozen=True)
class Tape:
    """n events in order. Prices are ticks of `tick` units of 1e-9, quantities lots of `lot` units of 1e-9.

    ns is the exchange's clock, receive_ns the receiver's. sign is 0 of a change of the market; of a trade +1 where
    the buyer was the aggressor, −1 the seller, 2 where that is not known; price and quantity are the trade's. row is
    the place of an event's market in the ladders, which are in ticks and lots too, −1 before the first.
    """

    ns: Ints
    receive_ns: Ints
    sign: Signs
    price: Ints
    quantity: Ints
    row: Places
    ladders: Ladders
    tick: int
    lot: int

    def __post_init__(self) -> None:
        if len(self.ns) and bool((self.ns[1:] < self.ns[:-1]).any()):
            at = int(np.argmax(self.ns[1:] < self.ns[:-1])) + 1
            raise ResearchError(f"The tape is out of order: event {at} is before event {at - 1}. Sort it by time.")

    def __len__(self) -> int:
        return len(self.ns)

    def _touch(self, levels: Ints) -> Ints:
        best = np.ascontiguousarray(levels[:, 0])
        if len(best) == len(self) and bool((self.row == np.arange(len(self))).all()):
            return best
        return np.append(best, 0)[self.row]

    @cached_property
    def bid(self) -> Ints:
        """Best bids (n,) after each event."""
        return self._touch(self.ladders.bid_prices)

    @cached_property
    def bid_quantity(self) -> Ints:
        """Quantities at them (n,)."""
        return self._touch(self.ladders.bid_quantities)

    @cached_property
    def ask(self) -> Ints:
        """Best asks (n,) after each event."""
        return self._touch(self.ladders.ask_prices)

    @cached_property
    def ask_quantity(self) -> Ints:
        """Quantities at them (n,)."""
        return self._touch(self.ladders.ask_quantities)

    @cached_property
    def is_two_sided(self) -> Flags:
        """Whether both sides are there (n,)."""
        return (self.bid_quantity > 0) & (self.ask_quantity > 0)

    @cached_property
    def last_mid(self) -> Ints:
        """Bid + ask in ticks (n,) of the last market with both sides; 0 before the first."""
        known = np.maximum.accumulate(np.where(self.is_two_sided, np.arange(len(self)), -1))
        return np.where(known >= 0, (self.bid + self.ask)[known], 0)

    @cached_property
    def mid(self) -> Floats:
        """(bid + ask)/2 in ticks (n,); NaN where a side is empty."""
        return np.where(self.is_two_sided, (self.bid + self.ask) / 2, np.nan)


def build_tape(market: pa.Table, trades: pa.Table, tick: Decimal | None = None) -> Tape:
    """The tape of rows of silver.quotes or silver.books, and of silver.trades, of one symbol at one venue.

    By the venue's clock; by the receiver's where a row of either has no other, for two clocks cannot be merged. Of
    equal times trades come before the market that they leave behind, and rows of one table in the venue's order.
    Books that had to wait for a snapshot are left out: nobody saw them at their time. The `tick`, where it
    is not given, is the largest that all prices are multiples of; the lot is that of all quantities and of 1. Raises
    ResearchError when rows are of several instruments, there is no market, or a price is no multiple of the tick.
    """
    _require_one(market, trades)
    if "is_recovered" in market.column_names:
        market = market.filter(pc.invert(market.column("is_recovered")))
    has_venue_ts = all(pc.all(rows.column("has_venue_ts"), min_count=0).as_py() for rows in (market, trades))
    clock = "event_ns" if has_venue_ts else "receive_ns"
    parts = [_in_order(rows, clock) for rows in (trades, market)]
    times = np.concatenate([_ints(rows, clock) for rows in parts])
    order = np.argsort(times, kind="stable")
    received = np.concatenate([_ints(rows, "receive_ns") for rows in parts])
    tape = _assemble(parts, times[order], received[order], order)
    return tape if tick is None else _with_tick(tape, tick)


def _with_tick(tape: Tape, tick: Decimal) -> Tape:
    units = Decimal(tick) * MONEY_UNITS
    if units < 1 or tape.tick % units:
        found = Decimal(tape.tick) / MONEY_UNITS
        raise ResearchError(f"Tick {tick} does not divide the prices of this tape, which are multiples of {found}.")
    times = tape.tick // int(units)
    bid, bid_quantity, ask, ask_quantity = _arrays(tape.ladders)
    ladders = Ladders(bid * times, bid_quantity, ask * times, ask_quantity)
    return replace(tape, price=tape.price * times, ladders=ladders, tick=int(units))


def _require_one(market: pa.Table, trades: pa.Table) -> None:
    if not market.num_rows:
        raise ResearchError("There is no market to trade in: the rows of silver.quotes or silver.books are none.")
    for name in ("symbol", "venue"):
        found = sorted({*pc.unique(market.column(name)).to_pylist(), *pc.unique(trades.column(name)).to_pylist()})
        if len(found) > 1:
            raise ResearchError(f"A tape is of one {name}; these rows are of {', '.join(found)}. Filter them.")


def _in_order(rows: pa.Table, clock: str) -> pa.Table:
    keys = [_ints(rows, name) for name in (clock, "venue_seq", "seq")]
    return rows if _is_sorted(keys) else rows.take(pa.array(np.lexsort(keys[::-1])))


def _is_sorted(keys: list[Ints]) -> bool:
    """Whether rows are in the order of some keys, the first of them first."""
    tied = np.ones(max(len(keys[0]) - 1, 0), bool)
    for key in keys:
        step = np.diff(key)
        if bool((step[tied] < 0).any()):
            return False
        tied &= step == 0
    return True


def _ints(rows: pa.Table, name: str) -> Ints:
    return np.asarray(pc.fill_null(rows.column(name), 0).to_numpy(), np.int64)


def _assemble(parts: list[pa.Table], ns: Ints, receive_ns: Ints, order: Ints) -> Tape:
    trades, market = parts
    prices, quantities = units_of(trades.column("price")), units_of(trades.column("quantity"))
    ladders = _ladders(market)
    bid, bid_quantity, ask, ask_quantity = _arrays(ladders)
    tick = _step("price", prices, bid[bid_quantity > 0], ask[ask_quantity > 0])
    lot = gcd(_step("quantity", quantities, bid_quantity, ask_quantity), MONEY_UNITS)
    is_trade = order < len(trades)
    row = np.cumsum(~is_trade, dtype=np.int32) - np.int32(1)
    price, quantity, sign = (np.zeros(len(ns), np.int64) for _ in range(3))
    at = order[is_trade]
    price[is_trade], quantity[is_trade] = prices[at] // tick, quantities[at] // lot
    scaled = Ladders(*(v // s for v, s in zip(_arrays(ladders), (tick, lot, tick, lot), strict=True)))
    sign[is_trade] = _signs(trades)[at]
    tape = Tape(ns, receive_ns, sign.astype(np.int8), price, quantity, row, scaled, tick, lot)
    tape.sign[is_trade] = _with_touch(tape, is_trade)
    return tape


def _arrays(ladders: Ladders) -> tuple[Ints, Ints, Ints, Ints]:
    return ladders.bid_prices, ladders.bid_quantities, ladders.ask_prices, ladders.ask_quantities


def _signs(trades: pa.Table) -> Ints:
    side = trades.column("aggressor_side")
    buys, sells = (pc.fill_null(pc.equal(side, name), False).to_numpy() for name in ("BUY", "SELL"))
    return np.where(buys, 1, np.where(sells, -1, UNKNOWN_SIDE))


def _with_touch(tape: Tape, is_trade: Flags) -> Signs:
    """Signs of the trades, those that are not known by the touch: at the bid or below the seller's."""
    sign, price = tape.sign[is_trade], tape.price[is_trade]
    below = (tape.bid_quantity[is_trade] > 0) & (price <= tape.bid[is_trade])
    above = (tape.ask_quantity[is_trade] > 0) & (price >= tape.ask[is_trade])
    return np.where(sign == UNKNOWN_SIDE, np.select([below, above], [-1, 1], UNKNOWN_SIDE), sign).astype(np.int8)


def _ladders(market: pa.Table) -> Ladders:
    if "is_valid" in market.column_names:
        names = ("bid_prices", "bid_quantities", "ask_prices", "ask_quantities")
        levels = [_padded(market.column(name)) for name in names]
        valid = np.asarray(market.column("is_valid").to_numpy())[:, None]
        return Ladders(levels[0], levels[1] * valid, levels[2], levels[3] * valid)
    prices = [units_of(market.column(f"{side}_{what}"))[:, None] for side in SIDES for what in ("price", "quantity")]
    return Ladders(*prices)


def _padded(lists: pa.ChunkedArray) -> Ints:
    """Lists of decimals as a matrix (m, L) of units, 0 where a list ends."""
    whole = lists.combine_chunks()
    whole = pa.concat_arrays(whole.chunks) if isinstance(whole, pa.ChunkedArray) else whole
    counts = np.asarray(pc.fill_null(pc.list_value_length(whole), 0).to_numpy(zero_copy_only=False), np.int64)
    matrix = np.zeros((len(whole), max(int(counts.max(initial=0)), 1)), np.int64)
    matrix[np.arange(matrix.shape[1]) < counts[:, None]] = units_of(whole.flatten())
    return matrix


def _step(what: str, *values: Ints) -> int:
    """The largest number that all values are multiples of."""
    step = int(np.gcd.reduce([int(np.gcd.reduce(each, axis=None)) for each in values if each.size] or [0]))
    if not step:
        raise ResearchError(f"No row of the tape has a {what}.")
    return step
