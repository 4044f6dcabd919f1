"""Row rules: each marks the rows that break it, has a sentence for each of them, and says the same as a check.

A row rule judges rows before they are written, its check the table that holds them. A null breaks only
`expect_present`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from expectations.checks import Check, above, at_least, never, one_of, only_where, present

Row = Mapping[str, Any]

FUTURE_TOLERANCE_S = 300
EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
# What has more digits than DECIMAL(18,9) is decoded as the largest one, so that one is refused as well.
CLAMPED_UNITS = 10**18 - 1
LIMIT = "±999999999.999999998"
UNIT = Decimal("1e-9")
CLAMPED = f"{CLAMPED_UNITS * UNIT:f}BD"
PRICES, QUANTITIES = ("bid_prices", "ask_prices"), ("bid_quantities", "ask_quantities")


@dataclass(frozen=True)
class RowRule:
    """A rule over some columns: `breaks` gives a flag a row, `sentence` says of one row why it was refused.

    `check` asks the same of a table, over columns that it stores.
    """

    columns: tuple[str, ...]
    breaks: Callable[..., pa.BooleanArray]
    sentence: Callable[[Row], str]
    check: Check

    def find(self, rows: pa.RecordBatch) -> dict[int, str]:
        """The sentence of each of n rows that breaks the rule, by its index."""
        broken = self.breaks(*(rows.column(name) for name in self.columns))
        if not broken.true_count:
            return {}
        indices = pc.indices_nonzero(broken)
        return dict(
            zip(
                indices.to_pylist(),
                map(self.sentence, rows.select(self.columns).take(indices).to_pylist()),
                strict=True,
            )
        )


def expect_present(*names: str) -> tuple[RowRule, ...]:
    """Columns that every row must have, a rule each."""
    return tuple(map(_expect_present, names))


def _expect_present(name: str) -> RowRule:
    return RowRule((name,), pc.is_null, lambda _: f"{name} is missing", *present(name))


def only_in(kind: str, kinds: Sequence[str], *rules: RowRule) -> tuple[RowRule, ...]:
    """Rules that hold in rows whose column `kind` says one of `kinds`; sentences say which."""
    return tuple(_only_in(kind, kinds, rule) for rule in rules)


def _only_in(kind: str, kinds: Sequence[str], rule: RowRule) -> RowRule:
    listed = pa.array(kinds, pa.string())
    return RowRule(
        (*rule.columns, kind),
        lambda *values: pc.and_(rule.breaks(*values[:-1]), pc.is_in(values[-1], listed)),
        lambda row: f"{rule.sentence(row)} in {row[kind]}",
        only_where(kind, kinds, rule.check),
    )


def expect_one_of(name: str, *allowed: str) -> RowRule:
    """An enum whose value the schema knows; null passes."""
    known = pa.array([None, *allowed], pa.string())
    return RowRule(
        (name,),
        lambda values: pc.invert(pc.is_in(values, known)),
        lambda row: f"{name} {row[name]} is not one of {', '.join(allowed)}",
        one_of(name, allowed),
    )


def expect_positive(name: str) -> RowRule:
    """A number above zero; null passes."""
    return RowRule(
        (name,),
        lambda values: pc.less_equal(values, ZERO),
        lambda row: f"{name} {row[name]:f} is not positive",
        above(name, 0),
    )


def expect_not_negative(name: str) -> RowRule:
    """A number of zero or more; null passes."""
    return RowRule(
        (name,),
        lambda values: pc.less(values, ZERO),
        lambda row: f"{name} {row[name]:f} is negative",
        at_least(name, 0),
    )


def expect_within_limit(name: str) -> RowRule:
    """A number that DECIMAL(18,9) holds; null passes."""
    limit = _exact(CLAMPED_UNITS * UNIT)
    return RowRule(
        (name,),
        lambda values: pc.greater_equal(pc.abs(values), limit),
        lambda _: f"{name} is beyond {LIMIT}",
        never(f"abs({name}) >= {CLAMPED}", f"{name} is within {LIMIT}", name),
    )


def expect_not_ahead() -> RowRule:
    """event_ts at most five minutes ahead of the broker's clock."""
    tolerance = pa.scalar(timedelta(seconds=FUTURE_TOLERANCE_S), pa.duration("us"))
    return RowRule(
        ("event_ts", "kafka_ts"),
        lambda event_ts, kafka_ts: pc.greater(pc.subtract(event_ts, kafka_ts), tolerance),
        lambda row: (
            f"event_ts {_time(row['event_ts'])} is more than {FUTURE_TOLERANCE_S} seconds "
            f"ahead of kafka_ts {_time(row['kafka_ts'])}"
        ),
        never(
            f"event_ts > kafka_ts + INTERVAL {FUTURE_TOLERANCE_S} SECONDS",
            f"event_ts is at most {FUTURE_TOLERANCE_S} seconds ahead of kafka_ts",
            "event_ts",
            "kafka_ts",
        ),
    )


