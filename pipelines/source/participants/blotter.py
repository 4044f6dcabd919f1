"""What a group of participants has open and owns, from what it sent and what the exchange said."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipelines.source.participants.requests import NEW, ORDER, Orders, Requests
from pipelines.source.simulator.book import SHARE, TICK, Ints
from schemas.proto import market_pb2 as pb

_FILLED, _FUNDED = pb.ORDER_EVENT_KIND_FILLED, pb.ORDER_EVENT_KIND_FUNDED
_ACCEPTED, _REPLACED = pb.ORDER_EVENT_KIND_ACCEPTED, pb.ORDER_EVENT_KIND_REPLACED
_CHANGE_REFUSED = (pb.ORDER_EVENT_KIND_CANCEL_REFUSED, pb.ORDER_EVENT_KIND_REPLACE_REFUSED)
_DONE = (_ACCEPTED, _REPLACED, pb.ORDER_EVENT_KIND_CANCELLED, pb.ORDER_EVENT_KIND_REFUSED, *_CHANGE_REFUSED)
_SPENT = "UNKNOWN_ORDER"  # why a change is refused when its order has ended


class Blotter:
    """Open orders and inventory of the accounts of one producer."""

    def __init__(self, producer_id: str, accounts: tuple[str, ...], symbols: list[str]) -> None:
        """Nothing is open, nothing was traded."""
        self._prefix = f"{producer_id}-"
        self._accounts, self._symbols = pa.array(accounts), pa.array(symbols)
        self._home = np.zeros((len(accounts), len(symbols)), np.int64)
        self._position = np.zeros_like(self._home)
        self.orders: Orders = np.empty(0, ORDER)

    @property
    def inventory(self) -> Ints:
        """Shares bought since the last funding, (accounts, symbols); owed from the start on where none were given."""
        return self._position - self._home

    @property
    def waiting(self) -> int:
        """Messages that the exchange has not answered yet."""
        return int(np.sum(self.orders["is_busy"]))

    def note(self, requests: Requests, seq: Ints, time_ns: Ints) -> None:
        """Requests that were sent, with their numbers and times, (n,) each."""
        is_new = requests["action"] == NEW
        born = np.zeros(int(is_new.sum()), ORDER)
        for name in ("account", "symbol", "venue", "side", "tick", "shares", "tag"):
            born[name] = requests[name][is_new]
        born["number"], born["sent_ns"], born["is_busy"] = seq[is_new], time_ns[is_new], 1
        rows = np.searchsorted(self.orders["number"], requests["number"][~is_new])
        self.orders["is_busy"][rows] = 1
        self.orders["sent_ns"][rows] = time_ns[~is_new]
        self.orders = np.concatenate((self.orders, born))

    def hear(self, events: pa.RecordBatch) -> int:
        """Take over what order events say of own accounts and orders; returns how many of them did."""
        account = pc.index_in(events.column("account_id"), self._accounts)
        if account.null_count == len(account):
            return 0
        own = events.filter(pc.is_valid(account))
        kind = own.column("kind").to_numpy()
        self._hear_positions(own, account.drop_null().to_numpy(), kind)
        self._hear_orders(own.filter(pc.starts_with(own.column("order_id"), self._prefix)))
        return len(own)

    def _hear_positions(self, own: pa.RecordBatch, account: Ints, kind: Ints) -> None:
        """Positions after fills and fundings; where shares were given, inventory begins anew."""
        told = np.flatnonzero((kind == _FILLED) | (kind == _FUNDED))
        if not len(told):
            return
        symbol = pc.fill_null(pc.index_in(own.column("symbol"), self._symbols), -1).to_numpy()
        told = told[symbol[told] >= 0]
        position, quantity = (own.column(name).to_numpy() // SHARE for name in ("position", "quantity"))
        self._position[account[told], symbol[told]] = position[told]
        given = told[(kind[told] == _FUNDED) & (quantity[told] > 0)]
        self._home[account[given], symbol[given]] = position[given]

    def _hear_orders(self, events: pa.RecordBatch) -> None:
        if not len(events) or not len(self.orders):
            return
        number = _numbers(events.column("order_id"), self._prefix)
        rows = np.minimum(np.searchsorted(self.orders["number"], number), len(self.orders) - 1)
        known = self.orders["number"][rows] == number
        self._take_over(events.filter(pa.array(known)), rows[known])
        self.orders = self.orders[(self.orders["shares"] > 0) | (self.orders["is_open"] == 0)]

    def _take_over(self, events: pa.RecordBatch, rows: Ints) -> None:
        """Events (n,) of the orders at `rows` (n,), the last one of an order last."""
        kind, left = events.column("kind").to_numpy(), events.column("open_quantity").to_numpy() // SHARE
        is_change_refused = np.isin(kind, _CHANGE_REFUSED)
        is_spent = is_change_refused & pc.equal(events.column("reason"), _SPENT).to_numpy(zero_copy_only=False)
        left = np.where(is_spent | (kind == pb.ORDER_EVENT_KIND_REFUSED), 0, left)
        tells = is_spent | ~is_change_refused
        priced = (kind == _ACCEPTED) | (kind == _REPLACED)
        self.orders["shares"][rows[tells]] = left[tells]
        self.orders["tick"][rows[priced]] = events.column("price").to_numpy()[priced] // TICK
        self.orders["is_open"][rows] = 1
        self.orders["is_busy"][rows[np.isin(kind, _DONE)]] = 0


def _numbers(order_ids: pa.Array, prefix: str) -> Ints:
    numbers = pc.cast(pc.utf8_slice_codeunits(order_ids, len(prefix)), pa.int64())
    found: Ints = numbers.to_numpy()
    return found
