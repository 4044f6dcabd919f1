"""The four market topics."""

from schemas.proto import market_pb2
from schemas.registry import Topic

ORDERS = Topic("market.orders.v1", market_pb2.Order.DESCRIPTOR)
TRADES = Topic("market.trades.v1", market_pb2.Trade.DESCRIPTOR)
QUOTES = Topic("market.quotes.v1", market_pb2.Quote.DESCRIPTOR)
DEPTH = Topic("market.depth.v1", market_pb2.Depth.DESCRIPTOR)

TOPICS = (ORDERS, TRADES, QUOTES, DEPTH)


def topic_named(name: str) -> Topic:
    """The topic of that name. Raises StopIteration when there is none."""
    return next(topic for topic in TOPICS if topic.name == name)
