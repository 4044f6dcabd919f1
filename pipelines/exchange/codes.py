"""What the small integers in messages and reports mean, each with one plain sentence."""

from enum import IntEnum


class MessageKind(IntEnum):
    """What a message asks for."""

    NEW = 0
    CANCEL = 1
    REPLACE = 2
    PHASE = 3
    TIME = 4
    REFERENCE = 5
    COLLAR = 6
    FUND = 7


class Side(IntEnum):
    """Which way an order trades."""

    BUY = 0
    SELL = 1


class OrderType(IntEnum):
    """At which price, and from when on. An iceberg is a limit order with a display quantity."""

    LIMIT = 0
    MARKET = 1
    STOP = 2
    STOP_LIMIT = 3


class TimeInForce(IntEnum):
    """For how long an order rests."""

    DAY = 0
    GTC = 1
    GTD = 2
    IOC = 3
    FOK = 4


class SelfTrade(IntEnum):
    """What an incoming order does when it meets an order of its own account."""

    NONE = 0
    NEWEST = 1
    OLDEST = 2
    BOTH = 3
    DECREMENT = 4


class Phase(IntEnum):
    """What a book does with orders now."""

    CONTINUOUS = 0
    OPENING_AUCTION = 1
    CLOSING_AUCTION = 2
    HALT = 3
    CLOSED = 4


class CollarUnit(IntEnum):
    """In what a collar's distance is counted."""

    TICKS = 0
    BPS = 1


class ReportKind(IntEnum):
    """What a report says; 0 to 5 are the numbers of the canonical stream."""

    ACCEPTED = 0
    TRADE = 1
    CANCELLED = 2
    REPLACED = 3
    CANCEL_REFUSED = 4
    REPLACE_REFUSED = 5
    REFUSED = 6
    TRIGGERED = 7
    SET = 8
    FUNDED = 9


class Reason(IntEnum):
    """Why: of a cancellation, of a refusal, of a trade without aggressor."""

    NONE = 0
    USER = 1
    IOC_REST = 2
    FOK = 3
    NO_LIQUIDITY = 4
    COLLAR = 5
    SELF_TRADE = 6
    EXPIRED = 7
    DAY_END = 8
    AUCTION = 9
    DUPLICATE_ID = 10
    UNKNOWN_ORDER = 11
    NOT_OWNER = 12
    BAD_ID = 13
    BAD_PRICE = 14
    BAD_QUANTITY = 15
    OVERFLOW = 16
    BOOK_FULL = 17
    OUT_OF_COLLAR = 18
    WOULD_TAKE = 19
    HALTED = 20
    CLOSED = 21
    BAD_CODE = 22
    BAD_DISPLAY = 23
    BAD_STOP = 24
    BAD_EXPIRY = 25
    NOT_IN_AUCTION = 26
    BAD_TERMS = 27
    UNKNOWN_ACCOUNT = 28
    INSUFFICIENT_CASH = 29
    INSUFFICIENT_SHARES = 30
    ORDER_TOO_LARGE = 31
    NO_PRICE = 32
    BAD_TICK = 33
    BAD_LOT = 34
    NO_ROOM = 35

    @property
    def sentence(self) -> str:
        """The reason in words."""
        return SENTENCES[self]


SENTENCES = {
    Reason.NONE: "Nothing needs a reason.",
    Reason.USER: "Its owner cancelled it.",
    Reason.IOC_REST: "It is immediate-or-cancel, and this part found no counterpart.",
    Reason.FOK: "It is fill-or-kill, and the book cannot fill all of it now.",
    Reason.NO_LIQUIDITY: "It is a market order, and the other side is empty.",
    Reason.COLLAR: "The price collar lets it trade no further.",
    Reason.SELF_TRADE: "It would trade with an order of its own account.",
    Reason.EXPIRED: "Its expiry time has come.",
    Reason.DAY_END: "It is good for the day, and the book closed.",
    Reason.AUCTION: "Both sides met in an auction; neither is the aggressor.",
    Reason.DUPLICATE_ID: "An order with this id is open in this book.",
    Reason.UNKNOWN_ORDER: "No order with this id is open in this book.",
    Reason.NOT_OWNER: "The order belongs to another account.",
    Reason.BAD_ID: "The order id is below zero.",
    Reason.BAD_PRICE: "The price is not between 1 and 2**62 - 1.",
    Reason.BAD_QUANTITY: "The quantity is not between 1 and 2**62 - 1.",
    Reason.OVERFLOW: "Price times quantity does not fit into 64 bits.",
    Reason.BOOK_FULL: "The open quantities of the book do not fit into 62 bits together.",
    Reason.OUT_OF_COLLAR: "The price is further from the reference price than the collar allows.",
    Reason.WOULD_TAKE: "It is post-only, and it would trade at once.",
    Reason.HALTED: "Trading is halted: only cancels are taken.",
    Reason.CLOSED: "The book is closed: only cancels are taken.",
    Reason.BAD_CODE: "Kind, side, type, time in force or self-trade mode is no known code.",
    Reason.BAD_DISPLAY: "The display quantity is below zero, or below a thousandth of the quantity.",
    Reason.BAD_STOP: "The stop price is not between 1 and 2**62 - 1.",
    Reason.BAD_EXPIRY: "A good-till-date order must expire after its message's time.",
    Reason.NOT_IN_AUCTION: "An auction takes no immediate, fill-or-kill or post-only orders.",
    Reason.BAD_TERMS: "Post-only and display quantities go with limit orders that can rest.",
    Reason.UNKNOWN_ACCOUNT: "The account was never funded on this shard.",
    Reason.INSUFFICIENT_CASH: "The account's cash, less what its open orders may cost, does not pay for it.",
    Reason.INSUFFICIENT_SHARES: "The account has not so many shares, offered ones left out, nor may it owe them.",
    Reason.ORDER_TOO_LARGE: "It is above the account's limit of quantity or value for one order.",
    Reason.NO_PRICE: "In an auction an account buys with limit orders only.",
    Reason.BAD_TICK: "A price is no multiple of the tick.",
    Reason.BAD_LOT: "A quantity is no multiple of the lot.",
    Reason.NO_ROOM: "The shard has as many books as it can hold.",
}
