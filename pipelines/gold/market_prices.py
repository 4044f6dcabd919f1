"""gold.market_prices: the price of a symbol minute by minute, over all its venues.

Prices are sampled each second: the price of a second is that of the last trade at or before its end, so silent seconds
carry the last price on. The windows end with the minute and are 1, 5 and 15 minutes long.
sma = mean of the prices of the window's seconds; of a symbol's first window, of those since its first trade.
volatility = √Σ r², r = ln(price of a second / price of the second before), over the window's seconds: the realised
volatility of the window itself, not annualised. Null until the window holds a second with one before.
vwap = Σ price × quantity / Σ quantity over the trades of the minute.
"""

from schemas.registry import View

WINDOWS_M = (1, 5, 15)
BEFORE_M = max(WINDOWS_M) - 1  # minutes of the longest window before the one that it ends with
# Sums of decimals are the same in any order.
PRICE_SUM = "DECIMAL(28, 9)"
SQUARE = "DECIMAL(38, 24)"


def _sma(minutes: int) -> str:
    return f"""
       CAST(sum(price_sum) OVER last_{minutes} AS DOUBLE) / sum(seconds) OVER last_{minutes} AS sma_{minutes}m"""


def _volatility(minutes: int) -> str:
    return f"""
       CASE WHEN sum(returns) OVER last_{minutes} > 0
            THEN sqrt(CAST(coalesce(sum(squares) OVER last_{minutes}, 0) AS DOUBLE)) END AS volatility_{minutes}m"""


def _window(minutes: int) -> str:
    return f"""last_{minutes} AS (PARTITION BY symbol ORDER BY window_start
    RANGE BETWEEN INTERVAL {minutes - 1} MINUTES PRECEDING AND CURRENT ROW)"""


def _columns(name: str, meaning: str) -> tuple[tuple[str, str], ...]:
    return tuple((f"{name}_{m}m", f"{meaning} over the {m} minutes that end with this one") for m in WINDOWS_M)


MOVING = ",".join((*map(_sma, WINDOWS_M), *map(_volatility, WINDOWS_M)))

MARKET_PRICES = View(
    "gold.market_prices",
    "Price per symbol and minute over all venues: last, VWAP, moving averages, realised volatility; a row for each "
    f"minute from the first trade to the last, of a longer silence for its first and last {BEFORE_M} minutes",
    (
        ("symbol", "Instrument"),
        ("window_start", "Start of the minute"),
        ("trade_count", "Trades"),
        ("quantity", "Traded quantity"),
        ("value", "Sum of price × quantity"),
        ("open_price", "Price of the first trade; null without trades"),
        ("high_price", "Highest price; null without trades"),
        ("low_price", "Lowest price; null without trades"),
        ("last_price", "Price of the last trade at or before the end of the minute"),
        ("vwap", "value / quantity; null without trades"),
        *_columns("sma", "Mean price, sampled each second and carried over silent ones,"),
        *_columns(
            "volatility", "Root of the sum of squared log returns of prices sampled each second, not annualised,"
        ),
        ("event_date", "UTC date of window_start"),
    ),
    f"""
WITH seconds AS (
  SELECT symbol, window_start AS second, date_trunc('MINUTE', window_start) AS minute, unix_seconds(window_start) AS at,
         sum(trade_count) AS trade_count, sum(quantity) AS quantity, sum(value) AS value,
         max(high_price) AS high_price, min(low_price) AS low_price,
         min(struct(first_ns, first_seq, first_price)).first_price AS open_price,
         max(struct(last_ns, last_seq, last_price)).last_price AS last_price
  FROM gold.prices_1s_partials
  GROUP BY symbol, window_start
), steps AS (
  SELECT *, lag(last_price) OVER (PARTITION BY symbol ORDER BY at) AS price_before,
         CAST(coalesce(lead(at) OVER (PARTITION BY symbol, minute ORDER BY at), unix_seconds(minute) + 60) - at AS INT)
           AS seconds
  FROM seconds
), traded AS (
  SELECT symbol, minute, sum(trade_count) AS trade_count, sum(quantity) AS quantity, sum(value) AS value,
         min_by(open_price, at) AS open_price, max(high_price) AS high_price, min(low_price) AS low_price,
         max_by(last_price, at) AS last_price, min_by(price_before, at) AS price_before,
         CAST(60 - sum(seconds) AS INT) AS seconds_before,
         CAST(sum(last_price * seconds) AS {PRICE_SUM}) AS price_sum,
         sum(CAST(pow(ln(CAST(last_price AS DOUBLE) / CAST(price_before AS DOUBLE)), 2) AS {SQUARE})) AS squares
  FROM steps
  GROUP BY symbol, minute
), gaps AS (
  SELECT *, coalesce(lead(minute) OVER (PARTITION BY symbol ORDER BY minute) - INTERVAL 1 MINUTE, minute) AS last_minute
  FROM traded
), minutes AS (
  SELECT *, explode(array_union(
           sequence(minute, least(last_minute, minute + INTERVAL {BEFORE_M} MINUTES), INTERVAL 1 MINUTE),
           sequence(greatest(minute, last_minute - INTERVAL {BEFORE_M - 1} MINUTES), last_minute, INTERVAL 1 MINUTE)
         )) AS window_start
  FROM gaps
), sampled AS (
  SELECT symbol, window_start, trade_count, quantity, value, open_price, high_price, low_price, last_price, squares,
         price_sum + coalesce(price_before * seconds_before, 0) AS price_sum,
         IF(price_before IS NULL, 60 - seconds_before, 60) AS seconds,
         IF(price_before IS NULL, 59 - seconds_before, 60) AS returns
  FROM minutes WHERE window_start = minute
  UNION ALL
  SELECT symbol, window_start, 0, 0, 0, NULL, NULL, NULL, last_price, 0, last_price * 60, 60, 60
  FROM minutes WHERE window_start > minute
)
SELECT symbol, window_start, trade_count, quantity, value, open_price, high_price, low_price, last_price,
       CAST(value AS DOUBLE) / nullif(CAST(quantity AS DOUBLE), 0) AS vwap,{MOVING},
       to_date(window_start) AS event_date
FROM sampled
WINDOW {", ".join(map(_window, WINDOWS_M))}
""",
    ("symbol",),
    "window_start + INTERVAL 1 MINUTE",
    silent="trade_count",
)
