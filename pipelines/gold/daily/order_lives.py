"""The lives of orders on the exchange: from receipt or replacement to the last fill, cancel or replacement.

A replaced order is cancelled and received anew, at the end of its queue or not.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipelines.exact import units_of
from pipelines.gold.daily.columns import integers
from pipelines.gold.daily.declare import Input
from pipelines.microstructure.series import Flags, Ints
from schemas.silver import SILVER_ORDER_EVENTS, SILVER_ORDERS

NEVER = int(np.iinfo(np.int64).max)
STARTS = ("ACCEPTED", "REPLACED")
KINDS = (*STARTS, "TRIGGERED", "FILLED", "CANCELLED")
EVENTS = Input(
    SILVER_ORDER_EVENTS,
    (
        *("symbol", "venue", "producer_id", "venue_seq", "event_ns", "event_date", "kind", "order_id", "side", "type"),
        *("time_in_force", "price", "quantity", "open_quantity", "order_producer_id", "order_seq"),
    ),
    ("producer_id", "venue_seq"),
)
ORDERS = Input(SILVER_ORDERS, ("symbol", "producer_id", "seq", "receive_ns"), ("producer_id", "seq"))


@dataclass(frozen=True)
class Parts:
    """Fills or cancels: n each; `life` says whose. Prices and quantities in units of 1e-9."""

    life: Ints
    ns: Ints
    price: Ints
    quantity: Ints


@dataclass(frozen=True)
class Lives:
    """n lives; `sign` is +1 of a buyer. A stop order that no trade has woken is `triggered_ns` NEVER; others 0."""

    venue: pa.Array
    sign: Ints
    type: pa.Array
    time_in_force: pa.Array
    price: Ints
    quantity: Ints
    received_ns: Ints
    triggered_ns: Ints
    end_ns: Ints
    fills: Parts
    cancels: Parts

    def __len__(self) -> int:
        return len(self.sign)


@dataclass(frozen=True)
class _Chain:
    """Events (n,) order by order: number of the order, and of the life; −1 where it began before the day."""

    rows: pa.Table
    kind: Any
    order: Ints
    life: Ints
    starts: Ints
    accepted: Ints

    def ints(self, name: str) -> Ints:
        """A column of whole numbers (n,)."""
        values: Ints = self.rows.column(name).to_numpy()
        return values

    def units(self, name: str) -> Ints:
        """A column of decimals (n,) in units of 1e-9."""
        return units_of(self.rows.column(name))

    def at(self, kind: str) -> Ints:
        """Rows of a kind in lives that are known."""
        return np.flatnonzero((self.kind == kind) & (self.life >= 0))


def order_lives(events: pa.Table, orders: pa.Table) -> Lives:
    """Rows of EVENTS of a symbol and day, with the messages (ORDERS) that say when an order was received.

    Orders that were received on an earlier day are left out.
    """
    chain = _chain_up(events.filter(pc.is_in(events.column("kind"), pa.array(KINDS))))
    starts, ends = chain.starts, _ends(chain)
    fills, cancels = (_parts(chain, chain.at(kind), chain.units("quantity")) for kind in ("FILLED", "CANCELLED"))
    chosen = pa.array(starts)
    terms = chain.rows.take(pa.array(chain.accepted[starts])).combine_chunks()
    own = chain.rows.take(chosen).combine_chunks()
    return Lives(
        venue=own.column("venue").combine_chunks(),
        sign=np.where(pc.equal(own.column("side"), "BUY").to_numpy(), 1, -1),
        type=terms.column("type").combine_chunks(),
        time_in_force=terms.column("time_in_force").combine_chunks(),
        price=chain.units("price")[starts],
        quantity=chain.units("open_quantity")[starts],
        received_ns=_received(own, orders),
        triggered_ns=_triggered(chain, terms),
        end_ns=ends,
        fills=fills,
        cancels=_joined(cancels, _replaced(chain)),
    )


def _chain_up(events: pa.Table) -> _Chain:
    names = ("producer_id", "venue", "order_id")
    key = pc.binary_join_element_wise(*(events.column(name) for name in names), "\x1f").combine_chunks()
    code = key.dictionary_encode().indices.to_numpy().astype(np.int64)
    place = np.argsort(code, kind="stable")
    rows, code = events.take(pa.array(place)).combine_chunks(), code[place]
    kind = rows.column("kind").combine_chunks().to_numpy(zero_copy_only=False)
    accepted = _last(kind == "ACCEPTED", code)
    is_start = np.isin(kind.astype(str), STARTS) & (accepted >= 0)
    life = np.where(_last(is_start, code) >= 0, np.cumsum(is_start) - 1, -1)
    return _Chain(rows, kind, code, life, np.flatnonzero(is_start), accepted)


def _last(flags: Flags, order: Ints) -> Ints:
    """The last flagged row (n,) at or before each row of the same order; −1 for none."""
    at = np.maximum.accumulate(np.where(flags, np.arange(len(flags)), -1)) if len(flags) else np.empty(0, np.int64)
    return np.where((at >= 0) & (order[at] == order), at, -1) if len(flags) else at


def _parts(chain: _Chain, rows: Ints, quantity: Ints) -> Parts:
    return Parts(chain.life[rows], chain.ints("event_ns")[rows], chain.units("price")[rows], quantity[rows])


def _replaced(chain: _Chain) -> Parts:
    """What was open before a replacement is cancelled by it."""
    rows = chain.at("REPLACED")
    parts = _parts(chain, rows, np.roll(chain.units("open_quantity"), 1))
    return Parts(parts.life - 1, parts.ns, parts.price, parts.quantity)


def _joined(one: Parts, other: Parts) -> Parts:
    names = ("life", "ns", "price", "quantity")
    return Parts(*(np.concatenate((getattr(one, name), getattr(other, name))) for name in names))


def _ends(chain: _Chain) -> Ints:
    """When each life ended; NEVER of one that was open after the last event."""
    ns, is_dead = chain.ints("event_ns"), chain.units("open_quantity") == 0
    ends = np.full(len(chain.starts), NEVER)
    for rows, life in ((chain.at("REPLACED"), -1), (np.flatnonzero(is_dead & (chain.life >= 0)), 0)):
        ends[chain.life[rows] + life] = ns[rows]
    return ends


def _received(own: pa.Table, orders: pa.Table) -> Ints:
    """When the messages of lives were received: by their own clock, at the latest when the exchange took them."""
    wanted, given = (_named(rows, *names) for rows, names in ((own, CAUSE), (orders, ("producer_id", "seq"))))
    found = pc.fill_null(pc.index_in(wanted, given), -1).to_numpy()
    taken: Ints = own.column("event_ns").to_numpy()
    received = np.append(integers(orders.column("receive_ns"), NEVER), NEVER)
    result: Ints = np.minimum(received[found], taken)
    return result


CAUSE = ("order_producer_id", "order_seq")


def _named(rows: pa.Table, producer: str, seq: str) -> pa.Array:
    names = (rows.column(producer), rows.column(seq).cast(pa.string()))
    return pc.binary_join_element_wise(*names, "\x1f").combine_chunks()


def _triggered(chain: _Chain, terms: pa.Table) -> Ints:
    """When a trade woke the stop order of each life: 0 where it was awake before, or is none."""
    is_stop = pc.is_in(terms.column("type"), pa.array(["STOP", "STOP_LIMIT"])).to_numpy()
    woken = np.full(len(chain.starts), NEVER)
    rows = chain.at("TRIGGERED")
    woken[chain.life[rows]] = chain.ints("event_ns")[rows]
    is_awake = _last(chain.kind == "TRIGGERED", chain.order)[chain.starts] > chain.accepted[chain.starts]
    return np.where(is_stop & ~is_awake, woken, 0)
