"""Events in a few words, a toy exchange that makes many of them, and a database as its rows."""

import random
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import pyarrow as pa
from sqlalchemy import Engine, select

from pipelines.serve.accounts.models import Base
from pipelines.serve.accounts.projection import Slice, begin_partitions, project
from pipelines.wire import batch_of, encode, wire_schema
from schemas.proto import market_pb2
from schemas.topics import ORDER_EVENTS

UNIT = 10**9
DAY_NS = 86_400 * UNIT
START_NS = 1_790_000_000 * UNIT  # 2026-09-21 14:13:20 UTC
TOPIC_ID = "a"
PRODUCER = "exchange-0-1f"
AMOUNTS = {"price", "quantity", "open_quantity", "fee", "cash", "position", "cost", "realised_pnl"}
ENUMS = {"kind": "ORDER_EVENT_KIND_", "side": "SIDE_", "type": "ORDER_TYPE_", "time_in_force": "TIME_IN_FORCE_"}

Fields = dict[str, Any]


def units(amount: float) -> int:
    """So many units of 1e-9."""
    return round(amount * UNIT)


def message(seq: int, kind: str, **fields: Any) -> Fields:
    """The fields of an event: enums by name, amounts in shares and currency; of AAPL on DLXA, one a second."""
    book = {"symbol": "AAPL", "venue": "DLXA", "producer_id": PRODUCER, "venue_ts_ns": START_NS + seq * UNIT}
    said: Fields = {**book, "kind": kind, "seq": seq, "venue_seq": seq, **fields}
    said |= {name: getattr(market_pb2, prefix + said[name]) for name, prefix in ENUMS.items() if name in said}
    return said | {name: units(said[name]) for name in AMOUNTS & said.keys()}


def batch_of_messages(messages: Sequence[Fields]) -> pa.RecordBatch:
    """The messages as a batch of the topic."""
    defaults = {field.name: "" if field.type == "string" else 0 for field in wire_schema(ORDER_EVENTS)}
    columns = {name: [each.get(name, default) for each in messages] for name, default in defaults.items()}
    return batch_of(ORDER_EVENTS, columns)


def payloads(messages: Sequence[Fields]) -> list[bytes]:
    """The messages as they lie in the topic."""
    return list(encode(ORDER_EVENTS, batch_of_messages(messages)).to_pylist())


def project_all(engine: Engine, messages: Sequence[bytes | None], cuts: Sequence[int] = ()) -> None:
    """Project messages that lie from offset 0 on, in slices that end at some cuts."""
    begin_partitions(engine, TOPIC_ID, {0: 0})
    edges = [0, *sorted(cuts), len(messages)]
    for begin, end in pairwise(edges):
        project(engine, Slice(TOPIC_ID, 0, begin, end, messages[begin:end]))


def rows_of(engine: Engine, *but: str) -> dict[str, list[tuple[Any, ...]]]:
    """Every table's rows, in order of their keys, except the tables `but`."""
    tables = [table for table in Base.metadata.sorted_tables if table.name not in but]
    with engine.connect() as connection:
        found = {table.name: connection.execute(select(table).order_by(*table.primary_key)) for table in tables}
        return {name: [tuple(row) for row in rows] for name, rows in found.items()}


@dataclass
class ToyExchange:
    """Events of random orders of three accounts, and of nobody, in two symbols. Each price is in whole cents."""

    random: random.Random
    messages: list[Fields] = field(default_factory=list)
    cash: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    open: dict[str, Fields] = field(default_factory=dict)

    def say(self, kind: str, **fields: Any) -> None:
        """One more event; a long pause before each."""
        seq = len(self.messages) + 1
        self.messages.append(message(seq, kind, venue_ts_ns=START_NS + seq * 3_600 * UNIT, **fields))

    def fund(self, account: str, cash: float) -> None:
        """Cash for an account."""
        self.cash[account] += cash
        self.say("FUNDED", account_id=account, symbol="", venue="", cash=self.cash[account])

    def order(self) -> None:
        """An order that rests; its id may have been used before."""
        number = f"o{self.random.randrange(6)}"
        account = self.random.choice(["ALICE", "BOB", "CAROL", ""])
        order = {"order_id": number, "account_id": account, "side": self.random.choice(["BUY", "SELL"])}
        order |= {"symbol": self.random.choice(["AAPL", "MSFT"]), "quantity": 10, "open_quantity": 10}
        if number in self.open:
            self.say("REFUSED", reason="DUPLICATE_ID", **order)
        else:
            self.open[number] = order
            self.say("ACCEPTED", price=230.25, **order)

    def trade(self) -> None:
        """Two open orders of a symbol and of both sides meet, if there are such."""
        pairs = [(a, b) for a in self.open.values() for b in self.open.values() if a["symbol"] == b["symbol"]]
        pairs = [(a, b) for a, b in pairs if (a["side"], b["side"]) == ("BUY", "SELL")]
        if pairs:
            buy, sell = self.random.choice(pairs)
            done = self.random.randint(1, min(buy["open_quantity"], sell["open_quantity"]))
            terms = {"price": 230.25, "quantity": done, "trade_id": f"t{len(self.messages)}"}
            self._fill(buy, terms, -1, 0.03)
            self._fill(sell, terms, 1, -0.02)

    def _fill(self, order: Fields, terms: Fields, sign: int, fee: float) -> None:
        order["open_quantity"] -= terms["quantity"]
        account = order["account_id"]
        fee = fee if account else 0
        self.cash[account] = round(self.cash[account] + sign * terms["price"] * terms["quantity"] - fee, 2)
        self.say("FILLED", **(order | terms), fee=fee, cash=self.cash[account])
        if not order["open_quantity"]:
            del self.open[order["order_id"]]

    def cancel(self) -> None:
        """An open order ends, if there is one."""
        if self.open:
            order = self.open.pop(self.random.choice(list(self.open)))
            left = {"quantity": order["open_quantity"], "open_quantity": 0}
            self.say("CANCELLED", reason="USER", **(order | left))


def toy_events(seed: int, steps: int) -> ToyExchange:
    """An exchange at which so much has happened."""
    exchange = ToyExchange(random.Random(seed))
    for account in ("ALICE", "BOB", "CAROL"):
        exchange.fund(account, 1_000_000)
    for _ in range(steps):
        exchange.random.choice([exchange.order, exchange.order, exchange.trade, exchange.cancel])()
    return exchange
