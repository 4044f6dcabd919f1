"""From wire orders to the engine's messages: names become numbers, prices ticks, quantities lots."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from pipelines.exchange.accounts import Accounts
from pipelines.exchange.checks import Asked
from pipelines.exchange.codes import CollarUnit, MessageKind, OrderType, Phase, Reason, SelfTrade, Side, TimeInForce
from pipelines.exchange.identity import Identities
from pipelines.exchange.layout import MAX_SYMBOLS
from pipelines.exchange.rules import Rules
from pipelines.exchange.schema import ALL_SYMBOLS, messages_of
from schemas.proto import market_pb2 as pb
from schemas.venues import EXCHANGE_VENUES

Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

OURS = pa.array([venue.code for venue in EXCHANGE_VENUES])
WITHOUT_BOOK = (pb.ORDER_ACTION_FUND, pb.ORDER_ACTION_TIME)
NO_ROOM = -2  # in place of a kind
NAMING = (MessageKind.CANCEL, MessageKind.REPLACE)
# Which amounts of a message must be whole ticks and lots.
PRICED = (MessageKind.NEW, MessageKind.REPLACE, MessageKind.REFERENCE, MessageKind.FUND)
SIZED = (MessageKind.NEW, MessageKind.REPLACE, MessageKind.FUND)


def _codes(prefix: str, known: type, absent: int = -1) -> Ints:
    """The engine's code of each number on the wire; -1, no known code, for 127 and what has none."""
    codes = np.full(128, -1, np.int64)
    codes[0] = absent
    for name, code in known.__members__.items():  # type: ignore[attr-defined]  # all are IntEnums
        if f"{prefix}_{name}" in pb.DESCRIPTOR.enum_types_by_name[_camel(prefix)].values_by_name:
            codes[getattr(pb, f"{prefix}_{name}")] = code
    return codes


def _camel(prefix: str) -> str:
    return "".join(word.title() for word in prefix.split("_"))


CODES = {
    "action": _codes("ORDER_ACTION", MessageKind),
    "side": _codes("SIDE", Side),
    "type": _codes("ORDER_TYPE", OrderType),
    "time_in_force": _codes("TIME_IN_FORCE", TimeInForce, TimeInForce.DAY),
    "self_trade_prevention": _codes("SELF_TRADE_PREVENTION", SelfTrade, SelfTrade.NONE),
    "phase": _codes("PHASE", Phase),
}


@dataclass(frozen=True)
class Taken:
    """Orders of the exchange (n rows of the wire), and the same as messages; `messages.message_seq` counts the rows."""

    orders: pa.RecordBatch
    messages: pa.RecordBatch
    asked: Asked


