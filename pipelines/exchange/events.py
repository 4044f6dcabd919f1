"""From the engine's reports to the wire: order events and trades."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from pipelines.exchange.codes import Reason, ReportKind
from pipelines.exchange.intake import Intake, Taken
from pipelines.exchange.layout import S_WORDS
from pipelines.exchange.rules import Rules
from pipelines.wire import batch_of
from schemas.proto import market_pb2 as pb
from schemas.topics import ORDER_EVENTS, TRADES
from schemas.venues import EXCHANGE_VENUES

Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

DARK = pa.array([venue.code for venue in EXCHANGE_VENUES if venue.type == "DARK"])
KINDS = np.array([getattr(pb, f"ORDER_EVENT_KIND_{'FILLED' if k.name == 'TRADE' else k.name}") for k in ReportKind])
REASONS = pa.array(["" if reason == Reason.NONE else reason.name for reason in Reason])
ABOUT_NO_SIDE = (ReportKind.CANCEL_REFUSED, ReportKind.REPLACE_REFUSED, ReportKind.SET, ReportKind.FUNDED)
WITH_TERMS = (ReportKind.ACCEPTED, ReportKind.REFUSED)  # where the causing message says type and time in force
FEE, CASH, SHARES, COST, REALISED = range(S_WORDS)


@dataclass(frozen=True)
class Told:
    """n reports as columns, what each did to accounts (10, n), and the numbers (n,) of their first events."""

    columns: dict[str, Ints]
    settled: Ints
    event_seq: Ints

    @classmethod
    def of(cls, reports: pa.RecordBatch, settled: Ints, before: int) -> "Told":
        """Of reports after `before` events."""
        columns = {name: np.asarray(reports.column(name).to_numpy(), np.int64) for name in reports.schema.names}
        is_trade = columns["kind"] == ReportKind.TRADE
        return cls(columns, settled, before + 1 + np.arange(len(is_trade)) + np.cumsum(is_trade) - is_trade)

    @property
    def is_trade(self) -> Flags:
        """Which are trades: they have two events."""
        flags: Flags = self.columns["kind"] == ReportKind.TRADE
        return flags

    @property
    def last_seq(self) -> Ints:
        """The number of each report's last event."""
        return self.event_seq + self.is_trade


