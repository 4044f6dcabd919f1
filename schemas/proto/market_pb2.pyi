from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Side(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    SIDE_UNSPECIFIED: _ClassVar[Side]
    SIDE_BUY: _ClassVar[Side]
    SIDE_SELL: _ClassVar[Side]

class OrderAction(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ORDER_ACTION_UNSPECIFIED: _ClassVar[OrderAction]
    ORDER_ACTION_NEW: _ClassVar[OrderAction]
    ORDER_ACTION_CANCEL: _ClassVar[OrderAction]
    ORDER_ACTION_REPLACE: _ClassVar[OrderAction]

class OrderType(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ORDER_TYPE_UNSPECIFIED: _ClassVar[OrderType]
    ORDER_TYPE_LIMIT: _ClassVar[OrderType]
    ORDER_TYPE_MARKET: _ClassVar[OrderType]
    ORDER_TYPE_STOP: _ClassVar[OrderType]
    ORDER_TYPE_STOP_LIMIT: _ClassVar[OrderType]

class TimeInForce(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    TIME_IN_FORCE_UNSPECIFIED: _ClassVar[TimeInForce]
    TIME_IN_FORCE_DAY: _ClassVar[TimeInForce]
    TIME_IN_FORCE_GTC: _ClassVar[TimeInForce]
    TIME_IN_FORCE_IOC: _ClassVar[TimeInForce]
    TIME_IN_FORCE_FOK: _ClassVar[TimeInForce]
    TIME_IN_FORCE_GTD: _ClassVar[TimeInForce]

class DepthKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    DEPTH_KIND_UNSPECIFIED: _ClassVar[DepthKind]
    DEPTH_KIND_SNAPSHOT: _ClassVar[DepthKind]
    DEPTH_KIND_DIFF: _ClassVar[DepthKind]
SIDE_UNSPECIFIED: Side
SIDE_BUY: Side
SIDE_SELL: Side
ORDER_ACTION_UNSPECIFIED: OrderAction
ORDER_ACTION_NEW: OrderAction
ORDER_ACTION_CANCEL: OrderAction
ORDER_ACTION_REPLACE: OrderAction
ORDER_TYPE_UNSPECIFIED: OrderType
ORDER_TYPE_LIMIT: OrderType
ORDER_TYPE_MARKET: OrderType
ORDER_TYPE_STOP: OrderType
ORDER_TYPE_STOP_LIMIT: OrderType
TIME_IN_FORCE_UNSPECIFIED: TimeInForce
TIME_IN_FORCE_DAY: TimeInForce
TIME_IN_FORCE_GTC: TimeInForce
TIME_IN_FORCE_IOC: TimeInForce
TIME_IN_FORCE_FOK: TimeInForce
TIME_IN_FORCE_GTD: TimeInForce
DEPTH_KIND_UNSPECIFIED: DepthKind
DEPTH_KIND_SNAPSHOT: DepthKind
DEPTH_KIND_DIFF: DepthKind

class Order(_message.Message):
    __slots__ = ("producer_id", "seq", "symbol", "venue", "venue_ts_ns", "receive_ts_ns", "venue_seq", "action", "order_id", "original_order_id", "account_id", "side", "type", "time_in_force", "price", "quantity")
    PRODUCER_ID_FIELD_NUMBER: _ClassVar[int]
    SEQ_FIELD_NUMBER: _ClassVar[int]
    SYMBOL_FIELD_NUMBER: _ClassVar[int]
    VENUE_FIELD_NUMBER: _ClassVar[int]
    VENUE_TS_NS_FIELD_NUMBER: _ClassVar[int]
    RECEIVE_TS_NS_FIELD_NUMBER: _ClassVar[int]
    VENUE_SEQ_FIELD_NUMBER: _ClassVar[int]
    ACTION_FIELD_NUMBER: _ClassVar[int]
    ORDER_ID_FIELD_NUMBER: _ClassVar[int]
    ORIGINAL_ORDER_ID_FIELD_NUMBER: _ClassVar[int]
    ACCOUNT_ID_FIELD_NUMBER: _ClassVar[int]
    SIDE_FIELD_NUMBER: _ClassVar[int]
    TYPE_FIELD_NUMBER: _ClassVar[int]
    TIME_IN_FORCE_FIELD_NUMBER: _ClassVar[int]
    PRICE_FIELD_NUMBER: _ClassVar[int]
    QUANTITY_FIELD_NUMBER: _ClassVar[int]
    producer_id: str
    seq: int
    symbol: str
    venue: str
    venue_ts_ns: int
    receive_ts_ns: int
    venue_seq: int
    action: OrderAction
    order_id: str
    original_order_id: str
    account_id: str
    side: Side
    type: OrderType
    time_in_force: TimeInForce
    price: int
    quantity: int
    def __init__(self, producer_id: _Optional[str] = ..., seq: _Optional[int] = ..., symbol: _Optional[str] = ..., venue: _Optional[str] = ..., venue_ts_ns: _Optional[int] = ..., receive_ts_ns: _Optional[int] = ..., venue_seq: _Optional[int] = ..., action: _Optional[_Union[OrderAction, str]] = ..., order_id: _Optional[str] = ..., original_order_id: _Optional[str] = ..., account_id: _Optional[str] = ..., side: _Optional[_Union[Side, str]] = ..., type: _Optional[_Union[OrderType, str]] = ..., time_in_force: _Optional[_Union[TimeInForce, str]] = ..., price: _Optional[int] = ..., quantity: _Optional[int] = ...) -> None: ...

class Trade(_message.Message):
    __slots__ = ("producer_id", "seq", "symbol", "venue", "venue_ts_ns", "receive_ts_ns", "venue_seq", "trade_id", "aggressor_side", "price", "quantity", "buy_order_id", "sell_order_id")
    PRODUCER_ID_FIELD_NUMBER: _ClassVar[int]
    SEQ_FIELD_NUMBER: _ClassVar[int]
    SYMBOL_FIELD_NUMBER: _ClassVar[int]
    VENUE_FIELD_NUMBER: _ClassVar[int]
    VENUE_TS_NS_FIELD_NUMBER: _ClassVar[int]
    RECEIVE_TS_NS_FIELD_NUMBER: _ClassVar[int]
    VENUE_SEQ_FIELD_NUMBER: _ClassVar[int]
    TRADE_ID_FIELD_NUMBER: _ClassVar[int]
    AGGRESSOR_SIDE_FIELD_NUMBER: _ClassVar[int]
    PRICE_FIELD_NUMBER: _ClassVar[int]
    QUANTITY_FIELD_NUMBER: _ClassVar[int]
    BUY_ORDER_ID_FIELD_NUMBER: _ClassVar[int]
    SELL_ORDER_ID_FIELD_NUMBER: _ClassVar[int]
    producer_id: str
    seq: int
    symbol: str
    venue: str
    venue_ts_ns: int
    receive_ts_ns: int
    venue_seq: int
    trade_id: str
    aggressor_side: Side
    price: int
    quantity: int
    buy_order_id: str
    sell_order_id: str
    def __init__(self, producer_id: _Optional[str] = ..., seq: _Optional[int] = ..., symbol: _Optional[str] = ..., venue: _Optional[str] = ..., venue_ts_ns: _Optional[int] = ..., receive_ts_ns: _Optional[int] = ..., venue_seq: _Optional[int] = ..., trade_id: _Optional[str] = ..., aggressor_side: _Optional[_Union[Side, str]] = ..., price: _Optional[int] = ..., quantity: _Optional[int] = ..., buy_order_id: _Optional[str] = ..., sell_order_id: _Optional[str] = ...) -> None: ...

class Quote(_message.Message):
    __slots__ = ("producer_id", "seq", "symbol", "venue", "venue_ts_ns", "receive_ts_ns", "venue_seq", "bid_prices", "bid_quantities", "ask_prices", "ask_quantities")
    PRODUCER_ID_FIELD_NUMBER: _ClassVar[int]
    SEQ_FIELD_NUMBER: _ClassVar[int]
    SYMBOL_FIELD_NUMBER: _ClassVar[int]
    VENUE_FIELD_NUMBER: _ClassVar[int]
    VENUE_TS_NS_FIELD_NUMBER: _ClassVar[int]
    RECEIVE_TS_NS_FIELD_NUMBER: _ClassVar[int]
    VENUE_SEQ_FIELD_NUMBER: _ClassVar[int]
    BID_PRICES_FIELD_NUMBER: _ClassVar[int]
    BID_QUANTITIES_FIELD_NUMBER: _ClassVar[int]
    ASK_PRICES_FIELD_NUMBER: _ClassVar[int]
    ASK_QUANTITIES_FIELD_NUMBER: _ClassVar[int]
    producer_id: str
    seq: int
    symbol: str
    venue: str
    venue_ts_ns: int
    receive_ts_ns: int
    venue_seq: int
    bid_prices: _containers.RepeatedScalarFieldContainer[int]
    bid_quantities: _containers.RepeatedScalarFieldContainer[int]
    ask_prices: _containers.RepeatedScalarFieldContainer[int]
    ask_quantities: _containers.RepeatedScalarFieldContainer[int]
    def __init__(self, producer_id: _Optional[str] = ..., seq: _Optional[int] = ..., symbol: _Optional[str] = ..., venue: _Optional[str] = ..., venue_ts_ns: _Optional[int] = ..., receive_ts_ns: _Optional[int] = ..., venue_seq: _Optional[int] = ..., bid_prices: _Optional[_Iterable[int]] = ..., bid_quantities: _Optional[_Iterable[int]] = ..., ask_prices: _Optional[_Iterable[int]] = ..., ask_quantities: _Optional[_Iterable[int]] = ...) -> None: ...

class Depth(_message.Message):
    __slots__ = ("producer_id", "seq", "symbol", "venue", "venue_ts_ns", "receive_ts_ns", "venue_seq", "kind", "first_venue_seq", "previous_venue_seq", "bid_prices", "bid_quantities", "ask_prices", "ask_quantities")
    PRODUCER_ID_FIELD_NUMBER: _ClassVar[int]
    SEQ_FIELD_NUMBER: _ClassVar[int]
    SYMBOL_FIELD_NUMBER: _ClassVar[int]
    VENUE_FIELD_NUMBER: _ClassVar[int]
    VENUE_TS_NS_FIELD_NUMBER: _ClassVar[int]
    RECEIVE_TS_NS_FIELD_NUMBER: _ClassVar[int]
    VENUE_SEQ_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    FIRST_VENUE_SEQ_FIELD_NUMBER: _ClassVar[int]
    PREVIOUS_VENUE_SEQ_FIELD_NUMBER: _ClassVar[int]
    BID_PRICES_FIELD_NUMBER: _ClassVar[int]
    BID_QUANTITIES_FIELD_NUMBER: _ClassVar[int]
    ASK_PRICES_FIELD_NUMBER: _ClassVar[int]
    ASK_QUANTITIES_FIELD_NUMBER: _ClassVar[int]
    producer_id: str
    seq: int
    symbol: str
    venue: str
    venue_ts_ns: int
    receive_ts_ns: int
    venue_seq: int
    kind: DepthKind
    first_venue_seq: int
    previous_venue_seq: int
    bid_prices: _containers.RepeatedScalarFieldContainer[int]
    bid_quantities: _containers.RepeatedScalarFieldContainer[int]
    ask_prices: _containers.RepeatedScalarFieldContainer[int]
    ask_quantities: _containers.RepeatedScalarFieldContainer[int]
    def __init__(self, producer_id: _Optional[str] = ..., seq: _Optional[int] = ..., symbol: _Optional[str] = ..., venue: _Optional[str] = ..., venue_ts_ns: _Optional[int] = ..., receive_ts_ns: _Optional[int] = ..., venue_seq: _Optional[int] = ..., kind: _Optional[_Union[DepthKind, str]] = ..., first_venue_seq: _Optional[int] = ..., previous_venue_seq: _Optional[int] = ..., bid_prices: _Optional[_Iterable[int]] = ..., bid_quantities: _Optional[_Iterable[int]] = ..., ask_prices: _Optional[_Iterable[int]] = ..., ask_quantities: _Optional[_Iterable[int]] = ...) -> None: ...
