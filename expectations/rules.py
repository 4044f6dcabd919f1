"""Row rules: each is a Column that holds a sentence where a row breaks it, and null where it does not.

The rules of a table decide what goes to silver and what to its rejected table.
"""

from collections.abc import Callable

from pyspark.sql import Column
from pyspark.sql import functions as F

RowRule = Callable[[], Column]

FUTURE_TOLERANCE_S = 300
EARLIEST = "1990-01-01"
# DECIMAL(18,9) ends here; decoding clamps what lies beyond.
LIMIT = "999999999.999999999"
LIMIT_UNITS = 10**18 - 1
SIDES = ("BUY", "SELL")


def _text(*parts: str | Column) -> Column:
    return F.concat(*[F.lit(part) if isinstance(part, str) else F.coalesce(part.cast("string"), F.lit("null")) for part in parts])


def expect_present(*names: str) -> RowRule:
    """Columns that every row must have."""
    return lambda: F.coalesce(*[F.when(F.col(name).isNull(), F.lit(f"{name} is missing")) for name in names])


def expect_one_of(name: str, allowed: tuple[str, ...]) -> RowRule:
    """An enum whose value the schema knows; null passes."""
    sentence = lambda: _text(f"{name} ", F.col(name), f" is not one of {', '.join(allowed)}")  # noqa: E731 - built late
    return lambda: F.when(~F.col(name).isin(*allowed), sentence())


def expect_positive(name: str) -> RowRule:
    """A number above zero; null passes."""
    return lambda: F.when(F.col(name) <= 0, _text(f"{name} ", F.col(name), " is not positive"))


def expect_not_negative(name: str) -> RowRule:
    """A number of zero or more; null passes."""
    return lambda: F.when(F.col(name) < 0, _text(f"{name} ", F.col(name), " is negative"))


def expect_within_limit(name: str) -> RowRule:
    """A number that DECIMAL(18,9) can hold; null passes."""
    limit = f"±{LIMIT}"
    return lambda: F.when(F.abs(F.col(name)) >= F.lit(LIMIT).cast("decimal(18,9)"), F.lit(f"{name} is not within {limit}"))


def expect_plausible_time() -> RowRule:
    """event_ts neither before electronic markets nor more than five minutes ahead of the broker's clock."""
    ahead = lambda: F.col("event_ts") > F.col("kafka_ts") + F.expr(f"interval {FUTURE_TOLERANCE_S} seconds")  # noqa: E731 - built late
    return lambda: F.when(
        ahead(), _text("event_ts ", F.col("event_ts"), f" is over {FUTURE_TOLERANCE_S} s ahead of kafka_ts ", F.col("kafka_ts"))
    ).when(F.col("event_ts") < F.lit(EARLIEST).cast("timestamp"), _text("event_ts ", F.col("event_ts"), f" is before {EARLIEST}"))


def expect_levels() -> tuple[RowRule, ...]:
    """Both book sides: as many quantities as prices, prices positive, quantities not negative, all in range."""
    return (
        lambda: F.when(~F.col("is_paired"), F.lit("a side has not as many quantities as prices")),
        lambda: F.when(F.col("lowest_price") <= 0, _text("price ", _units("lowest_price"), " is not positive")),
        lambda: F.when(F.col("lowest_quantity") < 0, _text("quantity ", _units("lowest_quantity"), " is negative")),
        lambda: F.when(F.col("highest_level") >= LIMIT_UNITS, F.lit(f"a level is not within ±{LIMIT}")),
    )


def expect_best_first() -> RowRule:
    """The first level of each side is its best."""
    return lambda: F.when(~F.col("is_best_first"), F.lit("the first level of a side is not its best"))


def expect_not_crossed() -> RowRule:
    """Best bid not above best ask; an empty side passes."""
    bid, ask = "bid_price", "ask_price"
    return lambda: F.when(F.col(bid) > F.col(ask), _text("crossed quote: bid ", F.col(bid), " is above ask ", F.col(ask)))


def _units(name: str) -> Column:
    return (F.col(name) / 1e9).cast("decimal(28,9)")


MESSAGE = (expect_present("producer_id", "symbol", "venue"), expect_plausible_time())

RULES: dict[str, tuple[RowRule, ...]] = {
    "silver.orders": (
        *MESSAGE,
        expect_present("order_id", "action"),
        expect_one_of("action", ("NEW", "CANCEL", "REPLACE")),
        expect_one_of("side", SIDES),
        expect_one_of("type", ("LIMIT", "MARKET", "STOP", "STOP_LIMIT")),
        expect_one_of("time_in_force", ("DAY", "GTC", "IOC", "FOK", "GTD")),
        expect_not_negative("price"),
        expect_within_limit("price"),
        expect_not_negative("quantity"),
        expect_within_limit("quantity"),
    ),
    "silver.trades": (
        *MESSAGE,
        expect_present("trade_id"),
        expect_one_of("aggressor_side", SIDES),
        expect_positive("price"),
        expect_within_limit("price"),
        expect_positive("quantity"),
        expect_within_limit("quantity"),
    ),
    "silver.quotes": (*MESSAGE, *expect_levels(), expect_best_first(), expect_not_crossed()),
    "silver.depth": (
        *MESSAGE,
        expect_present("kind"),
        expect_one_of("kind", ("SNAPSHOT", "DIFF")),
        *expect_levels(),
    ),
}


def find_violations(table: str) -> Column:
    """ARRAY<STRING> of the sentences of all rules of a silver table that a row breaks."""
    return F.array_compact(F.array(*[rule() for rule in RULES[table]]))
