"""Backtests: what was run on what, what came of it, every trial there ever was, and what is to be believed."""

from schemas import types as t
from schemas.registry import Column, Table
from schemas.topics import DEPTH, QUOTES, TRADES

TOPICS = (TRADES, QUOTES, DEPTH)

RUN = Column("run_id", t.TEXT, "The run, a hash of everything that it was made of: the same run has the same id")
MARKET = (
    Column("strategy", t.TEXT, "Strategy, as in docs/research.md"),
    Column("parameters", t.TEXT, "Every parameter of it, as JSON"),
    Column("symbol", t.TEXT, "Instrument"),
    Column("venue", t.TEXT, "Venue code, see gold.venues"),
    Column("begin_date", t.DATE, "First UTC day of the tape"),
    Column("end_date", t.DATE, "Last UTC day of the tape"),
    Column("market", t.TEXT, "silver.quotes or silver.books: what told the market"),
)
SETTINGS = Column("settings", t.TEXT, "Everything else that was assumed, as JSON; a latency table whole")
SOURCE = (
    Column("data_versions", t.VERSIONS, "Delta version of each silver table that was read"),
    Column("tape_hash", t.TEXT, "SHA-256 of the rows that were read: other versions with equal rows have the same"),
    Column("code_version", t.TEXT, "Version of the package, and a hash of the code that a result depends on"),
)

RUNS = Table(
    "gold.backtest_runs",
    "Backtests: what each was made of, and its metrics",
    (
        RUN,
        *MARKET,
        SETTINGS,
        Column("queue_model", t.TEXT, "TOUCH, RISK_AVERSE or PROBABILISTIC"),
        Column("maker_fee_bps", t.STATISTIC, "Fee of a fill that rested, in bps of its value; negative: a rebate"),
        Column("taker_fee_bps", t.STATISTIC, "Fee of a fill that took, in bps of its value"),
        Column("feed_latency_ns", t.NANOS, "From the venue to the strategy; a table's mean; null: as recorded"),
        Column("order_latency_ns", t.NANOS, "From the strategy to the venue; a table's mean"),
        Column("seed", t.SEQUENCE, "Of latencies that are drawn"),
        *SOURCE,
        Column("result_hash", t.TEXT, "SHA-256 of its rows in gold.backtest_trades and gold.backtest_equity"),
        Column("event_count", t.COUNT, "Events of the tape"),
        Column("signal_count", t.COUNT, "Times the strategy wanted another position or quote"),
        Column("order_count", t.COUNT, "Orders sent"),
        Column("cancelled_count", t.COUNT, "Orders cancelled"),
        Column("trade_count", t.COUNT, "Fills"),
        Column("round_trip_count", t.COUNT, "Fills that closed a position or a part of one"),
        Column("total_pnl", t.STATISTIC, "Profit or loss net of fees, in the currency of the prices"),
        Column("total_return", t.STATISTIC, "The same over the first equity"),
        Column("win_rate", t.STATISTIC, "Part of the round trips that earned, in [0, 1]"),
        Column("signal_density", t.STATISTIC, "Signals an event"),
        Column("traded_value", t.STATISTIC, "Price × quantity of all fills"),
        Column("fees", t.STATISTIC, "Fees paid; negative: received"),
        Column("turnover", t.STATISTIC, "Traded value over mean equity"),
        Column("max_drawdown", t.STATISTIC, "Deepest fall from the highest equity before, in [−1, 0]"),
        Column("sharpe", t.STATISTIC, "Sharpe ratio a year; null where undefined, as the two that follow"),
        Column("sortino", t.STATISTIC, "Sortino ratio a year"),
        Column("calmar", t.STATISTIC, "Calmar ratio"),
    ),
    TOPICS,
    "end_date",
)

EVENT_DATE = Column("event_date", t.DATE, "UTC date of event_ns: the partition")
TIMES = (
    Column("event_ts", t.TIME, "When, UTC microseconds, on the clock of the tape"),
    Column("event_ns", t.NANOS, "event_ts in nanoseconds since 1970"),
)

