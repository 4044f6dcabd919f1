"""gold.ats_weekly: what each dark pool traded of a symbol in a week, in the form of FINRA's weekly ATS data.

FINRA Rule 6110 publishes shares and trades per alternative trading system, security and week (Monday to Sunday): of NMS
stocks in Tier 1, the S&P 500 and the Russell 1000 among others, no earlier than two weeks after the week's end, of all
others no earlier than four. It publishes on Mondays: 21 and 35 days after the week's start. Sources do not say the
tier, so Tier 1 are the stocks of the S&P 500 among those that the simulator and the exchange trade; others are Tier 2.
Reports that do not say the pool (venue FINR) are left out.
"""

from schemas.registry import View

TIER_1 = ("AAPL", "AMZN", "GOOGL", "JPM", "META", "MSFT", "NVDA", "PFE", "TSLA", "WMT", "XOM")

ATS_WEEKLY = View(
    "gold.ats_weekly",
    "Shares and trades of each dark pool per symbol and week, in the form of FINRA's weekly ATS data",
    (
        ("week_start", "Monday of the week, UTC"),
        ("tier", "T1 or T2, by pipelines/gold/ats_weekly.py"),
        ("symbol", "Instrument"),
        ("venue", "Venue code, where FINRA has the MPID"),
        ("venue_name", "Name of the venue"),
        ("share_quantity", "Shares traded in the week"),
        ("trade_count", "Trades in the week"),
        ("value", "Sum of price × quantity"),
        ("block_count", "Block trades: at least 10,000 shares, or a value of at least 200,000"),
        ("publication_date", "Monday on which FINRA would publish the row at the earliest: two or four weeks later"),
        ("known_from", "The publication, or when the last trade of the row was received, if that was later"),
    ),
    f"""
WITH weeks AS (
  SELECT to_date(date_trunc('WEEK', window_start)) AS week_start, symbol, venue, venue_name,
         IF(symbol IN ({", ".join(f"'{symbol}'" for symbol in TIER_1)}), 'T1', 'T2') AS tier,
         sum(quantity) AS share_quantity, sum(trade_count) AS trade_count, sum(value) AS value,
         sum(block_count) AS block_count, max(last_receive_ns) AS last_receive_ns
  FROM gold.trades_1m_partials JOIN gold.venues USING (venue)
  WHERE venue_type = 'DARK' AND venue <> 'FINR'
  GROUP BY 1, 2, 3, 4, 5
), published AS (
  SELECT *, date_add(week_start, IF(tier = 'T1', 21, 35)) AS publication_date FROM weeks
)
SELECT week_start, tier, symbol, venue, venue_name, share_quantity, trade_count, value, block_count, publication_date,
       greatest(CAST(publication_date AS TIMESTAMP), timestamp_micros((last_receive_ns + 999) DIV 1000)) AS known_from
FROM published
""",
    ("symbol", "venue"),
    "known_from",
)
