"""gold.venue_liquidity_known_at: the shares of venues as they were known at some time, without reports that came later.

Rows of gold.trades_1m_partials are apart by the minute in which they were received, so the answer is exact at each full
minute; within a minute it is that of its start. Nothing that was received later takes part.
"""

from pipelines.gold.venue_liquidity_5m import shares_of
from schemas import types as t
from schemas.registry import Column, Function, Parameter

KNOWN = "(SELECT * FROM gold.trades_1m_partials WHERE known_ts <= venue_liquidity_known_at.known_ts)"

VENUE_LIQUIDITY_KNOWN_AT = Function(
    "gold.venue_liquidity_known_at",
    "gold.venue_liquidity_5m as it was known at some time: without trades that were received later",
    (Parameter("known_ts", t.TIME, "The time; within a minute, the start of that minute"),),
    (
        Column("symbol", t.TEXT, "Instrument"),
        Column("venue", t.TEXT, "Venue code, see gold.venues"),
        Column("venue_type", t.TEXT, "LIT or DARK; null for a venue that gold.venues does not list"),
        Column("window_end", t.TIME, "End of the five minutes, a full minute"),
        Column("trade_count", t.COUNT, "Trades"),
        Column("quantity", t.EXACT_SUM, "Traded quantity"),
        Column("value", t.VALUE_SUM, "Sum of price × quantity"),
        Column("share", t.STATISTIC, "The venue's part of the symbol's value, in [0, 1]"),
        Column("hhi", t.STATISTIC, "Herfindahl–Hirschman index of the shares, in (0, 1]"),
        Column("entropy", t.STATISTIC, "−Σ share · ln(share) over the venues, in nats"),
        Column("lit_share", t.STATISTIC, "The part of the symbol's value that traded at lit venues, in [0, 1]"),
        Column("dark_share", t.STATISTIC, "The part of the symbol's value that traded in dark pools, in [0, 1]"),
    ),
    f"""
WITH {shares_of(KNOWN)}
SELECT symbol, venue, venue_type, window_end, trade_count, quantity, value, share, hhi, entropy, lit_share, dark_share
FROM concentrated WHERE window_end <= venue_liquidity_known_at.known_ts""",
)
