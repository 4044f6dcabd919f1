"""A shard of the exchange: wire orders in, wire trades, events and books out. The same orders give the same bytes.

Only quotes depend on when they are asked for; trades, order events and depth do not, however the orders are cut.
"""

from collections.abc import Iterator
from hashlib import sha256

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from pipelines.exchange.accounts import Accounts
from pipelines.exchange.checks import Desk
from pipelines.exchange.engine import Engine
from pipelines.exchange.events import Scribe, Told
from pipelines.exchange.identity import Identities
from pipelines.exchange.intake import Intake, Taken, is_ours
from pipelines.exchange.layout import MAX_SYMBOLS
from pipelines.exchange.market_data import MarketData
from pipelines.exchange.rules import Rules
from pipelines.wire import batch_of, wire_schema
from schemas.registry import Topic
from schemas.topics import DEPTH, ORDER_EVENTS, QUOTES, TRADES

Ints = npt.NDArray[np.int64]
Outputs = dict[Topic, pa.RecordBatch]

SECOND_NS = 10**9
AHEAD_NS = SECOND_NS  # how far a message's time may be ahead of the log's


class Shard:
    """The books, orders and accounts of one partition of orders."""

    def __init__(self, number: int, rules: Rules) -> None:
        """Nothing has happened. `number` is the partition's."""
        self.number, self.rules = number, rules
        self.producer_id = ""  # with the first order it takes
        self.engine = Engine()
        self.accounts = Accounts.open(rules)
        self.instruments = Identities()
        self.intake = Intake(rules, Identities(), Identities(), Identities())
        self.clock_ns = 0
        self.event_seq = 0
        self.trade_seq = 0
        self.depth_seq = 0
        self.last_depth = np.zeros(MAX_SYMBOLS, np.int64)
        self.touched_ns = np.zeros(MAX_SYMBOLS, np.int64)  # when each book last changed
        self.unseen = np.zeros(MAX_SYMBOLS, bool)  # changed since the last snapshots
        self.unquoted = np.zeros(MAX_SYMBOLS, bool)  # changed since the last quotes

    def apply(self, orders: pa.RecordBatch, log_ns: Ints | None = None) -> Outputs:
        """Take rows of `wire_schema(ORDERS)`; gives the rows to publish on each topic, quotes left out.

        An order's time is its receive_ts_ns, at most a second ahead of `log_ns` (n,), the times at which the log took
        the orders, and never before that of the order before. Orders for other venues are passed over.
        """
        if len(orders) and not self.producer_id:
            self.producer_id = f"exchange-{self.number}-{_fingerprint(orders.slice(0, 1))}"
        time_ns = self._tell_time(orders, log_ns)
        chosen = is_ours(orders)
        orders, time_ns = orders.filter(pa.array(chosen)), time_ns[chosen]
        pieces = list(self._pieces(orders, time_ns))
        return {
            topic: _joined(topic, [p[topic] for p in pieces if topic in p]) for topic in (TRADES, ORDER_EVENTS, DEPTH)
        }

    def quotes(self) -> pa.RecordBatch:
        """A row of `wire_schema(QUOTES)` for each lit book that changed since the last call."""
        books = np.flatnonzero(self.unquoted)
        self.unquoted[:] = False
        if not len(books):
            return batch_of(QUOTES, {"symbol": []})
        return self._market_data.write_quotes(self.engine, books, self.touched_ns[books], self.event_seq)

    def _tell_time(self, orders: pa.RecordBatch, log_ns: Ints | None) -> Ints:
        times = orders.column("receive_ts_ns").to_numpy()
        if log_ns is not None:
            times = np.minimum(times, log_ns + AHEAD_NS)
        times = np.maximum.accumulate(np.concatenate(([self.clock_ns], times)))
        self.clock_ns = int(times[-1])
        return times[1:]

    def _pieces(self, orders: pa.RecordBatch, time_ns: Ints) -> Iterator[Outputs]:
        """What the orders of each second give, and before each but the first, the books as they were at its start."""
        if not len(orders):
            return
        seconds = time_ns // SECOND_NS
        starts = np.flatnonzero(np.diff(seconds, prepend=seconds[0] - 1))
        for start, end in zip(starts, [*starts[1:], len(orders)], strict=True):
            snapshots = self._snapshots(int(seconds[start]))
            if snapshots is not None:
                yield {DEPTH: snapshots}
            yield self._work(orders.slice(start, end - start), time_ns[start:end])

    def _snapshots(self, second: int) -> pa.RecordBatch | None:
        """Snapshots of books that changed before a second, at the second after their last change."""
        books = np.flatnonzero(self.unseen & (self.touched_ns // SECOND_NS < second))
        if not len(books):
            return None
        self.unseen[books] = False
        at = int(self.touched_ns[books].max() // SECOND_NS + 1) * SECOND_NS
        snapshots = self._market_data.write_snapshots(self.engine, books, at, self.depth_seq)
        self.depth_seq += len(snapshots)
        return snapshots

    def _work(self, orders: pa.RecordBatch, time_ns: Ints) -> Outputs:
        taken = self.intake.take(orders, time_ns, self.accounts, self.instruments)
        reports = self.engine.apply(taken.messages, Desk(self.accounts.ledger, taken.asked))
        told = Told.of(reports, self.engine.settlements(), self.event_seq)
        outputs = self._write(told, taken)
        self._forget(told, taken)
        return outputs

    def _write(self, told: Told, taken: Taken) -> Outputs:
        outputs = {
            ORDER_EVENTS: self._scribe.write_events(told, taken),
            TRADES: self._scribe.write_trades(told, taken, self.trade_seq),
            DEPTH: self._diffs(told, taken),
        }
        self.event_seq = int(told.last_seq[-1]) if len(told.last_seq) else self.event_seq
        self.trade_seq += len(outputs[TRADES])
        return outputs

    def _diffs(self, told: Told, taken: Taken) -> pa.RecordBatch:
        updates = self.engine.updates()
        time_ns = taken.messages.column("time_ns").to_numpy()
        last_event = np.full(len(taken.messages), self.event_seq)
        last_event[told.columns["message_seq"]] = told.last_seq
        diffs = self._market_data.write_diffs(updates, time_ns, np.maximum.accumulate(last_event), self.depth_seq)
        self.depth_seq += len(diffs)
        self.touched_ns[updates.symbol] = time_ns[updates.row]
        self.unseen[updates.symbol] = self.unquoted[updates.symbol] = True
        return diffs

    @property
    def _scribe(self) -> Scribe:
        return Scribe(self.producer_id, self.rules, self.intake)

    @property
    def _market_data(self) -> MarketData:
        return MarketData(self._scribe, self.last_depth)

    def _forget(self, told: Told, taken: Taken) -> None:
        """Ids of orders that have ended may name others."""
        columns = [taken.messages.column("order_id").to_numpy(), told.columns["order_id"], told.columns["maker_id"]]
        self.intake.orders.forget(self.accounts.ended(np.concatenate(columns)))


def _fingerprint(first: pa.RecordBatch) -> str:
    """Eight digits that follow from a shard's first order."""
    return sha256(repr(first.to_pylist()).encode()).hexdigest()[:8]


def _joined(topic: Topic, batches: list[pa.RecordBatch]) -> pa.RecordBatch:
    batches = [batch for batch in batches if len(batch)] or [batch_of(topic, {"symbol": []})]
    if len(batches) == 1:
        return batches[0]
    return pa.Table.from_batches(batches, wire_schema(topic)).combine_chunks().to_batches()[0]
