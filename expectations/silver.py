"""The row rules of silver: they decide what goes to a table and what to its rejected table."""

import pyarrow as pa

from expectations.rules import (
    RowRule,
    expect_best_first,
    expect_levels_within_limit,
    expect_no_negative_levels,
    expect_not_ahead,
    expect_not_before,
    expect_not_crossed,
    expect_not_negative,
    expect_one_of,
    expect_paired,
    expect_positive,
    expect_positive_levels,
    expect_present,
    expect_within_limit,
    only_in,
)

SIDES = ("BUY", "SELL")

SENT = (*expect_present("producer_id"), expect_not_ahead(), expect_not_before())
MESSAGE = (*SENT, *expect_present("symbol", "venue"))
LEVELS = (expect_paired(), expect_positive_levels(), expect_no_negative_levels(), expect_levels_within_limit())

ORDER_ACTIONS = ("NEW", "CANCEL", "REPLACE")
BOOK_ACTIONS = ("PHASE", "REFERENCE", "COLLAR")
EVENT_KINDS = (
    *("ACCEPTED", "FILLED", "CANCELLED", "REPLACED", "REFUSED", "CANCEL_REFUSED", "REPLACE_REFUSED", "TRIGGERED"),
    "SET",
)
ORDER = (
    expect_one_of("side", *SIDES),
    expect_one_of("type", "LIMIT", "MARKET", "STOP", "STOP_LIMIT"),
    expect_one_of("time_in_force", "DAY", "GTC", "IOC", "FOK", "GTD"),
)

RULES: dict[str, tuple[RowRule, ...]] = {
    "silver.orders": (
        *SENT,
        *expect_present("action"),
        expect_one_of("action", *ORDER_ACTIONS, *BOOK_ACTIONS, "FUND", "TIME"),
        *only_in("action", (*ORDER_ACTIONS, *BOOK_ACTIONS), *expect_present("symbol", "venue")),
        *only_in("action", ORDER_ACTIONS, *expect_present("order_id")),
        *ORDER,
        expect_not_negative("price"),
        expect_within_limit("price"),
        *only_in("action", ORDER_ACTIONS, expect_not_negative("quantity")),
        expect_within_limit("quantity"),
        expect_not_negative("stop_price"),
        expect_within_limit("stop_price"),
        expect_not_negative("display_quantity"),
        expect_within_limit("display_quantity"),
    ),
    "silver.order_events": (
        *SENT,
        *expect_present("kind"),
        expect_one_of("kind", *EVENT_KINDS, "FUNDED"),
        *only_in("kind", EVENT_KINDS, *expect_present("symbol", "venue")),
        *only_in("kind", ("FILLED",), *expect_present("trade_id")),
        *ORDER,
        expect_not_negative("open_quantity"),
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


def find_violations(table: str, rows: pa.RecordBatch) -> dict[int, list[str]]:
    """Of the n rows of a silver table, with LEVEL_FACTS where it has levels: {index: a sentence a broken rule}."""
    found: dict[int, list[str]] = {}
    for rule in RULES[table]:
        for index, sentence in rule.find(rows).items():
            found.setdefault(index, []).append(sentence)
    return found
