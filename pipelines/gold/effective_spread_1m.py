"""gold.effective_spread_1m: what trading cost minute by minute, share-weighted over gold.trade_costs.

Effective = 2·D·(P − M)/M · 10⁴ with the mid M before the trade, realised the same with the mid a second later;
impact = effective − realised. A weighted sum is a decimal, so that its order does not matter.
"""

from schemas.registry import View


def _weighted(name: str) -> str:
    weight = f"CASE WHEN {name} IS NOT NULL THEN quantity END"
    total = f"CAST(sum(CAST({name} * CAST(quantity AS DOUBLE) AS DECIMAL(38, 12))) AS DOUBLE)"
    return f"{total} / nullif(CAST(sum({weight}) AS DOUBLE), 0) AS {name}"


EFFECTIVE_SPREAD_1M = View(
    "gold.effective_spread_1m",
    "Effective and realised spread and impact per symbol, venue and minute, share-weighted",
    (
        ("symbol", "Instrument"),
        ("venue", "Venue code, see gold.venues"),
        ("window_start", "Start of the minute"),
        ("trade_count", "Trades in a minute that is to be trusted"),
        ("quantity", "Traded quantity"),
        ("effective_bps", "Effective spread, share-weighted; null when no trade has a sign and a quote before it"),
        ("realised_1s_bps", "Realised spread after a second"),
        ("impact_1s_bps", "effective − realised of trades that have both"),
        ("event_date", "UTC date of window_start"),
    ),
    f"""
SELECT symbol, venue, known_ts - INTERVAL 1 MINUTE AS window_start,
       count(*) AS trade_count, sum(quantity) AS quantity,
       {_weighted("effective_bps")},
       {_weighted("realised_1s_bps")},
       {_weighted("impact_1s_bps")},
       to_date(known_ts - INTERVAL 1 MINUTE) AS event_date
FROM gold.trade_costs
GROUP BY symbol, venue, known_ts
""",
    ("symbol", "venue"),
    "window_start + INTERVAL 1 MINUTE",
    dict.fromkeys(("realised_1s_bps", "impact_1s_bps"), 60 * 10**9),
)
