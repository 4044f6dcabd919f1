"""The exchange once more, as plainly as possible: what it does with each message."""

from collections.abc import Iterable

from pipelines.exchange.codes import OrderType, Phase, Reason, ReportKind, TimeInForce
from tests.pipelines.exchange.reference_book import PRICE_MAX, Message, Order, Report, as_order, blank
from tests.pipelines.exchange.reference_matching import Matching

INT64_MAX = 2**63 - 1


class Book(Matching):
    """One symbol."""

    def handle(self, message: Message) -> None:
        """One message: the clock first, then what it asks for, then the stops it wakes."""
        self.seq, self.clock = message["message_seq"], max(self.clock, message["time_ns"])
        while self.expiries and self.expiries[0][0] <= self.clock:
            self.cancel(self.expiries[0][2], Reason.EXPIRED)
        handler = (self.new, self.user_cancel, self.replace, self.set_phase, None, self.set_reference, self.set_collar)
        kind = message["kind"]
        if 0 <= kind < len(handler):
            act = handler[kind]
            if act:
                act(message)
        else:
            self.tell(ReportKind.REFUSED, Reason.BAD_CODE, as_order(message), message["quantity"])
        self.wake_stops()
        self.traded = []

    def new(self, message: Message) -> None:
        """A new order."""
        order = as_order(message)
        reason = judge_codes(message) or (Reason.BAD_ID if order.id < 0 else 0)
        reason = reason or (Reason.DUPLICATE_ID if order.id in self.orders else 0) or self.judge(order, 0)
        if not reason and order.tif == TimeInForce.GTD and order.expire <= self.clock:
            reason = Reason.BAD_EXPIRY
        if reason:
            self.tell(ReportKind.REFUSED, reason, order, order.open)
            return
        self.orders[order.id] = blank(order)
        if order.tif == TimeInForce.GTD:
            self.count += 1
            self.expiries.append((order.expire, self.count, order))
            self.expiries.sort(key=lambda entry: entry[:2])
        self.tell(ReportKind.ACCEPTED, 0, order, order.open)
        self.enter(order)

    def user_cancel(self, message: Message) -> None:
        """A cancel."""
        order = self.orders.get(message["order_id"])
        if order is None or order.account != message["account_id"]:
            reason = Reason.NOT_OWNER if order else Reason.UNKNOWN_ORDER
            self.tell(ReportKind.CANCEL_REFUSED, reason, as_order(message), 0)
        else:
            self.cancel(order, Reason.USER)

    def replace(self, message: Message) -> None:
        """A replace."""
        wanted, order = as_order(message), self.orders.get(message["order_id"])
        reason = Reason.UNKNOWN_ORDER if order is None else 0
        if order and order.account != wanted.account:
            reason = Reason.NOT_OWNER
        if order and not reason:
            for name in ("side", "type", "tif", "mode", "post_only", "expire"):
                setattr(wanted, name, getattr(order, name))
            reason = self.judge(wanted, order.open)
        if reason or order is None:
            self.tell(ReportKind.REPLACE_REFUSED, reason, wanted, wanted.open)
            return
        blank(wanted)
        same = (order.price, order.stop, order.display) == (wanted.price, wanted.stop, wanted.display)
        keeps = same and wanted.open < order.open
        if not keeps:
            self.leave(order)
        order.price, order.stop, order.display = wanted.price, wanted.stop, wanted.display
        order.open, order.shown = wanted.open, min(order.shown, wanted.open)
        self.tell(ReportKind.REPLACED, 0, order, order.open)
        if not keeps:
            self.enter(order)

    def set_phase(self, message: Message) -> None:
        """A change of phase."""
        wanted, phase = as_order(message), message["setting"]
        known = phase in list(Phase)
        self.tell(ReportKind.SET if known else ReportKind.REFUSED, 0 if known else Reason.BAD_CODE, wanted, phase)
        if not known:
            return
        self.phase = phase
        if phase in (Phase.CONTINUOUS, Phase.CLOSED):
            self.uncross()
        if phase == Phase.CONTINUOUS and self.last:
            self.traded.append(self.last)
        if phase == Phase.CLOSED:
            for queue in (*self.sides, *self.stops):
                for _, _, order in list(queue):
                    if order.tif == TimeInForce.DAY:
                        self.cancel(order, Reason.DAY_END)

    def set_reference(self, message: Message) -> None:
        """A reference price."""
        good = 1 <= message["price"] <= PRICE_MAX
        self.reference = message["price"] if good else self.reference
        self.tell(*((ReportKind.SET, 0) if good else (ReportKind.REFUSED, Reason.BAD_PRICE)), as_order(message), 0)

    def set_collar(self, message: Message) -> None:
        """A collar."""
        distance, unit = message["quantity"], message["setting"]
        reason = Reason.BAD_CODE if unit not in (0, 1) else 0
        reason = Reason.BAD_QUANTITY if not 0 <= distance <= PRICE_MAX else reason
        self.collar = self.collar if reason else (distance, unit)
        self.tell(ReportKind.REFUSED if reason else ReportKind.SET, reason, as_order(message), distance)

    def judge(self, order: Order, replaced: int) -> int:
        """The first thing that is wrong with an order: the phase, its terms, its amounts, its price."""
        restless = order.type in (OrderType.MARKET, OrderType.STOP) or order.tif in (TimeInForce.IOC, TimeInForce.FOK)
        in_auction = self.phase in (Phase.OPENING_AUCTION, Phase.CLOSING_AUCTION)
        total = sum(other.open for other in self.orders.values()) - replaced
        wrong = {
            Reason.HALTED: self.phase == Phase.HALT,
            Reason.CLOSED: self.phase == Phase.CLOSED,
            Reason.NOT_IN_AUCTION: in_auction
            and bool(order.tif in (TimeInForce.IOC, TimeInForce.FOK) or order.post_only),
            Reason.BAD_TERMS: bool(order.post_only and (restless or order.type == OrderType.STOP_LIMIT))
            or (restless and order.display != 0),
            Reason.BAD_QUANTITY: not 1 <= order.open <= PRICE_MAX,
            Reason.BAD_STOP: order.type >= OrderType.STOP and not 1 <= order.stop <= PRICE_MAX,
            Reason.BAD_DISPLAY: order.display < 0 or 0 < order.display * 1000 < order.open,
            Reason.BOOK_FULL: total + order.open > PRICE_MAX,
        }
        return next((reason for reason, holds in wrong.items() if holds), 0) or self.judge_price(order)

    def judge_price(self, order: Order) -> int:
        """What is wrong with an order's price."""
        if order.type in (OrderType.MARKET, OrderType.STOP):
            return 0
        low, high = self.bounds
        takes = order.type == OrderType.LIMIT and self.counterpart(order) is not None
        wrong = {
            Reason.BAD_PRICE: not 1 <= order.price <= PRICE_MAX,
            Reason.OVERFLOW: order.price * order.open > INT64_MAX,
            Reason.OUT_OF_COLLAR: not low <= order.price <= high,
            Reason.WOULD_TAKE: bool(order.post_only) and takes,
        }
        return next((reason for reason, holds in wrong.items() if holds), 0)


def judge_codes(message: Message) -> int:
    highest = {"side": 1, "order_type": 3, "time_in_force": 4, "self_trade": 4, "post_only": 1}
    return 0 if all(0 <= message[name] <= top for name, top in highest.items()) else Reason.BAD_CODE


class Exchange:
    """All symbols."""

    def __init__(self) -> None:
        """No book yet."""
        self.books: dict[int, Book] = {}
        self.reports: list[Report] = []

    def apply(self, messages: Iterable[Message]) -> list[Report]:
        """Reports of some messages: (message_seq, symbol, kind, reason, side, ...) as the columns of REPORTS."""
        before = len(self.reports)
        for message in messages:
            symbol = message["symbol"]
            if symbol >= 0 and symbol not in self.books:
                self.books[symbol] = Book(symbol, self.reports)
            for number in sorted(self.books) if symbol < 0 else [symbol]:
                self.books[number].handle(message)
        return self.reports[before:]
