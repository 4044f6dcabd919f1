"""gold.venue_liquidity_5m: where a symbol traded in the five minutes that end with each minute.

share is a venue's part of the symbol's value; HHI = Σ share² over the venues ([1, 1] gives 0.5),
effective venues 1/HHI; dark_share is the part of the value that traded in dark pools.
"""

from schemas.registry import View

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
        ("share", "The venue's part of the symbol's value, in [0, 1]"),
        ("hhi", "Herfindahl–Hirschman index of the shares, in (0, 1]"),
        ("effective_venues", "1 / hhi"),
        ("dark_share", "The part of the symbol's value that traded in dark pools, in [0, 1]"),
        ("event_date", "UTC date of the window's last minute"),
    ),
    """
WITH minutes AS (
  SELECT symbol, venue, explode(sequence(window_start + INTERVAL 1 MINUTE, window_start + INTERVAL 5 MINUTES,
                                         INTERVAL 1 MINUTE)) AS window_end,
         trade_count, quantity, value
  FROM gold.trades_1m_partials
), windows AS (
  SELECT symbol, venue, window_end, sum(trade_count) AS trade_count, sum(quantity) AS quantity, sum(value) AS value
  FROM minutes
  GROUP BY symbol, venue, window_end
), shares AS (
  SELECT w.*, v.venue_type, CAST(value AS DOUBLE) / CAST(sum(value) OVER market AS DOUBLE) AS share
  FROM windows w LEFT JOIN gold.venues v ON w.venue = v.venue
  WINDOW market AS (PARTITION BY symbol, window_end)
), concentrated AS (
  SELECT *, CAST(sum(CAST(share * share AS DECIMAL(28, 18))) OVER market AS DOUBLE) AS hhi,
         CAST(sum(CAST(CASE WHEN venue_type = 'DARK' THEN share ELSE 0 END AS DECIMAL(28, 18))) OVER market AS DOUBLE)
           AS dark_share
  FROM shares
  WINDOW market AS (PARTITION BY symbol, window_end)
)
SELECT symbol, venue, venue_type, window_end - INTERVAL 5 MINUTES AS window_start, window_end,
       trade_count, quantity, value, share, hhi, 1 / hhi AS effective_venues, dark_share,
       to_date(window_end - INTERVAL 1 MINUTE) AS event_date
FROM concentrated
""",
    ("symbol", "venue"),
    "window_end",
)
