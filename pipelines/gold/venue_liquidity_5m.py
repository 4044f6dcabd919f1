"""gold.venue_liquidity_5m: where a symbol traded in the five minutes that end with each minute.

share s is a venue's part of the symbol's value; HHI = Σs² over the venues ([1, 1] gives 0.5), effective venues 1/HHI,
entropy −Σ s·ln s in nats ([1, 1] gives ln 2). lit_share and dark_share are the parts of the value that traded at venues
of that type. Blocks are those of gold.trades_1m_partials. A report may come late, dark ones above all: known_from says
when a row was complete, and gold.venue_liquidity_known_at gives the shares as they were known at some time.
"""

from schemas.registry import View


def shares_of(trades: str) -> str:
    """Common table expressions, the last `concentrated`, over rows of gold.trades_1m_partials, as FROM takes them."""
    return f"""
minutes AS (
  SELECT symbol, venue, explode(sequence(window_start + INTERVAL 1 MINUTE, window_start + INTERVAL 5 MINUTES,
                                         INTERVAL 1 MINUTE)) AS window_end,
         trade_count, quantity, value, block_count, block_value, last_receive_ns
  FROM {trades}
), windows AS (
  SELECT symbol, venue, window_end, sum(trade_count) AS trade_count, sum(quantity) AS quantity, sum(value) AS value,
         sum(block_count) AS block_count, sum(block_value) AS block_value, max(last_receive_ns) AS last_receive_ns
  FROM minutes
  GROUP BY symbol, venue, window_end
), shares AS (
  SELECT w.*, v.venue_type, CAST(value AS DOUBLE) / nullif(CAST(sum(value) OVER market AS DOUBLE), 0) AS share
  FROM windows w LEFT JOIN gold.venues v ON w.venue = v.venue
  WINDOW market AS (PARTITION BY symbol, window_end)
), concentrated AS (
  SELECT *, {_total("share * share")} AS hhi,
         {_total("CASE WHEN share = 0 THEN 0 ELSE -share * ln(share) END")} AS entropy,
         {_total("share * IF(venue_type <=> 'LIT', 1, 0)")} AS lit_share,
         {_total("share * IF(venue_type <=> 'DARK', 1, 0)")} AS dark_share
  FROM shares
  WINDOW market AS (PARTITION BY symbol, window_end)
)"""


def _total(part: str) -> str:
    """The sum over a symbol's venues, the same in any order."""
    return f"CAST(sum(CAST({part} AS DECIMAL(28, 18))) OVER market AS DOUBLE)"


def _of_quoted(ns: str) -> str:
    return f"q.{ns} / nullif(q.quoted_ns, 0)"


VENUE_LIQUIDITY_5M = View(
    "gold.venue_liquidity_5m",
    "Traded value, quantity and count per symbol and venue over a rolling five minutes, with concentration",
    (
        ("symbol", "Instrument"),
        ("venue", "Venue code, see gold.venues"),
        ("venue_type", "LIT or DARK; null for a venue that gold.venues does not list"),
        ("window_start", "Start of the five minutes"),
        ("window_end", "End of the five minutes, a full minute"),
        ("trade_count", "Trades"),
        ("quantity", "Traded quantity"),
        ("value", "Sum of price × quantity"),
        ("block_count", "Block trades: at least 10,000 shares, or a value of at least 200,000"),
        ("block_value", "Value of block trades"),
        ("share", "The venue's part of the symbol's value, in [0, 1]"),
        ("hhi", "Herfindahl–Hirschman index of the shares, in (0, 1]"),
        ("effective_venues", "1 / hhi"),
        ("entropy", "−Σ share · ln(share) over the venues, in nats; 0 where one has all"),
        ("lit_share", "The part of the symbol's value that traded at lit venues, in [0, 1]"),
        ("dark_share", "The part of the symbol's value that traded in dark pools, in [0, 1]"),
        (
            "time_at_best_bid",
            "Part of the time in which the venue quoted, at the best bid; null before depthlake refresh",
        ),
        ("time_at_best_ask", "The same at the best ask, see gold.venue_quotes_1m"),
        ("time_at_best", "The same at both at once"),
        ("known_from", "When the last trade of the row was received: the row is as here from then on"),
        ("event_date", "UTC date of the window's last minute"),
    ),
    f"""
WITH {shares_of("gold.trades_1m_partials")}, quotes AS (
  SELECT symbol, venue, window_end, sum(quoted_ns) AS quoted_ns, sum(best_bid_ns) AS best_bid_ns,
         sum(best_ask_ns) AS best_ask_ns, sum(best_both_ns) AS best_both_ns
  FROM (SELECT symbol, venue, quoted_ns, best_bid_ns, best_ask_ns, best_both_ns,
               explode(sequence(window_end, window_end + INTERVAL 4 MINUTES, INTERVAL 1 MINUTE)) AS window_end
        FROM gold.venue_quotes_1m)
  GROUP BY symbol, venue, window_end
)
SELECT c.symbol, c.venue, venue_type, c.window_end - INTERVAL 5 MINUTES AS window_start, c.window_end,
       trade_count, quantity, value, block_count, block_value, share, hhi, 1 / nullif(hhi, 0) AS effective_venues,
       entropy, lit_share, dark_share, {_of_quoted("best_bid_ns")} AS time_at_best_bid,
       {_of_quoted("best_ask_ns")} AS time_at_best_ask, {_of_quoted("best_both_ns")} AS time_at_best,
       timestamp_micros((last_receive_ns + 999) DIV 1000) AS known_from,
       to_date(c.window_end - INTERVAL 1 MINUTE) AS event_date
FROM concentrated c
LEFT JOIN quotes q ON c.symbol = q.symbol AND c.venue = q.venue AND c.window_end = q.window_end
""",
    ("symbol", "venue"),
    "greatest(window_end, known_from)",
    # As the times of gold.venue_quotes_1m.
    dict.fromkeys(("time_at_best_bid", "time_at_best_ask", "time_at_best"), 60 * 10**9),
)
