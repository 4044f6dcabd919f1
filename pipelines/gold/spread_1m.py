"""gold.spread_1m: the spread of a symbol minute by minute, over all its venues, and what it says of the market.

liquidity_score = 1000/avg; order_imbalance = buy/(buy + sell volume) in [0, 1]; is_anomaly = max > 2 × rolling average;
is_optimal_execution = avg < 5 and std < 2 and 0.4 < order_imbalance < 0.6. Rolling: this minute and the 29 before.
market_regime compares the average with the rolling one: CALM below 0.8, STRESSED above 1.5, else NORMAL.
"""

from pipelines.gold.trusted import trusted
from schemas.registry import View

SPREAD_1M = View(
    "gold.spread_1m",
    "Spread in bps of mid per symbol and minute over all venues, with liquidity, flow and regime",
    (
        ("symbol", "Instrument"),
        ("window_start", "Start of the minute"),
        ("quote_count", "Quotes with both sides"),
        ("spread_avg_bps", "Mean spread"),
        ("spread_min_bps", "Smallest spread"),
        ("spread_max_bps", "Largest spread"),
        ("spread_std_bps", "Standard deviation of the spread over the quotes (population)"),
        ("liquidity_score", "1000 / spread_avg_bps"),
        ("trade_count", "Trades"),
        ("quote_to_trade_ratio", "Quotes per trade; null without trades"),
        ("order_imbalance", "Aggressive buy quantity over aggressive buy and sell quantity; null without either"),
        ("spread_rolling_avg_bps", "Mean of spread_avg_bps over this minute and the 29 before"),
        ("is_anomaly", "spread_max_bps > 2 × spread_rolling_avg_bps"),
        ("is_optimal_execution", "avg < 5 and std < 2 and 0.4 < order_imbalance < 0.6; null where it hangs on a null"),
        ("market_regime", "CALM, NORMAL or STRESSED: spread_avg_bps against its rolling average"),
        ("event_date", "UTC date of window_start"),
    ),
    f"""
WITH quotes AS (
  SELECT symbol, event_date, date_trunc('minute', window_start) AS window_start,
         sum(spread_bps_count) AS n,
         sum(spread_bps_sum) AS total,
         sum(spread_bps_square_sum) AS squares,
         min(spread_bps_min) / 1e6D AS spread_min_bps,
         max(spread_bps_max) / 1e6D AS spread_max_bps
  FROM {trusted("gold.obi_100ms_partials")}
  GROUP BY 1, 2, 3
), trades AS (
  SELECT symbol, event_date, window_start, sum(trade_count) AS trade_count,
         CAST(sum(buy_quantity) AS DOUBLE) AS bought, CAST(sum(sell_quantity) AS DOUBLE) AS sold
  FROM gold.trades_1m_partials
  GROUP BY 1, 2, 3
), joined AS (
  SELECT *, total / nullif(n, 0) / 1e6D AS avg_bps,
         sqrt(greatest(CAST(squares * n - CAST(total AS DECIMAL(38, 0)) * total AS DOUBLE), 0)) / nullif(n, 0) / 1e6D
           AS std_bps,
         bought / nullif(bought + sold, 0) AS imbalance
  FROM quotes FULL JOIN trades USING (symbol, event_date, window_start)
), rolled AS (
  SELECT *, avg(avg_bps) OVER (
    PARTITION BY symbol ORDER BY window_start RANGE BETWEEN INTERVAL 29 MINUTES PRECEDING AND CURRENT ROW
  ) AS rolling_bps
  FROM joined
)
SELECT symbol, window_start,
       coalesce(n, 0) AS quote_count,
       avg_bps AS spread_avg_bps, spread_min_bps, spread_max_bps, std_bps AS spread_std_bps,
       1000 / nullif(avg_bps, 0) AS liquidity_score,
       coalesce(trade_count, 0) AS trade_count,
       coalesce(n, 0) / nullif(trade_count, 0) AS quote_to_trade_ratio,
       imbalance AS order_imbalance,
       rolling_bps AS spread_rolling_avg_bps,
       spread_max_bps > 2 * rolling_bps AS is_anomaly,
       avg_bps < 5 AND std_bps < 2 AND imbalance > 0.4 AND imbalance < 0.6 AS is_optimal_execution,
       CASE WHEN avg_bps < 0.8 * rolling_bps THEN 'CALM' WHEN avg_bps > 1.5 * rolling_bps THEN 'STRESSED'
            WHEN avg_bps IS NOT NULL THEN 'NORMAL' END AS market_regime,
       event_date
FROM rolled
""",
    ("symbol",),
    "window_start + INTERVAL 1 MINUTE",
)
