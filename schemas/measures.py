"""Measures of market microstructure by the day: what books, quotes and trades of a symbol at a venue say.

Minutes whose rebuilt book is not to be trusted (gold.book_integrity_1m) are left out, and counted in
gold.measures_1d; so a row about a moment is known at the end of its minute.
"""

from schemas import types as t
from schemas.gold import EVENT_DATE, KEY
from schemas.registry import Column, Table, Topic
from schemas.topics import DEPTH, QUOTES, TRADES

HORIZONS = {"100ms": 10**8, "1s": 10**9, "10s": 10**10, "1m": 6 * 10**10, "5m": 30 * 10**10}

CLOCK = Column("clock", t.TEXT, "VENUE where all rows that were joined have the venue's time, else RECEIVE")
KNOWN = Column("known_ts", t.TIME, "From when the row is known: the end of its minute, when the book has been judged")
DATE = Column("event_date", t.DATE, "UTC date of event_ts of what it follows from: the partition")


def _costs(weighted: str) -> tuple[Column, ...]:
    horizons = [(name, f"{name} later") for name in HORIZONS]
    return (
        Column("effective_bps", t.STATISTIC, f"Effective spread 2·D·(P − M)/M · 10⁴{weighted}"),
        *(
            Column(f"realised_{n}_bps", t.STATISTIC, f"Realised spread: the same with M {w}{weighted}")
            for n, w in horizons
        ),
        *(Column(f"impact_{n}_bps", t.STATISTIC, f"effective_bps − realised_{n}_bps{weighted}") for n, _ in horizons),
    )


COSTS = tuple(column.name for column in _costs(""))


def _table(name: str, comment: str, columns: tuple[Column, ...], *topics: Topic) -> Table:
    return Table(f"gold.{name}", comment, (*KEY, *columns), topics, "event_date")


CALIBRATIONS = _table(
    "stoikov_calibrations",
    "Stoikov's micro-price calibrated per symbol, venue and day, on the opening and on the whole day, with its sample",
    (
        Column("sample", t.TEXT, "OPENING: the first 5,000 quotes of the day; DAY: all of them"),
        Column("sample_start_ns", t.NANOS, "Time of the first quote of the sample"),
        Column("sample_end_ns", t.NANOS, "Time of the last"),
        Column("sample_count", t.COUNT, "Transitions from quote to quote that were observed"),
        Column("tick_units", t.COUNT, "Size of a tick in units of 1e-9: the greatest that divides every price"),
        Column("spread_count", t.COUNT, "Classes of spread: of 1, 2, … ticks, the last for wider ones too"),
        Column("edges", t.STATISTICS, "OBI at which one class of imbalance ends and the next begins"),
        Column("adjustments", t.STATISTICS, "G* in ticks, class of spread by class of imbalance; NaN: never observed"),
        Column("visits", t.COUNTS, "Transitions from each of these states, mirrored ones counted in"),
        CLOCK,
        KNOWN,
        DATE,
    ),
    QUOTES,
)

BOOK_MEASURES = _table(
    "book_measures_1s",
    "The rebuilt book at the end of each second in which it or the touch changed, and order-flow imbalance",
    (
        Column("window_start", t.TIME, "Start of the second"),
        Column("window_end", t.TIME, "End of the second"),
        CLOCK,
        Column("book_count", t.COUNT, "Books in the second, valid or not"),
        Column("quote_count", t.COUNT, "Quotes in the second"),
        Column("mid", t.STATISTIC, "Mean of the best bid and ask of the book"),
        Column("spread_bps", t.STATISTIC, "Ask less bid of the book, in bps of mid"),
        Column("obi", t.STATISTIC, "(Qb − Qa)/(Qb + Qa) at level 1, in [−1, 1]"),
        Column("obi_5", t.STATISTIC, "The same over the sums of levels 1 to 5"),
        Column("obi_10", t.STATISTIC, "The same over the sums of levels 1 to 10"),
        Column("obi_weighted", t.STATISTIC, "The same over ten levels, weighted by exp(−(level − 1)/2)"),
        Column("obi_10bps", t.STATISTIC, "The same over levels, of the ten, at most 0.1 % from mid"),
        Column("micro_price", t.STATISTIC, "Weighted mid (Pb·Qa + Pa·Qb)/(Qb + Qa) of the book"),
        Column("quote_mid", t.STATISTIC, "Mid of the last quote"),
        Column(
            "micro_price_stoikov",
            t.STATISTIC,
            "quote_mid + G*, calibrated on an earlier day of the last seven, else on this day's opening, once known",
        ),
        Column("ofi", t.STATISTIC, "Order-flow imbalance: the sum over the quotes of the second, in units of quantity"),
        KNOWN,
        EVENT_DATE,
    ),
    DEPTH,
    QUOTES,
)

TRADE_COSTS = _table(
    "trade_costs",
    "Each trade with the quote before it: sign, effective and realised spread, impact",
    (
        Column("producer_id", t.TEXT, "With seq: the trade in silver.trades"),
        Column("seq", t.SEQUENCE, "With producer_id: the trade in silver.trades"),
        Column("trade_id", t.TEXT, "The venue's name of the trade"),
        Column("time_ns", t.NANOS, "When it traded, by clock"),
        CLOCK,
        Column("is_strict", t.FLAG, "Policy of the join: whether the quote is before the trade, not at its time"),
        Column("price", t.EXACT, "Price"),
        Column("quantity", t.EXACT, "Quantity"),
        Column("sign", t.COUNT, "1 where the buyer took, −1 the seller, 0 nobody or unknown"),
        Column("is_flagged", t.FLAG, "Whether the sign is the feed's; else it is by Lee and Ready"),
        Column("quote_ns", t.NANOS, "Time of the quote before; null where there is none"),
        Column("mid_before", t.STATISTIC, "Its mid M"),
        *_costs(""),
        KNOWN,
        DATE,
    ),
    TRADES,
    QUOTES,
)

