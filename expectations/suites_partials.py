"""Suites of the partial aggregates of gold: each row is a sum, so nothing of them is unique."""

from expectations.checks import Check, Suite, above, at_least, counts, never, of_day, present, suite_of
from schemas.gold import (
    ACCOUNT_PARTIALS,
    OBI_PARTIALS,
    PRICE_PARTIALS,
    SNAPSHOT_PARTIALS,
    TRADE_PARTIALS,
)
from schemas.registry import Table


def _partials(table: Table, keys: tuple[str, ...], *checks: Check) -> Suite:
    shared = (*present(*keys, "event_date"), of_day("event_date", "window_start"), *counts(table))
    return suite_of(table, keys, *shared, *checks)


def _at_most(part: str, whole: str) -> Check:
    return never(f"{part} > {whole}", f"{part} is at most {whole}", part, whole)


def _bounded(name: str) -> tuple[Check, ...]:
    """The sum, in units of 1e-9, of a measure in [−1, 1]."""
    said = f"the mean of {name} is from -1 to 1"
    return (
        _at_most(f"{name}_count", "quote_count"),
        never(f"abs({name}_sum) > {name}_count * 1000000000", said, f"{name}_sum", f"{name}_count"),
    )


KEY = ("symbol", "venue", "window_start")

OBI = _partials(
    OBI_PARTIALS,
    KEY,
    above("quote_count", 0),
    *_bounded("obi"),
    *_bounded("obi_levels"),
    at_least("spread_bps_min", 0),
    at_least("spread_bps_square_sum", 0),
    _at_most("spread_bps_min", "spread_bps_max"),
)

TRADES = _partials(
    TRADE_PARTIALS,
    KEY,
    above("trade_count", 0),
    above("quantity", 0),
    at_least("value", 0),
    at_least("buy_quantity", 0),
    at_least("sell_quantity", 0),
    never(
        "buy_quantity + sell_quantity > quantity",
        "buy_quantity and sell_quantity are at most quantity",
        *("buy_quantity", "sell_quantity", "quantity"),
    ),
    _at_most("block_count", "trade_count"),
    _at_most("block_value", "value"),
    *present("known_ts", "last_receive_ns"),
)

PRICES = _partials(
    PRICE_PARTIALS,
    ("symbol", "window_start"),
    above("trade_count", 0),
    above("quantity", 0),
    at_least("value", 0),
    above("low_price", 0),
    *(
        never(
            f"NOT {name} BETWEEN low_price AND high_price",
            f"{name} is from low_price to high_price",
            *(name, "low_price", "high_price"),
        )
        for name in ("first_price", "last_price")
    ),
    _at_most("first_ns", "last_ns"),
)

ACCOUNTS = _partials(
    ACCOUNT_PARTIALS,
    ("account_id", "producer_id", "window_start"),
    never("trade_count > 0 AND fill_ns IS NULL", "fills say when the last was", "trade_count", "fill_ns"),
)

SNAPSHOTS = _partials(
    SNAPSHOT_PARTIALS,
    KEY,
    never(
        "size(bid_prices) <> size(bid_quantities) OR size(ask_prices) <> size(ask_quantities)",
        "each side has as many quantities as prices",
        *("bid_prices", "bid_quantities", "ask_prices", "ask_quantities"),
    ),
)

SUITES = (OBI, TRADES, PRICES, ACCOUNTS, SNAPSHOTS)
