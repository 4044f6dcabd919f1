"""The exchange once more, as plainly as possible: what a book holds, and how orders come and go."""

from bisect import insort
from dataclasses import dataclass, field
from typing import Any

from pipelines.exchange.codes import OrderType, Phase, ReportKind

Message = dict[str, Any]
Report = tuple[int, ...]
PRICE_MAX = 2**62 - 1


@dataclass
class Order:
    """An open order."""

    id: int
    account: int
    side: int
    type: int
    tif: int
    mode: int
    post_only: bool
    price: int
    stop: int
    open: int
    display: int
    expire: int
    shown: int = 0
    place: tuple[int, int] = (0, 0)

    def __lt__(self, other: "Order") -> bool:
        raise AssertionError("two orders have one place")


def as_order(message: Message) -> Order:
    names = ("order_id", "account_id", "side", "order_type", "time_in_force", "self_trade", "post_only")
    return Order(*(message[n] for n in (*names, "price", "stop_price", "quantity", "display", "expire_ns")))


def blank(order: Order) -> Order:
    """Prices that mean nothing for the type are 0."""
    order.price = 0 if order.type in (OrderType.MARKET, OrderType.STOP) else order.price
    order.stop = order.stop if order.type in (OrderType.STOP, OrderType.STOP_LIMIT) else 0
    return order


Queue = list[tuple[int, int, Order]]


@dataclass
class State:
    """A book's orders, and what is said about them."""

    symbol: int
    reports: list[Report]
    phase: int = Phase.CONTINUOUS
    clock: int = 0
    reference: int = 0
    last: int = 0
    collar: tuple[int, int] = (0, 0)
    orders: dict[int, Order] = field(default_factory=dict)
    sides: tuple[Queue, Queue] = field(default_factory=lambda: ([], []))
    stops: tuple[Queue, Queue] = field(default_factory=lambda: ([], []))
    expiries: Queue = field(default_factory=list)
    traded: list[int] = field(default_factory=list)
    count: int = 0
    seq: int = 0

    @property
    def bounds(self) -> tuple[int, int]:
        """Prices that the collar allows."""
        distance, unit = self.collar
        if not distance or not self.reference:
            return 1, PRICE_MAX
        ticks = self.reference * distance // 10_000 if unit else distance
        return max(1, self.reference - ticks), min(PRICE_MAX, self.reference + ticks)

    def tell(self, kind: int, reason: int, order: Order, quantity: int, trade: tuple[Order, int] | None = None) -> None:
        """A report, as a row of REPORTS without report_seq and time_ns; `trade` is the maker and the price."""
        maker, price = trade or (None, order.price)
        ids = (order.id, maker.id if maker else -1, order.account, maker.account if maker else 0)
        rest = (price, quantity, order.open, maker.open if maker else 0)
        self.reports.append((self.seq, self.symbol, kind, reason, order.side & 1, *ids, *rest))

    def queue(self, order: Order, queues: tuple[Queue, Queue], key: int) -> None:
        """To the end of the line at a key."""
        self.count += 1
        order.place = (key, self.count)
        insort(queues[order.side], (*order.place, order))

    def leave(self, order: Order) -> None:
        """Out of the line."""
        for queue in (*self.sides, *self.stops):
            queue[:] = [entry for entry in queue if entry[2] is not order]

    def end(self, order: Order) -> None:
        """Gone."""
        self.leave(order)
        del self.orders[order.id]
        self.expiries = [entry for entry in self.expiries if entry[2] is not order]

    def cancel(self, order: Order, reason: int) -> None:
        """All of it."""
        quantity, order.open = order.open, 0
        self.tell(ReportKind.CANCELLED, reason, order, quantity)
        self.end(order)

    def refresh(self, maker: Order) -> None:
        """A maker that shows nothing ends, or shows its next part behind the others."""
        if not maker.open:
            self.end(maker)
        elif not maker.shown:
            maker.shown = min(maker.display, maker.open)
            self.leave(maker)
            self.queue(maker, self.sides, maker.place[0])
