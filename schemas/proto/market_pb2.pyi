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
    ORDER_ACTION_FUND: _ClassVar[OrderAction]
    ORDER_ACTION_PHASE: _ClassVar[OrderAction]
    ORDER_ACTION_REFERENCE: _ClassVar[OrderAction]
    ORDER_ACTION_COLLAR: _ClassVar[OrderAction]
    ORDER_ACTION_TIME: _ClassVar[OrderAction]

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

class SelfTradePrevention(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    SELF_TRADE_PREVENTION_UNSPECIFIED: _ClassVar[SelfTradePrevention]
    SELF_TRADE_PREVENTION_NONE: _ClassVar[SelfTradePrevention]
    SELF_TRADE_PREVENTION_NEWEST: _ClassVar[SelfTradePrevention]
    SELF_TRADE_PREVENTION_OLDEST: _ClassVar[SelfTradePrevention]
    SELF_TRADE_PREVENTION_BOTH: _ClassVar[SelfTradePrevention]
    SELF_TRADE_PREVENTION_DECREMENT: _ClassVar[SelfTradePrevention]

class Phase(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    PHASE_UNSPECIFIED: _ClassVar[Phase]
    PHASE_CONTINUOUS: _ClassVar[Phase]
    PHASE_OPENING_AUCTION: _ClassVar[Phase]
    PHASE_CLOSING_AUCTION: _ClassVar[Phase]
    PHASE_HALT: _ClassVar[Phase]
    PHASE_CLOSED: _ClassVar[Phase]

class OrderEventKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ORDER_EVENT_KIND_UNSPECIFIED: _ClassVar[OrderEventKind]
    ORDER_EVENT_KIND_ACCEPTED: _ClassVar[OrderEventKind]
    ORDER_EVENT_KIND_FILLED: _ClassVar[OrderEventKind]
    ORDER_EVENT_KIND_CANCELLED: _ClassVar[OrderEventKind]
    ORDER_EVENT_KIND_REPLACED: _ClassVar[OrderEventKind]
    ORDER_EVENT_KIND_REFUSED: _ClassVar[OrderEventKind]
    ORDER_EVENT_KIND_CANCEL_REFUSED: _ClassVar[OrderEventKind]
    ORDER_EVENT_KIND_REPLACE_REFUSED: _ClassVar[OrderEventKind]
    ORDER_EVENT_KIND_TRIGGERED: _ClassVar[OrderEventKind]
    ORDER_EVENT_KIND_SET: _ClassVar[OrderEventKind]
    ORDER_EVENT_KIND_FUNDED: _ClassVar[OrderEventKind]

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
ORDER_ACTION_FUND: OrderAction
ORDER_ACTION_PHASE: OrderAction
ORDER_ACTION_REFERENCE: OrderAction
ORDER_ACTION_COLLAR: OrderAction
ORDER_ACTION_TIME: OrderAction
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
SELF_TRADE_PREVENTION_UNSPECIFIED: SelfTradePrevention
SELF_TRADE_PREVENTION_NONE: SelfTradePrevention
SELF_TRADE_PREVENTION_NEWEST: SelfTradePrevention
SELF_TRADE_PREVENTION_OLDEST: SelfTradePrevention
SELF_TRADE_PREVENTION_BOTH: SelfTradePrevention
SELF_TRADE_PREVENTION_DECREMENT: SelfTradePrevention
PHASE_UNSPECIFIED: Phase
PHASE_CONTINUOUS: Phase
PHASE_OPENING_AUCTION: Phase
PHASE_CLOSING_AUCTION: Phase
PHASE_HALT: Phase
PHASE_CLOSED: Phase
ORDER_EVENT_KIND_UNSPECIFIED: OrderEventKind
ORDER_EVENT_KIND_ACCEPTED: OrderEventKind
ORDER_EVENT_KIND_FILLED: OrderEventKind
ORDER_EVENT_KIND_CANCELLED: OrderEventKind
ORDER_EVENT_KIND_REPLACED: OrderEventKind
ORDER_EVENT_KIND_REFUSED: OrderEventKind
ORDER_EVENT_KIND_CANCEL_REFUSED: OrderEventKind
ORDER_EVENT_KIND_REPLACE_REFUSED: OrderEventKind
ORDER_EVENT_KIND_TRIGGERED: OrderEventKind
ORDER_EVENT_KIND_SET: OrderEventKind
ORDER_EVENT_KIND_FUNDED: OrderEventKind
DEPTH_KIND_UNSPECIFIED: DepthKind
DEPTH_KIND_SNAPSHOT: DepthKind
DEPTH_KIND_DIFF: DepthKind

class Order(_message.Message):
    __slots__ = ("producer_id", "seq", "symbol", "venue", "venue_ts_ns", "receive_ts_ns", "venue_seq", "action", "order_id", "original_order_id", "account_id", "side", "type", "time_in_force", "price", "quantity", "stop_price", "display_quantity", "expire_ts_ns", "is_post_only", "self_trade_prevention", "phase", "collar_bps", "cash", "max_order_quantity", "max_order_value", "max_short_quantity")
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
    STOP_PRICE_FIELD_NUMBER: _ClassVar[int]
    DISPLAY_QUANTITY_FIELD_NUMBER: _ClassVar[int]
    EXPIRE_TS_NS_FIELD_NUMBER: _ClassVar[int]
    IS_POST_ONLY_FIELD_NUMBER: _ClassVar[int]
    SELF_TRADE_PREVENTION_FIELD_NUMBER: _ClassVar[int]
    PHASE_FIELD_NUMBER: _ClassVar[int]
    COLLAR_BPS_FIELD_NUMBER: _ClassVar[int]
    CASH_FIELD_NUMBER: _ClassVar[int]
    MAX_ORDER_QUANTITY_FIELD_NUMBER: _ClassVar[int]
    MAX_ORDER_VALUE_FIELD_NUMBER: _ClassVar[int]
    MAX_SHORT_QUANTITY_FIELD_NUMBER: _ClassVar[int]
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
    stop_price: int
    display_quantity: int
    expire_ts_ns: int
    is_post_only: bool
    self_trade_prevention: SelfTradePrevention
    phase: Phase
    collar_bps: int
    cash: int
    max_order_quantity: int
    max_order_value: int
    max_short_quantity: int
    def __init__(self, producer_id: _Optional[str] = ..., seq: _Optional[int] = ..., symbol: _Optional[str] = ..., venue: _Optional[str] = ..., venue_ts_ns: _Optional[int] = ..., receive_ts_ns: _Optional[int] = ..., venue_seq: _Optional[int] = ..., action: _Optional[_Union[OrderAction, str]] = ..., order_id: _Optional[str] = ..., original_order_id: _Optional[str] = ..., account_id: _Optional[str] = ..., side: _Optional[_Union[Side, str]] = ..., type: _Optional[_Union[OrderType, str]] = ..., time_in_force: _Optional[_Union[TimeInForce, str]] = ..., price: _Optional[int] = ..., quantity: _Optional[int] = ..., stop_price: _Optional[int] = ..., display_quantity: _Optional[int] = ..., expire_ts_ns: _Optional[int] = ..., is_post_only: _Optional[bool] = ..., self_trade_prevention: _Optional[_Union[SelfTradePrevention, str]] = ..., phase: _Optional[_Union[Phase, str]] = ..., collar_bps: _Optional[int] = ..., cash: _Optional[int] = ..., max_order_quantity: _Optional[int] = ..., max_order_value: _Optional[int] = ..., max_short_quantity: _Optional[int] = ...) -> None: ...

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

class OrderEvent(_message.Message):
    __slots__ = ("producer_id", "seq", "symbol", "venue", "venue_ts_ns", "receive_ts_ns", "venue_seq", "kind", "reason", "order_id", "account_id", "side", "type", "time_in_force", "price", "quantity", "open_quantity", "trade_id", "is_maker", "fee", "cash", "position", "cost", "realised_pnl", "order_producer_id", "order_seq")
    PRODUCER_ID_FIELD_NUMBER: _ClassVar[int]
    SEQ_FIELD_NUMBER: _ClassVar[int]
    SYMBOL_FIELD_NUMBER: _ClassVar[int]
    VENUE_FIELD_NUMBER: _ClassVar[int]
    VENUE_TS_NS_FIELD_NUMBER: _ClassVar[int]
    RECEIVE_TS_NS_FIELD_NUMBER: _ClassVar[int]
    VENUE_SEQ_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    ORDER_ID_FIELD_NUMBER: _ClassVar[int]
    ACCOUNT_ID_FIELD_NUMBER: _ClassVar[int]
    SIDE_FIELD_NUMBER: _ClassVar[int]
    TYPE_FIELD_NUMBER: _ClassVar[int]
    TIME_IN_FORCE_FIELD_NUMBER: _ClassVar[int]
    PRICE_FIELD_NUMBER: _ClassVar[int]
    QUANTITY_FIELD_NUMBER: _ClassVar[int]
    OPEN_QUANTITY_FIELD_NUMBER: _ClassVar[int]
    TRADE_ID_FIELD_NUMBER: _ClassVar[int]
    IS_MAKER_FIELD_NUMBER: _ClassVar[int]
    FEE_FIELD_NUMBER: _ClassVar[int]
    CASH_FIELD_NUMBER: _ClassVar[int]
    POSITION_FIELD_NUMBER: _ClassVar[int]
    COST_FIELD_NUMBER: _ClassVar[int]
    REALISED_PNL_FIELD_NUMBER: _ClassVar[int]
    ORDER_PRODUCER_ID_FIELD_NUMBER: _ClassVar[int]
    ORDER_SEQ_FIELD_NUMBER: _ClassVar[int]
    producer_id: str
    seq: int
    symbol: str
    venue: str
    venue_ts_ns: int
    receive_ts_ns: int
    venue_seq: int
    kind: OrderEventKind
    reason: str
    order_id: str
    account_id: str
    side: Side
    type: OrderType
    time_in_force: TimeInForce
    price: int
    quantity: int
    open_quantity: int
    trade_id: str
    is_maker: bool
    fee: int
    cash: int
    position: int
    cost: int
    realised_pnl: int
    order_producer_id: str
    order_seq: int
    def __init__(self, producer_id: _Optional[str] = ..., seq: _Optional[int] = ..., symbol: _Optional[str] = ..., venue: _Optional[str] = ..., venue_ts_ns: _Optional[int] = ..., receive_ts_ns: _Optional[int] = ..., venue_seq: _Optional[int] = ..., kind: _Optional[_Union[OrderEventKind, str]] = ..., reason: _Optional[str] = ..., order_id: _Optional[str] = ..., account_id: _Optional[str] = ..., side: _Optional[_Union[Side, str]] = ..., type: _Optional[_Union[OrderType, str]] = ..., time_in_force: _Optional[_Union[TimeInForce, str]] = ..., price: _Optional[int] = ..., quantity: _Optional[int] = ..., open_quantity: _Optional[int] = ..., trade_id: _Optional[str] = ..., is_maker: _Optional[bool] = ..., fee: _Optional[int] = ..., cash: _Optional[int] = ..., position: _Optional[int] = ..., cost: _Optional[int] = ..., realised_pnl: _Optional[int] = ..., order_producer_id: _Optional[str] = ..., order_seq: _Optional[int] = ...) -> None: ...