def expect_not_before() -> RowRule:
    """event_ts not before electronic markets."""
    earliest = pa.scalar(EARLIEST, pa.timestamp("us", "UTC"))
    return RowRule(
        ("event_ts",),
        lambda values: pc.less(values, earliest),
        lambda row: f"event_ts {_time(row['event_ts'])} is before {EARLIEST:%Y-%m-%d}",
        never(
            f"event_ts < TIMESTAMP'{EARLIEST:%Y-%m-%dT%H:%M:%SZ}'",
            f"event_ts is not before {EARLIEST:%Y-%m-%d}",
            "event_ts",
        ),
    )


def expect_paired() -> RowRule:
    """As many quantities as prices on each side of a book."""
    lists = (*PRICES[:1], *QUANTITIES[:1], *PRICES[1:], *QUANTITIES[1:])
    return RowRule(
        ("is_paired", *lists),
        lambda is_paired, *_: pc.invert(is_paired),
        lambda row: "bid has {} prices and {} quantities, ask has {} prices and {} quantities".format(
            *(len(row[name]) for name in lists)
        ),
        never(
            "size(bid_prices) <> size(bid_quantities) OR size(ask_prices) <> size(ask_quantities)",
            "each side has as many quantities as prices",
            *lists,
        ),
    )


def expect_positive_levels() -> RowRule:
    """Prices of a book above zero."""
    check = _of_levels("array_min", PRICES, "<= 0", "prices of levels are positive")
    return _judge_units("lowest_price", lambda units: pc.less_equal(units, 0), "price {} is not positive", check)


def expect_no_negative_levels() -> RowRule:
    """Quantities of a book of zero or more."""
    check = _of_levels("array_min", QUANTITIES, "< 0", "quantities of levels are not negative")
    return _judge_units("lowest_quantity", lambda units: pc.less(units, 0), "quantity {} is negative", check)


def expect_levels_within_limit() -> RowRule:
    """Prices and quantities of a book that DECIMAL(18,9) holds."""
    sentence = f"price or quantity {{}} is beyond {LIMIT}"
    check = _of_levels("array_max", PRICES + QUANTITIES, f">= {CLAMPED}", f"levels are within {LIMIT}")
    return _judge_units("highest_level", lambda units: pc.greater_equal(units, CLAMPED_UNITS), sentence, check)


def expect_best_first() -> RowRule:
    """The first level of each side is its best."""
    return RowRule(
        ("is_best_first", "bid_prices", "ask_prices"),
        lambda is_best_first, *_: pc.invert(is_best_first),
        lambda row: _better("bid", row["bid_prices"], max) or _better("ask", row["ask_prices"], min),
        never(
            "get(bid_prices, 0) <> array_max(bid_prices) OR get(ask_prices, 0) <> array_min(ask_prices)",
            "the first level of each side is its best",
            *PRICES,
        ),
    )


def expect_not_crossed() -> RowRule:
    """Best bid not above best ask; an empty side passes."""
    return RowRule(
        ("bid_price", "ask_price"),
        pc.greater,
        lambda row: f"crossed quote: bid {row['bid_price']:f} is above ask {row['ask_price']:f}",
        never("bid_price > ask_price", "bid_price is not above ask_price", "bid_price", "ask_price"),
    )


def _judge_units(name: str, breaks: Callable[..., pa.BooleanArray], sentence: str, check: Check) -> RowRule:
    return RowRule((name,), breaks, lambda row: sentence.format(f"{row[name] * UNIT:f}"), check)


def _of_levels(extreme: str, lists: tuple[str, ...], limit: str, sentence: str) -> Check:
    """The smallest or largest number of some lists; of empty ones it is null, which passes."""
    return never(f"{extreme}(concat({', '.join(lists)})) {limit}", sentence, *lists)


def _better(side: str, prices: list[Decimal], best: Callable[[list[Decimal]], Decimal]) -> str:
    is_first = not prices or prices[0] == best(prices)
    return "" if is_first else f"first {side} {prices[0]:f} is not the best, which is {best(prices):f}"


def _exact(number: Decimal) -> pa.Scalar:
    return pa.scalar(number, pa.decimal128(18, 9))


def _time(moment: datetime) -> str:
    return moment.replace(tzinfo=None).isoformat(" ")


ZERO = _exact(Decimal(0))