class Intake:
    """The names that a shard knows."""

    def __init__(self, rules: Rules, books: Identities, accounts: Identities, orders: Identities) -> None:
        self._rules = rules
        self.books, self.accounts, self.orders = books, accounts, orders

    def take(self, orders: pa.RecordBatch, time_ns: Ints, ledger: Accounts, instruments: Identities) -> Taken:
        """Orders of which `is_ours` holds, at the times (n,) at which the exchange takes them."""
        codes = {name: table[np.clip(_ints(orders, name), -1, 127)] for name, table in CODES.items()}
        kind, book = codes["action"], self._books(orders)
        account = self.accounts.number(orders.column("account_id"))
        slot = self._slots(orders, kind, book)
        position = ledger.find_positions(account, instruments.number(orders.column("symbol")))
        ledger.make_room(len(self.accounts), len(self.orders))
        columns = self._amounts(orders, kind) | {
            "message_seq": np.arange(len(orders)),
            "time_ns": time_ns,
            "symbol": np.where(book < MAX_SYMBOLS, book, ALL_SYMBOLS),
            "kind": np.where(book < MAX_SYMBOLS, kind, NO_ROOM),
            "order_id": slot,
            "account_id": account,
            "side": codes["side"],
            "order_type": codes["type"],
            "time_in_force": codes["time_in_force"],
            "self_trade": codes["self_trade_prevention"],
            "post_only": _ints(orders, "is_post_only"),
            "expire_ns": _ints(orders, "expire_ts_ns"),
            "setting": np.where(kind == MessageKind.COLLAR, int(CollarUnit.BPS), codes["phase"]),
        }
        messages = messages_of(columns)
        return Taken(orders, messages, self._asked(orders, self._refusals(orders, messages, position), position))

    def _books(self, orders: pa.RecordBatch) -> Ints:
        """The number of each order's book; -1 for what concerns none."""
        names = pc.binary_join_element_wise(orders.column("symbol"), orders.column("venue"), "|")
        is_none = np.isin(_ints(orders, "action"), WITHOUT_BOOK)
        return self.books.number(pc.if_else(pa.array(is_none), "", names)) - 1

    def _slots(self, orders: pa.RecordBatch, kind: Ints, book: Ints) -> Ints:
        """The number of the order that each message is about, among the open orders of all books; 0 for none."""
        is_naming, is_new = np.isin(kind, NAMING), kind == MessageKind.NEW
        names = pc.if_else(pa.array(is_naming), orders.column("original_order_id"), orders.column("order_id"))
        is_none = pc.or_(pa.array(~(is_naming | is_new)), pc.equal(names, ""))
        full = pc.binary_join_element_wise(pc.cast(pa.array(book), pa.string()), names, "|")
        return self.orders.number(pc.if_else(is_none, "", full))

    def _amounts(self, orders: pa.RecordBatch, kind: Ints) -> dict[str, Ints]:
        """Prices in ticks, quantities in lots."""
        lots = _ints(orders, "quantity") // self._rules.lot
        return {
            "price": _ints(orders, "price") // self._rules.tick,
            "stop_price": _ints(orders, "stop_price") // self._rules.tick,
            "quantity": np.where(kind == MessageKind.COLLAR, _ints(orders, "collar_bps"), lots),
            "display": _ints(orders, "display_quantity") // self._rules.lot,
        }

    def _refusals(self, orders: pa.RecordBatch, messages: pa.RecordBatch, position: Ints) -> npt.NDArray[np.int8]:
        """The reason against messages that no book need see, 0 for others."""
        kind = _ints(messages, "kind")
        prices = _ints(orders, "price") % self._rules.tick | _ints(orders, "stop_price") % self._rules.tick
        sizes = _ints(orders, "quantity") % self._rules.lot | _ints(orders, "display_quantity") % self._rules.lot
        refusal = np.zeros(len(orders), np.int8)
        refusal[(sizes != 0) & np.isin(kind, SIZED)] = Reason.BAD_LOT
        refusal[(prices != 0) & np.isin(kind, PRICED)] = Reason.BAD_TICK
        is_nowhere = (position == 0) & (_ints(messages, "quantity") != 0)
        refusal[is_nowhere & (kind == MessageKind.FUND)] = Reason.BAD_QUANTITY
        refusal[(_ints(messages, "order_id") == 0) & np.isin(kind, (MessageKind.NEW, *NAMING))] = Reason.BAD_ID
        refusal[kind == NO_ROOM] = Reason.NO_ROOM
        return refusal

    def _asked(self, orders: pa.RecordBatch, refusal: npt.NDArray[np.int8], position: Ints) -> Asked:
        return Asked(
            refusal,
            position,
            _ints(orders, "cash"),
            _ints(orders, "max_order_quantity") // self._rules.lot,
            _ints(orders, "max_order_value"),
            _ints(orders, "max_short_quantity") // self._rules.lot,
        )


def is_ours(orders: pa.RecordBatch) -> Flags:
    """Which of n wire orders the exchange acts on: those of its venues, and what goes to every book or to none."""
    flags: Flags = pc.is_in(orders.column("venue"), OURS).to_numpy(zero_copy_only=False)
    return flags | np.isin(_ints(orders, "action"), WITHOUT_BOOK)


def _ints(orders: pa.RecordBatch, name: str) -> Ints:
    column = orders.column(name)
    return np.asarray(column.cast(pa.int64()).to_numpy(), np.int64)
