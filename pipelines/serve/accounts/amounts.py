"""Amounts as people write them, and as integers of 1e-9."""

from decimal import Decimal, InvalidOperation, Overflow

from schemas.errors import SettingsError

UNITS = 10**9
LIMIT = 10**18 - 1  # of prices and quantities: 18 digits
MONEY_LIMIT = 2**63 - 1


def parse_units(option: str, text: str, limit: int = LIMIT) -> int:
    """The units of 1e-9 in `230.5`. Raises SettingsError, naming the option, on what is no exact amount in range."""
    try:
        amount = Decimal(text) * UNITS
        if amount.is_finite() and amount == int(amount) and 0 <= amount <= limit:
            return int(amount)
    except (InvalidOperation, Overflow):
        pass
    raise SettingsError(f"{option} {text} is no amount: use 0 to {decimal_of(limit):f} with at most nine decimals.")


def decimal_of(units: int) -> Decimal:
    """The exact number of so many units of 1e-9."""
    return Decimal(units).scaleb(-9)
