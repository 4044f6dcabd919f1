"""The engine as an exchange for rehearsals: wire batches in and out, positions kept, funds not checked."""

from collections import defaultdict
from typing import Any

import pyarrow as pa

from pipelines.exchange.codes import Reason, ReportKind
from pipelines.exchange.engine import Engine
from pipelines.exchange.schema import messages_of
from pipelines.source.participants.config import LIT, VENUES
from pipelines.source.simulator.book import SHARE, TICK
from pipelines.wire import batch_of
from schemas.proto import market_pb2 as pb
from schemas.registry import Topic
from schemas.topics import ORDER_EVENTS, QUOTES, TRADES

KINDS = {pb.ORDER_ACTION_NEW: 0, pb.ORDER_ACTION_CANCEL: 1, pb.ORDER_ACTION_REPLACE: 2}
KINDS |= {pb.ORDER_ACTION_REFERENCE: 5, pb.ORDER_ACTION_COLLAR: 6}
TIFS = {pb.TIME_IN_FORCE_IOC: 3}
EVENTS = {
    ReportKind.ACCEPTED: pb.ORDER_EVENT_KIND_ACCEPTED,
    ReportKind.CANCELLED: pb.ORDER_EVENT_KIND_CANCELLED,
    ReportKind.REPLACED: pb.ORDER_EVENT_KIND_REPLACED,
    ReportKind.REFUSED: pb.ORDER_EVENT_KIND_REFUSED,
    ReportKind.CANCEL_REFUSED: pb.ORDER_EVENT_KIND_CANCEL_REFUSED,
    ReportKind.REPLACE_REFUSED: pb.ORDER_EVENT_KIND_REPLACE_REFUSED,
    ReportKind.SET: pb.ORDER_EVENT_KIND_SET,
}
Row = dict[str, Any]


class EngineExchange:
    """Books of some symbols on the exchange's venues."""

    def __init__(self, symbols: list[str]) -> None:
        self._engine, self._symbols = Engine(), symbols
        self._order_ids: list[str] = []
        self._codes: dict[str, int] = {}
        self._accounts: dict[str, int] = {"": 0}
        self.position: dict[tuple[str, str], int] = defaultdict(int)

    def apply(self, orders: pa.RecordBatch) -> dict[Topic, pa.RecordBatch]:
        """What the orders lead to, and the best five levels of the books they concern."""
        rows = orders.to_pylist()
        events = [self._fund(row) for row in rows if row["action"] == pb.ORDER_ACTION_FUND]
        messages = [row for row in rows if row["action"] in KINDS]
        trades: list[Row] = []
        if messages:
            asked = [self._message(row) for row in messages]
            columns = {name: [each[name] for each in asked] for name in asked[0]}
            for report in self._engine.apply(messages_of(columns)).to_pylist():
                self._tell(report, events, trades)
        books = sorted({self._book(row) for row in messages})
        return {
            topic: batch_of(topic, {name: [each[name] for each in told] for name in told[0]})
            for topic, told in {ORDER_EVENTS: events, TRADES: trades, QUOTES: self._quotes(books)}.items()
            if told
        }

    def _book(self, row: Row) -> int:
        return self._symbols.index(row["symbol"]) * len(VENUES) + VENUES.index(row["venue"])

    def _place(self, book: int) -> Row:
        return {"symbol": self._symbols[book // len(VENUES)], "venue": VENUES[book % len(VENUES)]}

    def _code(self, order_id: str) -> int:
        if order_id not in self._codes:
            self._codes[order_id] = len(self._order_ids)
            self._order_ids.append(order_id)
        return self._codes[order_id]

    def _message(self, row: Row) -> Row:
        kind = KINDS[row["action"]]
        return {
            "kind": kind,
            "time_ns": row["receive_ts_ns"],
            "symbol": self._book(row),
            "order_id": self._code(row["original_order_id"] if kind in (1, 2) else row["order_id"]),
            "account_id": self._accounts.setdefault(row["account_id"], len(self._accounts)),
            "side": max(row["side"] - 1, 0),
            "order_type": max(row["type"] - 1, 0),
            "time_in_force": TIFS.get(row["time_in_force"], 0),
            "self_trade": max(row["self_trade_prevention"] - 1, 0),
            "post_only": int(row["is_post_only"]),
            "price": row["price"] // TICK,
            "quantity": row["collar_bps"] if kind == 6 else row["quantity"] // SHARE,
            "setting": 1,
        }

    def _fund(self, row: Row) -> Row:
        key = row["account_id"], row["symbol"]
        self.position[key] += row["quantity"]
        told = {"kind": pb.ORDER_EVENT_KIND_FUNDED, "account_id": key[0], "symbol": key[1], "venue": ""}
        return self._event(**told, quantity=row["quantity"], position=self.position[key])

    def _event(self, **values: Any) -> Row:
        blank = dict.fromkeys(("kind", "side", "price", "quantity", "open_quantity", "position"), 0)
        return {**blank, **dict.fromkeys(("order_id", "account_id", "reason", "trade_id"), ""), "is_maker": False} | values

    def _tell(self, report: Row, events: list[Row], trades: list[Row]) -> None:
        place, accounts = self._place(report["symbol"]), list(self._accounts)
        amounts = {"price": report["price"] * TICK, "quantity": report["quantity"] * SHARE}
        taker = {
            "order_id": self._order_ids[report["order_id"]] if report["order_id"] >= 0 else "",
            "account_id": accounts[report["account_id"]],
            "side": report["side"] + 1,
            "open_quantity": report["open_quantity"] * SHARE,
        }
        if report["kind"] != ReportKind.TRADE:
            reason = Reason(report["reason"]).name if report["reason"] else ""
            events.append(self._event(**place, **amounts, **taker, kind=EVENTS[report["kind"]], reason=reason))
            return
        maker = {
            "order_id": self._order_ids[report["maker_id"]],
            "account_id": accounts[report["maker_account_id"]],
            "side": 2 - report["side"],
            "open_quantity": report["maker_open_quantity"] * SHARE,
            "is_maker": True,
        }
        for side in (taker, maker):
            key = side["account_id"], place["symbol"]
            self.position[key] += amounts["quantity"] * (1 if side["side"] == pb.SIDE_BUY else -1)
            filled = pb.ORDER_EVENT_KIND_FILLED
            events.append(self._event(**place, **amounts, **side, kind=filled, position=self.position[key]))
        trades.append({**place, **amounts, "aggressor_side": taker["side"], "venue_ts_ns": report["time_ns"]})

    def _quotes(self, books: list[int]) -> list[Row]:
        return [self._quote(book) for book in books if book % len(VENUES) in LIT]

    def _quote(self, book: int) -> Row:
        depth = self._engine.depth(book, 5)
        return {
            **self._place(book),
            "bid_prices": (depth.bid_prices * TICK).tolist(),
            "bid_quantities": (depth.bid_quantities * SHARE).tolist(),
            "ask_prices": (depth.ask_prices * TICK).tolist(),
            "ask_quantities": (depth.ask_quantities * SHARE).tolist(),
        }
