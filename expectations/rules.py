"""Row rules: each is a Column that holds a sentence where a row breaks it, and null where it does not.

The rules of a table decide what goes to silver and what to its rejected table.
"""

from collections.abc import Callable
from decimal import Decimal

from pyspark.sql import Column
from pyspark.sql import functions as F

from schemas import types as t

RowRule = Callable[[], Column]  # a Column can only be built once there is a session

FUTURE_TOLERANCE_S = 300
EARLIEST = "1990-01-01"
# What has more digits than DECIMAL(18,9) is decoded as the largest one, so that one is refused as well.
CLAMPED_UNITS = 10**18 - 1
LIMIT = "±999999999.999999998"
UNIT = Decimal("1e-9")
SIDES = ("BUY", "SELL")


def expect_present(*names: str) -> tuple[RowRule, ...]:
    """Columns that every row must have, a rule each."""
    return tuple(_expect_present(name) for name in names)


def _expect_present(name: str) -> RowRule:
    return lambda: F.when(F.col(name).isNull(), F.lit(f"{name} is missing"))


def expect_one_of(name: str, *allowed: str) -> RowRule:
    """An enum whose value the schema knows; null passes."""
    known = ", ".join(allowed)
    return lambda: F.when(~F.col(name).isin(*allowed), _text(f"{name} ", F.col(name), f" is not one of {known}"))


def expect_positive(name: str) -> RowRule:
    """A number above zero; null passes."""
    return lambda: F.when(F.col(name) <= 0, _text(f"{name} ", F.col(name), " is not positive"))


def expect_not_negative(name: str) -> RowRule:
    """A number of zero or more; null passes."""
    return lambda: F.when(F.col(name) < 0, _text(f"{name} ", F.col(name), " is negative"))


def expect_within_limit(name: str) -> RowRule:
    """A number that DECIMAL(18,9) holds; null passes."""
    return lambda: F.when(F.abs(name) >= F.lit(CLAMPED_UNITS * UNIT), F.lit(f"{name} is beyond {LIMIT}"))


def expect_not_ahead() -> RowRule:
    """event_ts at most five minutes ahead of the broker's clock."""
    tolerance = f"{FUTURE_TOLERANCE_S} seconds"
    return lambda: F.when(
        F.col("event_ts") > F.col("kafka_ts") + F.expr(f"interval {tolerance}"),
        _text("event_ts ", F.col("event_ts"), f" is more than {tolerance} ahead of kafka_ts ", F.col("kafka_ts")),
    )


def expect_not_before() -> RowRule:
    """event_ts not before electronic markets."""
    return lambda: F.when(
        F.col("event_ts") < F.lit(EARLIEST).cast(t.TIME),
        _text("event_ts ", F.col("event_ts"), f" is before {EARLIEST}"),
    )


def expect_paired() -> RowRule:
    """As many quantities as prices on each side of a book."""
    return lambda: F.when(
        ~F.col("is_paired"),
        _text(
            *("bid has ", F.size("bid_prices"), " prices and ", F.size("bid_quantities"), " quantities, "),
            *("ask has ", F.size("ask_prices"), " prices and ", F.size("ask_quantities"), " quantities"),
        ),
    )


def expect_positive_levels() -> RowRule:
    """Prices of a book above zero."""
    return lambda: F.when(F.col("lowest_price") <= 0, _text("price ", _exact("lowest_price"), " is not positive"))


def expect_no_negative_levels() -> RowRule:
    """Quantities of a book of zero or more."""
    return lambda: F.when(F.col("lowest_quantity") < 0, _text("quantity ", _exact("lowest_quantity"), " is negative"))


def expect_levels_within_limit() -> RowRule:
    """Prices and quantities of a book that DECIMAL(18,9) holds."""
    return lambda: F.when(
        F.col("highest_level") >= CLAMPED_UNITS,
        _text("price or quantity ", _exact("highest_level"), f" is beyond {LIMIT}"),
    )


def expect_best_first() -> RowRule:
    """The first level of each side is its best."""
    return lambda: F.when(
        ~F.col("is_best_first"),
        F.coalesce(
            _better("bid", F.array_max("bid_prices"), Column.__lt__),
            _better("ask", F.array_min("ask_prices"), Column.__gt__),
        ),
    )


def expect_not_crossed() -> RowRule:
    """Best bid not above best ask; an empty side passes."""
    bid, ask = "bid_price", "ask_price"
    return lambda: F.when(
        F.col(bid) > F.col(ask), _text("crossed quote: bid ", F.col(bid), " is above ask ", F.col(ask))
    )


def _better(side: str, best: Column, is_worse: Callable[[Column, Column], Column]) -> Column:
    first = F.col(f"{side}_price")
    return F.when(is_worse(first, best), _text(f"first {side} ", first, " is not the best, which is ", best))


def _exact(units: str) -> Column:
    return F.col(units) * F.lit(UNIT)


def _text(*parts: str | Column) -> Column:
    missing = F.lit("null")
    return F.concat(*(F.lit(p) if isinstance(p, str) else F.coalesce(p.cast(t.TEXT), missing) for p in parts))


MESSAGE = (*expect_present("producer_id", "symbol", "venue"), expect_not_ahead(), expect_not_before())
LEVELS = (expect_paired(), expect_positive_levels(), expect_no_negative_levels(), expect_levels_within_limit())

RULES: dict[str, tuple[RowRule, ...]] = {
    "silver.orders": (
        *MESSAGE,
        *expect_present("order_id", "action"),
        expect_one_of("action", "NEW", "CANCEL", "REPLACE"),
        expect_one_of("side", *SIDES),
        expect_one_of("type", "LIMIT", "MARKET", "STOP", "STOP_LIMIT"),
        expect_one_of("time_in_force", "DAY", "GTC", "IOC", "FOK", "GTD"),
        expect_not_negative("price"),
        expect_within_limit("price"),
        expect_not_negative("quantity"),
        expect_within_limit("quantity"),
    ),
    "silver.trades": (
        *MESSAGE,
        *expect_present("trade_id"),
        expect_one_of("aggressor_side", *SIDES),
        expect_positive("price"),
        expect_within_limit("price"),
        expect_positive("quantity"),
        expect_within_limit("quantity"),
    ),
    "silver.quotes": (*MESSAGE, *LEVELS, expect_best_first(), expect_not_crossed()),
    "silver.depth": (*MESSAGE, *expect_present("kind"), expect_one_of("kind", "SNAPSHOT", "DIFF"), *LEVELS),
}


def find_violations(table: str) -> Column:
    """ARRAY<STRING> of the sentences of all rules of a silver table that a row breaks.

    The array is put together only for rows that break one: doing so costs more than all rules.
    """
    sentences = [rule() for rule in RULES[table]]
    broken = F.array_compact(F.array(*sentences))
    return F.when(F.coalesce(*sentences).isNull(), F.array().cast(t.SENTENCES)).otherwise(broken)
