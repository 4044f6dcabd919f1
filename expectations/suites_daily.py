"""Suites of gold by the day, and of the parity ledger."""

from expectations.checks import (
    Check,
    Suite,
    above,
    at_least,
    between,
    counts,
    never,
    of_day,
    one_of,
    present,
    suite_of,
    unique,
    warn,
)
from schemas import daily, measures, venue_reports
from schemas.registry import Table

BOOK = ("symbol", "venue")
MINUTE = (*BOOK, "window_start")


def _daily(table: Table, keys: tuple[str, ...], *checks: Check) -> Suite:
    shared = (*present(*keys, "event_date"), *counts(table))
    clock = (one_of("clock", ["VENUE", "RECEIVE"]),) if "clock" in table.column_names else ()
    return suite_of(table, keys, *shared, *clock, *checks, unique(*keys))


def _ordered(low: str, high: str) -> Check:
    return never(f"{low} > {high}", f"{low} is at most {high}", low, high)


INTEGRITY = _daily(
    daily.BOOK_INTEGRITY,
    MINUTE,
    of_day("event_date", "window_start"),
    between("equal_share", 0, 1),
    between("integrity_score", 0, 1),
    _ordered("equal_count", "compared_count"),
    never(
        f"is_trusted <> (integrity_score >= {daily.LEAST_SCORE})",
        f"is_trusted is whether integrity_score is at least {daily.LEAST_SCORE}",
        *("is_trusted", "integrity_score"),
    ),
)

MEASURES = (
    _daily(
        measures.CALIBRATIONS,
        (*BOOK, "sample", "event_date"),
        one_of("sample", ["OPENING", "DAY"]),
        above("tick_units", 0),
        _ordered("sample_start_ns", "sample_end_ns"),
    ),
    _daily(
        measures.BOOK_MEASURES,
        MINUTE,
        of_day("event_date", "window_start"),
        *(between(name, -1, 1) for name in ("obi", "obi_5", "obi_10", "obi_weighted", "obi_10bps")),
        above("mid", 0),
        *warn(at_least("spread_bps", 0)),
    ),
    _daily(
        measures.TRADE_COSTS,
        ("producer_id", "seq"),
        between("sign", -1, 1),
        above("price", 0),
        above("quantity", 0),
        above("mid_before", 0),
        _ordered("quote_ns", "time_ns"),
    ),
    _daily(
        measures.MEASURES_DAILY,
        (*BOOK, "event_date"),
        at_least("quantity", 0),
        at_least("value", 0),
        *(between(name, 0, 1) for name in ("sign_accuracy", "sign_accuracy_inclusive")),
        at_least("amihud", 0),
        at_least("roll_spread", 0),
        _ordered("excluded_trade_count", "trade_count"),
        _ordered("excluded_quote_count", "quote_count"),
    ),
    _daily(
        measures.BARS,
        (*BOOK, "kind", "size", "bar_seq", "event_date"),
        one_of("kind", ["TIME", "VOLUME", "DOLLAR"]),
        above("low_price", 0),
        _ordered("low_price", "high_price"),
        *(_ordered("low_price", name) for name in ("open_price", "close_price")),
        *(_ordered(name, "high_price") for name in ("open_price", "close_price")),
        _ordered("buy_quantity", "quantity"),
    ),
    _daily(
        measures.VPIN,
        (*BOOK, "bucket_seq", "event_date"),
        between("imbalance", -1, 1),
        between("vpin", 0, 1),
        above("bucket_quantity", 0),
    ),
    _daily(
        measures.PREDICTOR_SCORES,
        (*BOOK, "predictor", "horizon", "event_date"),
        at_least("rmse_bps", 0),
        at_least("mae_bps", 0),
    ),
)

QUOTED = ("best_bid_ns", "best_ask_ns", "best_both_ns")
VENUES = (
    _daily(
        venue_reports.VENUE_QUOTES,
        MINUTE,
        of_day("event_date", "window_start"),
        *(at_least(name, 0) for name in ("quoted_ns", *QUOTED, "alone_bid_ns", "alone_ask_ns")),
        *(_ordered(name, "quoted_ns") for name in QUOTED),
    ),
    _daily(
        venue_reports.EXECUTION_QUALITY,
        (*BOOK, "order_type", "order_size", "lot_status", "event_date"),
        *(at_least(name, 0) for name in ("cancelled_quantity", "executed_quantity", *venue_reports.BUCKET_COLUMNS)),
        above("quantity", 0),
        _ordered("filled_order_count", "order_count"),
    ),
)

SUITES = (INTEGRITY, *MEASURES, *VENUES)
