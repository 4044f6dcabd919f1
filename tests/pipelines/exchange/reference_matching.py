"""The exchange once more, as plainly as possible: orders meet."""

from copy import deepcopy

from pipelines.exchange.codes import OrderType, Phase, Reason, ReportKind, SelfTrade, Side, TimeInForce
from tests.pipelines.exchange.reference_book import PRICE_MAX, Order, Report, State


class Matching(State):
    """A book that trades."""

    def enter(self, order: Order) -> None:
        """An order without a line."""
        if order.type in (OrderType.STOP, OrderType.STOP_LIMIT):
            if self.phase == Phase.CONTINUOUS and self.last and self.reaches(order, self.last):
                self.wake(order)
            else:
                self.queue(order, self.stops, order.stop if order.side == Side.BUY else -order.stop)
            return
        if self.phase == Phase.CONTINUOUS:
            self.trade(order)
        if order.open and order.id in self.orders:
            order.shown = min(order.display, order.open) if order.display else order.open
            key = -order.price if order.side == Side.BUY else order.price
            self.queue(order, self.sides, key if order.price else -PRICE_MAX * 2)

    def trade(self, order: Order) -> None:
        """Take what there is."""
        if order.tif == TimeInForce.FOK and not self.can_fill(order):
            self.cancel(order, Reason.FOK)
            return
        while order.open and (maker := self.counterpart(order)):
            self.meet(order, maker)
        if not order.open:
            self.end(order)
        elif order.type == OrderType.MARKET:
            self.cancel(order, Reason.COLLAR if self.sides[1 - order.side] else Reason.NO_LIQUIDITY)
        elif order.tif == TimeInForce.IOC:
            self.cancel(order, Reason.IOC_REST)

    def counterpart(self, order: Order) -> Order | None:
        """The first of the other side that the order takes."""
        queue = self.sides[1 - order.side]
        return queue[0][2] if queue and self.takes(order, queue[0][2].price) else None

    def takes(self, order: Order, price: int) -> bool:
        """Whether an order trades at a price of the other side."""
        limit = order.price
        if order.type == OrderType.MARKET:
            limit = self.bounds[1 - order.side]
        return price <= limit if order.side == Side.BUY else price >= limit

    def meet(self, taker: Order, maker: Order) -> None:
        """Two orders meet."""
        mode = taker.mode if taker.account and taker.account == maker.account else SelfTrade.NONE
        quantity = min(taker.open, maker.shown)
        if mode in (SelfTrade.OLDEST, SelfTrade.BOTH):
            self.cancel(maker, Reason.SELF_TRADE)
        if mode in (SelfTrade.NEWEST, SelfTrade.BOTH):
            quantity, taker.open = taker.open, 0
            self.tell(ReportKind.CANCELLED, Reason.SELF_TRADE, taker, quantity)
        if mode not in (SelfTrade.NONE, SelfTrade.DECREMENT):
            return
        taker.open, maker.open, maker.shown = taker.open - quantity, maker.open - quantity, maker.shown - quantity
        if mode == SelfTrade.NONE:
            self.tell(ReportKind.TRADE, 0, taker, quantity, (maker, maker.price))
            self.last = maker.price
            self.traded.append(maker.price)
        else:
            self.tell(ReportKind.CANCELLED, Reason.SELF_TRADE, maker, quantity)
            self.tell(ReportKind.CANCELLED, Reason.SELF_TRADE, taker, quantity)
        self.refresh(maker)

    def can_fill(self, order: Order) -> bool:
        """Try it on a copy."""
        told: list[Report] = []
        copy = deepcopy(self, {id(self.reports): told})
        twin = copy.orders[order.id]
        twin.tif = TimeInForce.IOC
        copy.trade(twin)
        return sum(report[10] for report in told if report[2] == ReportKind.TRADE) == order.open

    def reaches(self, stop: Order, price: int) -> bool:
        """Whether a trade price wakes a stop."""
        return price >= stop.stop if stop.side == Side.BUY else price <= stop.stop

    def wake_stops(self) -> None:
        """Until no trade of this message reaches a stop."""
        while self.phase == Phase.CONTINUOUS and self.traded:
            ready = [o for queue in self.stops for _, _, o in queue if any(self.reaches(o, p) for p in self.traded)]
            if not ready:
                return
            self.leave(ready[0])
            self.wake(ready[0])

    def wake(self, order: Order) -> None:
        """A stop becomes an order."""
        self.tell(ReportKind.TRIGGERED, 0, order, order.open)
        order.type = OrderType.MARKET if order.type == OrderType.STOP else OrderType.LIMIT
        low, high = self.bounds
        if order.type == OrderType.LIMIT and not low <= order.price <= high:
            self.cancel(order, Reason.COLLAR)
        else:
            self.enter(order)

    def uncross(self) -> None:
        """The auction ends."""
        price = clearing_price(self)
        buys, sells = self.sides
        while price and buys and sells and self.fits(buys[0][2], price) and self.fits(sells[0][2], price):
            buy, sell = buys[0][2], sells[0][2]
            quantity = min(buy.open, sell.open)
            for order in (buy, sell):
                order.open -= quantity
                order.shown = min(order.display, order.open) if order.display else order.open
            self.tell(ReportKind.TRADE, Reason.AUCTION, buy, quantity, (sell, price))
            self.last = price
            self.traded.append(price)
            for order in (buy, sell):
                if not order.open:
                    self.end(order)
        for queue in self.sides:
            for _, _, order in list(queue):
                if order.type == OrderType.MARKET:
                    self.cancel(order, Reason.NO_LIQUIDITY)

    def fits(self, order: Order, price: int) -> bool:
        """Whether an order trades at a price."""
        return not order.price or (order.price >= price if order.side == Side.BUY else order.price <= price)


def clearing_price(book: Matching) -> int:
    """Every price there is: most volume, then least surplus, then nearest to the reference, then lowest."""
    orders = [order for queue in book.sides for _, _, order in queue]
    prices = [order.price for order in orders if order.price]
    reference = book.reference or book.last
    if not prices:
        return reference if all(book.sides) else 0

    def rank(price: int) -> tuple[int, int, int, int]:
        buy, sell = (sum(o.open for o in orders if o.side == side and book.fits(o, price)) for side in (0, 1))
        return -min(buy, sell), abs(buy - sell), abs(price - reference) if reference else 0, price

    best = min(range(min(prices), max(prices) + 1), key=rank)
    return best if rank(best)[0] else 0
