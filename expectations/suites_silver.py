"""Suites of silver: what the row rules ask of each row, and what they cannot see of one."""

from expectations.checks import Check, Suite, at_least, between, never, of_day, one_of, present, suite_of, unique, warn
from expectations.silver import RULES
from schemas import silver
from schemas.bronze import DELIVERY_IDENTITY
from schemas.registry import Table
from schemas.silver import BOOKS
from schemas.venues import VENUES

KEYS = ("producer_id", "seq")

MESSAGE = (
    *present("seq", "event_ts", "event_ns", "receive_ns", *DELIVERY_IDENTITY, "event_date"),
    of_day("event_date", "event_ts"),
    never("event_ts <> timestamp_micros(event_ns DIV 1000)", "event_ts is event_ns", "event_ts", "event_ns"),
    *warn(one_of("venue", [venue.code for venue in VENUES])),
)
MEASURES = (between("obi", -1, 1), between("obi_levels", -1, 1))
TOUCH = (at_least("bid_quantity", 0), at_least("ask_quantity", 0))

OWN: dict[str, tuple[Check, ...]] = {"silver.quotes": (*TOUCH, *MEASURES, at_least("spread_bps", 0))}


def checks_of_rules(name: str) -> tuple[Check, ...]:
    """The checks of a silver table's row rules."""
    return tuple(rule.check for rule in RULES[name])


def _silver(table: Table) -> Suite:
    checks = (*checks_of_rules(table.name), *MESSAGE, *OWN.get(table.name, ()))
    return suite_of(table, KEYS, *checks, unique(*KEYS))


BOOK_CHECKS = (
    *present("producer_id", "symbol", "venue", "state", "is_valid", "is_gap", "is_recovered"),
    *MESSAGE,
    one_of("kind", ["SNAPSHOT", "DIFF"]),
    one_of("state", ["VALID", "WAITING", "GAP", "COVERED"]),
    never("is_valid <> (state = 'VALID')", "is_valid is whether state is VALID", "is_valid", "state"),
    never("NOT is_valid AND size(concat(bid_prices, ask_prices)) > 0", "an invalid book has no levels", "is_valid"),
    never(
        "is_crossed <> coalesce(bid_price > ask_price, false)",
        "is_crossed is whether bid_price is above ask_price",
        *("is_crossed", "bid_price", "ask_price"),
    ),
    never("spread_bps < 0 AND NOT is_crossed", "spread_bps is at least 0 unless the book is crossed", "spread_bps"),
    *TOUCH,
    *MEASURES,
    unique(*KEYS, "is_recovered"),
)

SUITES = (*map(_silver, silver.TABLES), suite_of(BOOKS, (*KEYS, "is_recovered"), *BOOK_CHECKS))
