"""The words that profiles and orders have for what they are."""

from enum import StrEnum


class AccountType(StrEnum):
    """Who trades."""

    INDIVIDUAL = "INDIVIDUAL"
    INSTITUTION = "INSTITUTION"
    MARKET_MAKER = "MARKET_MAKER"


class OrderStatus(StrEnum):
    """What became of an order."""

    OPEN = "OPEN"
    FILLED = "FILLED"
    CANCELLED = "CANCELLED"
    REFUSED = "REFUSED"
