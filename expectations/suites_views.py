"""Suites of the views of gold: what a reader may take for granted."""

from expectations.checks import (
    Check,
    Suite,
    above,
    at_least,
    between,
    never,
    not_empty,
    of_day,
    one_of,
    present,
    unique,
    warn,
)

BOOK = ("symbol", "venue", "window_start")
TYPES = ["LIT", "DARK"]


def _view(name: str, keys: tuple[str, ...], *checks: Check, day: str = "event_date") -> Suite:
    days = present(day) if day and day not in keys else ()
    return Suite(name, keys, day, (*present(*keys), *days, *checks, unique(*keys)))


def _between(names: tuple[str, ...], low: int, high: int) -> tuple[Check, ...]:
    return tuple(between(name, low, high) for name in names)


SUITES = (
    _view("gold.venues", ("venue",), not_empty(), one_of("venue_type", TYPES), day=""),
    _view(
        "gold.obi_100ms",
        BOOK,
        of_day("event_date", "window_start"),
        above("quote_count", 0),
        *_between(("obi", "obi_levels"), -1, 1),
        above("micro_price", 0),
        at_least("spread_min_bps", 0),
        never(
            "NOT round(spread_bps, 6) BETWEEN spread_min_bps AND spread_max_bps",
            "spread_bps is from spread_min_bps to spread_max_bps",
            *("spread_bps", "spread_min_bps", "spread_max_bps"),
        ),
    ),
    _view(
        "gold.spread_1m",
        ("symbol", "window_start"),
        of_day("event_date", "window_start"),
        at_least("quote_count", 0),
        at_least("trade_count", 0),
        at_least("spread_min_bps", 0),
        at_least("spread_std_bps", 0),
        between("order_imbalance", 0, 1),
        one_of("market_regime", ["CALM", "NORMAL", "STRESSED"]),
    ),
    _view(
        "gold.venue_liquidity_5m",
        ("symbol", "venue", "window_end"),
        above("trade_count", 0),
        above("quantity", 0),
        at_least("value", 0),
        *_between(("share", "hhi", "time_at_best_bid", "time_at_best_ask", "time_at_best"), 0, 1),
        *(
            never(f"NOT round({name}, 9) BETWEEN 0 AND 1", f"{name} is from 0 to 1", name)
            for name in ("lit_share", "dark_share")
        ),
        *warn(*present("venue_type")),
        one_of("venue_type", TYPES),
        never("window_end <> window_start + INTERVAL 5 MINUTES", "the window is five minutes long", "window_end"),
    ),
    _view(
        "gold.market_prices",
        ("symbol", "window_start"),
        of_day("event_date", "window_start"),
        at_least("trade_count", 0),
        *present("last_price"),
        above("last_price", 0),
        never(
            "NOT open_price BETWEEN low_price AND high_price",
            "open_price is from low_price to high_price",
            *("open_price", "low_price", "high_price"),
        ),
        never("trade_count = 0 AND vwap IS NOT NULL", "a minute without trades has no vwap", "vwap", "trade_count"),
        *(at_least(f"volatility_{minutes}m", 0) for minutes in (1, 5, 15)),
    ),
    _view(
        "gold.portfolios",
        ("account_id", "window_start"),
        of_day("event_date", "window_start"),
        at_least("order_count", 0),
        at_least("trade_count", 0),
        never("value <> cash + position_value", "value is cash and position_value", "value", "cash", "position_value"),
        never("total_pnl <> value - funded", "total_pnl is value less funded", "total_pnl", "value", "funded"),
        *warn(at_least("cash", 0)),
    ),
    _view(
        "gold.book_snapshots",
        BOOK,
        of_day("event_date", "window_start"),
        between("obi", -1, 1),
        *warn(at_least("spread", 0)),
    ),
    _view(
        "gold.effective_spread_1m",
        BOOK,
        of_day("event_date", "window_start"),
        above("trade_count", 0),
        above("quantity", 0),
    ),
    _view(
        "gold.trades_with_quotes",
        ("producer_id", "seq"),
        above("price", 0),
        above("quantity", 0),
        at_least("quote_age_ns", 0),
    ),
    _view(
        "gold.execution_quality_1mo",
        ("month_start", "venue", "symbol", "order_type", "order_size", "lot_status"),
        above("order_count", 0),
        never("filled_order_count > order_count", "filled_order_count is at most order_count", "filled_order_count"),
        day="",
    ),
    _view(
        "gold.ats_weekly",
        ("week_start", "symbol", "venue"),
        one_of("tier", ["T1", "T2"]),
        above("share_quantity", 0),
        above("trade_count", 0),
        never("dayofweek(week_start) <> 2", "week_start is a Monday", "week_start"),
        day="",
    ),
)