MEASURES_DAILY = _table(
    "measures_1d",
    "A day of a symbol at a venue: trading, costs, price impact, and how well flow explains the price",
    (
        Column("window_start", t.TIME, "Start of the day"),
        Column("window_end", t.TIME, "End of the day"),
        CLOCK,
        Column("trade_count", t.COUNT, "Trades, excluded ones too"),
        Column("excluded_trade_count", t.COUNT, "Trades in minutes that are not to be trusted: left out of all below"),
        Column("quote_count", t.COUNT, "Quotes, excluded ones too"),
        Column("excluded_quote_count", t.COUNT, "Quotes in minutes that are not to be trusted"),
        Column("excluded_minute_count", t.COUNT, "Minutes that are not to be trusted"),
        Column("quantity", t.EXACT_SUM, "Traded quantity, excluded trades too"),
        Column("value", t.STATISTIC, "Sum of price × quantity, excluded trades too"),
        *_costs(", share-weighted over trades"),
        Column(
            "sign_accuracy",
            t.STATISTIC,
            "Part of the feed's signs that Lee and Ready find by the quote strictly before",
        ),
        Column(
            "sign_accuracy_inclusive", t.STATISTIC, "The same by the quote at or before: what a careless join gives"
        ),
        Column("ofi_slope", t.STATISTIC, "Change of mid per unit of OFI, over windows of 1 s"),
        Column(
            "ofi_r_squared", t.STATISTIC, "Part of the variance of mid's change that OFI explains, window to window"
        ),
        Column("ofi_inside_r_squared", t.STATISTIC, "The same of mid's change from first to last quote of a window"),
        Column("volume_r_squared", t.STATISTIC, "The same as ofi_r_squared, by signed volume"),
        Column("kyle_lambda", t.STATISTIC, "Kyle's λ: change of mid per unit of signed volume, over windows of 1 s"),
        Column("amihud", t.STATISTIC, "Amihud's illiquidity: mean of |return| / value over windows of 1 min"),
        Column(
            "roll_spread", t.STATISTIC, "Roll's spread in units of price; null where the covariance is not negative"
        ),
        DATE,
    ),
    TRADES,
    QUOTES,
)

BARS = _table(
    "bars",
    "Bars of trades by time, volume and value, stamped at their close",
    (
        Column("kind", t.TEXT, "TIME, VOLUME or DOLLAR"),
        Column("size", t.STATISTIC, "Seconds, quantity or value that a bar holds at least"),
        Column("bar_seq", t.SEQUENCE, "Number of the bar of its kind in the day, from 1"),
        Column("close_ns", t.NANOS, "End of the minute, or time of the bar's last trade"),
        Column("open_price", t.EXACT, "Price of the first trade"),
        Column("high_price", t.EXACT, "Highest price"),
        Column("low_price", t.EXACT, "Lowest price"),
        Column("close_price", t.EXACT, "Price of the last trade"),
        Column("vwap", t.STATISTIC, "Volume-weighted average price"),
        Column("quantity", t.EXACT_SUM, "Traded quantity"),
        Column("buy_quantity", t.EXACT_SUM, "Of trades whose buyer took"),
        Column("value", t.STATISTIC, "Sum of price × quantity"),
        Column("trade_count", t.COUNT, "Trades"),
        DATE,
    ),
    TRADES,
)

VPIN = _table(
    "vpin",
    "VPIN: the part of imbalanced volume in the last fifty buckets of equal volume",
    (
        Column("bucket_seq", t.SEQUENCE, "Number of the bucket in the day, from 1"),
        Column("bucket_quantity", t.EXACT_SUM, "Quantity that a bucket holds"),
        Column("close_ns", t.NANOS, "When the bucket was full"),
        Column("imbalance", t.STATISTIC, "(buy − sell)/bucket_quantity, in [−1, 1]"),
        Column("vpin", t.STATISTIC, "Mean of |imbalance| over the last fifty buckets; null before there are fifty"),
        DATE,
    ),
    TRADES,
)

PREDICTOR_SCORES = _table(
    "predictor_scores",
    "Errors of what foretells the next mid, fitted on the first half of a day's quotes, scored on the other",
    (
        Column("window_end", t.TIME, "End of the day"),
        Column(
            "predictor",
            t.TEXT,
            "mid, micro_price, micro_price_stoikov, or mid_ofi: mid moved by OFI of the last second",
        ),
        Column("horizon", t.TEXT, "What is foretold: the mid at its next change, or 100ms, 1s, 10s later"),
        Column("rmse_bps", t.STATISTIC, "Root of the mean squared error, in bps of mid"),
        Column("mae_bps", t.STATISTIC, "Mean absolute error, in bps of mid"),
        Column("quote_count", t.COUNT, "Quotes that were scored: the same for all predictors of a horizon"),
        CLOCK,
        DATE,
    ),
    QUOTES,
)

TABLES = (CALIBRATIONS, BOOK_MEASURES, TRADE_COSTS, MEASURES_DAILY, BARS, VPIN, PREDICTOR_SCORES)
