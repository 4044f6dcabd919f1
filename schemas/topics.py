"""The market topics."""

from schemas.errors import SettingsError
from schemas.proto import market_pb2
from schemas.registry import Topic

MESSAGES = market_pb2.DESCRIPTOR.message_types_by_name

ORDERS = Topic("market.orders.v1", MESSAGES["Order"])
TRADES = Topic("market.trades.v1", MESSAGES["Trade"])
QUOTES = Topic("market.quotes.v1", MESSAGES["Quote"])
DEPTH = Topic("market.depth.v1", MESSAGES["Depth"])
ORDER_EVENTS = Topic("market.order_events.v1", MESSAGES["OrderEvent"])

TOPICS = (ORDERS, TRADES, QUOTES, DEPTH, ORDER_EVENTS)


def topic_named(name: str) -> Topic:
    """The topic of that name. Raises SettingsError, listing them, when there is none."""
    for topic in TOPICS:
        if topic.name == name:
            return topic
    raise SettingsError(f"{name} is no topic: there are {', '.join(topic.name for topic in TOPICS)}.")