TRADES_OF_RUNS = Table(
    "gold.backtest_trades",
    "Every fill of every backtest",
    (
        RUN,
        Column("number", t.SEQUENCE, "1, 2, 3 in the run"),
        *TIMES,
        Column("side", t.TEXT, "BUY or SELL"),
        Column("price", t.EXACT, "Price"),
        Column("quantity", t.EXACT, "Quantity"),
        Column("fee", t.MONEY, "Paid; negative: a rebate"),
        Column("is_maker", t.FLAG, "Whether the order rested"),
        Column("position", t.EXACT, "Position after it; negative: short"),
        Column("cash", t.MONEY, "Cash after it"),
        Column("realised_pnl", t.MONEY, "Realised so far by average cost, fees left out"),
        EVENT_DATE,
    ),
    TOPICS,
    "event_date",
)

EQUITY = Table(
    "gold.backtest_equity",
    "What every backtest was worth, sampled",
    (
        RUN,
        *TIMES,
        Column("position", t.EXACT, "Position; negative: short"),
        Column("mid", t.MID, "Mid of the last market with both sides; null before the first"),
        Column("cash", t.MONEY, "Cash"),
        Column("equity", t.MONEY, "Cash and position at the mid"),
        EVENT_DATE,
    ),
    TOPICS,
    "event_date",
)

TRIALS = Table(
    "gold.backtest_trials",
    "Every trial of parameters on a market there ever was: each makes the next result less surprising",
    (
        Column("trial_id", t.TEXT, "The trial, a hash of strategy, parameters, market, days and settings"),
        Column("search_id", t.TEXT, "Run or search that made it first"),
        Column("trial_ts", t.TIME, "When it was made first"),
        *MARKET,
        SETTINGS,
        Column("total_return", t.STATISTIC, "Sum of the returns, each over the capital"),
        Column("sharpe", t.STATISTIC, "Sharpe ratio a sample of the equity; null where returns do not vary"),
        Column("trial_date", t.DATE, "UTC date of trial_ts: the partition"),
    ),
    TOPICS,
    "trial_date",
    is_append_only=True,
)

VERDICTS = Table(
    "gold.backtest_verdicts",
    "What is to be believed of a search for parameters; docs/selection.md says how it is judged",
    (
        Column("search_id", t.TEXT, "The search, a hash of everything that it was made of"),
        Column("method", t.TEXT, "GRID or BAYES"),
        *MARKET,
        SETTINGS,
        *SOURCE,
        Column("run_id", t.TEXT, "Run of the best trial, in gold.backtest_runs; null where no trial's returns vary"),
        Column("decision", t.TEXT, "EDGE, NO_EDGE or TOO_LITTLE_DATA"),
        Column("sentence", t.TEXT, "Which number decided"),
        Column("trial_count", t.COUNT, "Trials of the search"),
        Column("lifetime_trial_count", t.COUNT, "Trials of the strategy on days of the symbol that overlap, ever"),
        Column("period_count", t.COUNT, "Samples of the equity"),
        Column("independent_periods", t.STATISTIC, "How many independent ones they are worth"),
        Column("sharpe", t.STATISTIC, "Sharpe ratio a period of the best trial; parameters are its"),
        Column("sr0", t.STATISTIC, "Sharpe ratio a period that luck alone gives the best of so many trials"),
        Column("dsr", t.STATISTIC, "Deflated Sharpe ratio, in [0, 1]"),
        Column("pbo", t.STATISTIC, "Probability of backtest overfitting, in [0, 1]; null of a single trial"),
        Column("loss_probability", t.STATISTIC, "Part of the tests of PBO in which the chosen trial loses"),
        Column("walk_forward_return", t.STATISTIC, "Sum of the returns out of sample"),
        Column("walk_forward_sharpe", t.STATISTIC, "Their Sharpe ratio a period"),
        Column("walk_forward_psr", t.STATISTIC, "Probability that it is above 0"),
    ),
    TOPICS,
    "end_date",
)

SURFACE = Table(
    "gold.backtest_surface",
    "What a run would have earned with other latencies, queue models and fees",
    (
        RUN,
        Column("latency_ns", t.NANOS, "Order latency"),
        Column("queue_model", t.TEXT, "TOUCH, RISK_AVERSE or PROBABILISTIC"),
        Column("fee_bps", t.STATISTIC, "Fee of makers and takers alike, in bps"),
        Column("total_pnl", t.STATISTIC, "Profit or loss net of fees"),
        Column("end_date", t.DATE, "Last UTC day of the run: the partition"),
    ),
    TOPICS,
    "end_date",
)

TABLES = (RUNS, TRADES_OF_RUNS, EQUITY, TRIALS, VERDICTS, SURFACE)
