"""Numbers as people read them, with their units; None is said to be undefined."""

UNDEFINED = "undefined"
TIMES = ((1_000_000_000, "s"), (1_000_000, "ms"), (1000, "µs"))


def money(value: float | None, currency: str) -> str:
    """An amount with its sign: +1,234.50 USDT."""
    return UNDEFINED if value is None else f"{value:+,.2f} {currency}".replace("-", "−")


def percent(value: float | None, digits: int = 2) -> str:
    """A fraction: 0.1234 is 12.34 %."""
    return UNDEFINED if value is None else f"{value:.{digits}%}".replace("%", " %").replace("-", "−")


def ratio(value: float | None, digits: int = 2) -> str:
    """A number without unit."""
    return UNDEFINED if value is None else f"{value:,.{digits}f}".replace("-", "−")


def count(value: int | None) -> str:
    """A whole number: 1,234."""
    return UNDEFINED if value is None else f"{value:,}"


def duration(ns: float | None) -> str:
    """A time in the largest unit that is at least 1 of it: 250000 is 250 µs."""
    if ns is None:
        return UNDEFINED
    size, unit = next(((size, unit) for size, unit in TIMES if abs(ns) >= size), (1, "ns"))
    return f"{ns / size:.4g} {unit}"


def basis_points(value: float | None) -> str:
    """A fee: 0.5 bps."""
    return UNDEFINED if value is None else f"{value:.4g} bps".replace("-", "−")
