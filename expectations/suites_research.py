"""Suites of backtests: runs, what they traded and were worth, trials, verdicts, surfaces."""

from expectations.checks import above, at_least, between, counts, never, of_day, one_of, present, suite_of, unique
from schemas import research

MARKET = ("strategy", "parameters", "symbol", "venue", "begin_date", "end_date", "settings")
SOURCE = ("data_versions", "tape_hash", "code_version")
QUEUES = ("TOUCH", "RISK_AVERSE", "PROBABILISTIC")
DAYS = never("begin_date > end_date", "begin_date is at most end_date", "begin_date", "end_date")
ONE_MARKET = one_of("market", ["silver.quotes", "silver.books"])

RUNS = suite_of(
    research.RUNS,
    ("run_id",),
    *present("run_id", *MARKET, *SOURCE, "result_hash", "total_pnl"),
    *counts(research.RUNS),
    DAYS,
    ONE_MARKET,
    one_of("queue_model", QUEUES),
    between("win_rate", 0, 1),
    between("max_drawdown", -1, 0),
    unique("run_id"),
)

TRADES = suite_of(
    research.TRADES_OF_RUNS,
    ("run_id", "number"),
    *present("run_id", "number", "event_ns", "price", "quantity", "fee", "position", "cash", "event_date"),
    of_day("event_date", "event_ts"),
    one_of("side", ["BUY", "SELL"]),
    above("price", 0),
    above("quantity", 0),
    unique("run_id", "number"),
)

EQUITY = suite_of(
    research.EQUITY,
    ("run_id", "event_ns"),
    *present("run_id", "event_ns", "position", "cash", "equity", "event_date"),
    of_day("event_date", "event_ts"),
    never("mid IS NULL AND position <> 0", "what is held has a mid", "mid", "position"),
)

TRIALS = suite_of(
    research.TRIALS,
    ("trial_id",),
    *present("trial_id", "search_id", "trial_ts", *MARKET, "total_return", "trial_date"),
    of_day("trial_date", "trial_ts"),
    DAYS,
    ONE_MARKET,
)

VERDICTS = suite_of(
    research.VERDICTS,
    ("search_id",),
    *present("search_id", *MARKET, *SOURCE, "sentence"),
    *counts(research.VERDICTS),
    DAYS,
    ONE_MARKET,
    one_of("method", ["GRID", "BAYES"]),
    one_of("decision", ["EDGE", "NO_EDGE", "TOO_LITTLE_DATA"]),
    *(between(name, 0, 1) for name in ("dsr", "pbo", "loss_probability", "walk_forward_psr")),
    never(
        "lifetime_trial_count < trial_count",
        "a lifetime has all trials of the search",
        *("lifetime_trial_count", "trial_count"),
    ),
    unique("search_id"),
)

CELL = ("run_id", "latency_ns", "queue_model", "fee_bps")
SURFACE = suite_of(
    research.SURFACE,
    CELL,
    *present(*CELL, "total_pnl", "end_date"),
    at_least("latency_ns", 0),
    one_of("queue_model", QUEUES),
    unique(*CELL),
)

SUITES = (RUNS, TRADES, EQUITY, TRIALS, VERDICTS, SURFACE)