@dataclass(frozen=True)
class Scribe:
    """Writes what a shard publishes of its reports. `producer_id` names the shard."""

    producer_id: str
    rules: Rules
    intake: Intake

    def write_events(self, told: Told, taken: Taken) -> pa.RecordBatch:
        """A row of `wire_schema(ORDER_EVENTS)` for each report, two for each trade: the taker's, then the maker's."""
        at = np.repeat(np.arange(len(told.event_seq)), 1 + told.is_trade)
        is_maker = np.diff(at, prepend=-1) == 0
        r = {name: values[at] for name, values in told.columns.items()}
        order = np.where(is_maker, r["maker_id"], r["order_id"])
        account = np.where(is_maker, r["maker_account_id"], r["account_id"])
        columns = self._heads(r["message_seq"], r["symbol"], taken) | {
            "seq": told.event_seq[at] + is_maker,
            "venue_seq": told.event_seq[at] + is_maker,
            "kind": KINDS[r["kind"]],
            "reason": REASONS.take(pa.array(r["reason"])),
            "order_id": self._order_names(order),
            "account_id": self.intake.accounts.name(account),
            "price": r["price"] * self.rules.tick,
            "quantity": np.where(r["kind"] == ReportKind.SET, 0, r["quantity"]) * self.rules.lot,
            "open_quantity": np.where(is_maker, r["maker_open_quantity"], r["open_quantity"]) * self.rules.lot,
            "is_maker": is_maker,
        }
        columns |= self._terms(r, is_maker, taken) | self._causes(r["message_seq"], taken)
        columns |= self._trade_ids(told.event_seq[at], told.is_trade[at]) | self._balances(told, at, is_maker)
        return batch_of(ORDER_EVENTS, {name: pa.array(values) for name, values in columns.items()})

    def write_trades(self, told: Told, taken: Taken, before: int) -> pa.RecordBatch:
        """A row of `wire_schema(TRADES)` for each trade, numbered after `before`."""
        at = np.flatnonzero(told.is_trade)
        r = {name: values[at] for name, values in told.columns.items()}
        columns = self._heads(r["message_seq"], r["symbol"], taken)
        is_dark = self.is_dark(r["symbol"])
        buyer = np.where(r["side"] == 0, r["order_id"], r["maker_id"])
        seller = np.where(r["side"] == 0, r["maker_id"], r["order_id"])
        columns |= {
            "seq": before + 1 + np.arange(len(at)),
            "venue_seq": told.event_seq[at],
            "aggressor_side": np.where(is_dark | (r["reason"] != 0), pb.SIDE_UNSPECIFIED, r["side"] + pb.SIDE_BUY),
            "price": r["price"] * self.rules.tick,
            "quantity": r["quantity"] * self.rules.lot,
            "buy_order_id": self._order_names(buyer),
            "sell_order_id": self._order_names(seller),
        }
        columns |= self._trade_ids(told.event_seq[at], np.ones(len(at), bool))
        return batch_of(TRADES, {name: pa.array(values) for name, values in columns.items()})

    def heads(self, book: Ints, time_ns: Ints) -> dict[str, pa.Array]:
        """What every message of a book begins with, (n,)."""
        symbols, venues = self._places(book)
        times = pa.array(time_ns)
        named = {"producer_id": pa.repeat(self.producer_id, len(book)), "symbol": symbols, "venue": venues}
        return named | {"venue_ts_ns": times, "receive_ts_ns": times}

    def is_dark(self, book: Ints) -> Flags:
        """Which of n books are not displayed."""
        flags: Flags = pc.is_in(self._places(book)[1], DARK).to_numpy(zero_copy_only=False)
        return flags

    def _heads(self, row: Ints, book: Ints, taken: Taken) -> dict[str, pa.Array]:
        """The same; what has no book is placed by its message."""
        heads = self.heads(book, taken.messages.column("time_ns").to_numpy()[row])
        rows = pa.array(row)
        for name in ("symbol", "venue"):
            heads[name] = pc.if_else(pa.array(book < 0), taken.orders.column(name).take(rows), heads[name])
        return heads

    def _places(self, book: Ints) -> tuple[pa.Array, pa.Array]:
        """Symbol and venue of books (n,)."""
        unique, places = np.unique(book, return_inverse=True)
        names = [name.partition("|") for name in self.intake.books.name(unique + 1).to_pylist()]
        symbols, venues = (pa.array([name[part] for name in names], pa.string()) for part in (0, 2))
        return symbols.take(pa.array(places)), venues.take(pa.array(places))

    def _order_names(self, order: Ints) -> pa.Array:
        """The order's own name, without its book; empty for no order."""
        unique, places = np.unique(np.maximum(order, 0), return_inverse=True)
        names = [name.partition("|")[2] for name in self.intake.orders.name(unique).to_pylist()]
        return pa.array(names, pa.string()).take(pa.array(places))

    def _terms(self, r: dict[str, Ints], is_maker: Flags, taken: Taken) -> dict[str, Ints]:
        side = np.where(is_maker, 1 - r["side"], r["side"]) + pb.SIDE_BUY
        terms = {"side": np.where(np.isin(r["kind"], ABOUT_NO_SIDE), pb.SIDE_UNSPECIFIED, side)}
        has_terms = np.isin(r["kind"], WITH_TERMS)
        for name in ("type", "time_in_force"):
            said = taken.orders.column(name).to_numpy()[r["message_seq"]]
            terms[name] = np.where(has_terms, said, 0)
        return terms

    def _causes(self, row: Ints, taken: Taken) -> dict[str, pa.Array]:
        rows = pa.array(row)
        producers, seqs = (taken.orders.column(name).take(rows) for name in ("producer_id", "seq"))
        return {"order_producer_id": producers, "order_seq": seqs}

    def _trade_ids(self, event_seq: Ints, is_trade: Flags) -> dict[str, pa.Array]:
        names = pc.binary_join_element_wise(self.producer_id, pc.cast(pa.array(event_seq), pa.string()), "-")
        return {"trade_id": pc.if_else(pa.array(is_trade), names, "")}

    def _balances(self, told: Told, at: Ints, is_maker: Flags) -> dict[str, Ints]:
        """Fee, cash, position, cost and realised result after a trade or funding; 0 in other events."""
        speaks = told.is_trade | (told.columns["kind"] == ReportKind.FUNDED)
        offset = np.where(is_maker, S_WORDS, 0)
        fee, cash, shares, cost, realised = (
            np.where(speaks[at], told.settled[which + offset, at], 0) for which in (FEE, CASH, SHARES, COST, REALISED)
        )
        position = shares * self.rules.lot
        return {"fee": fee, "cash": cash, "position": position, "cost": cost, "realised_pnl": realised}
