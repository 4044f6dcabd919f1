"""gold.execution_quality_1mo: a month of gold.execution_quality_1d, in the form of a report under SEC Rule 605.

17 CFR 242.605(a)(1) as amended in 2024 (89 FR 26428), per market centre, security, type and size of covered orders:
number and shares; shares cancelled, executed at the venue and away, and by time since receipt; share-weighted time,
quoted, effective and realised spreads; shares and amounts better than, at and worse than the quote. Averages are sums
over sums. The classes of time are our own: the limits of the rule of 2000, from 10 s to 30 min, and finer ones.
"""

from schemas.registry import View
from schemas.venue_reports import BUCKET_COLUMNS, BUCKETS, REALISED


def _mean(total: str, quantity: str, factor: str = "") -> str:
    return f"{factor}CAST(sum({total}) AS DOUBLE) / nullif(CAST(sum({quantity}) AS DOUBLE), 0)"


_SUMMED = {
    "order_count": "Covered orders",
    "filled_order_count": "Of those: executed wholly or in part",
    "quantity": "Shares of covered orders",
    "cancelled_quantity": "Shares cancelled before execution",
    "executed_quantity": "Shares executed at the venue",
}
_LATER = (*(f"less than {name} after receipt" for name in BUCKETS), "later than that")
_AVERAGES = {
    "time_avg_ms": (_mean("time_sum", "executed_quantity", "1000 * "), "Share-weighted time from receipt to execution"),
    "quoted_spread_avg": (_mean("quoted_sum", "executed_quantity"), "Share-weighted best ask − best bid at receipt"),
    "effective_spread_avg": (_mean("effective_sum", "executed_quantity"), "Share-weighted 2·D·(P − M at receipt)"),
    "effective_over_quoted_pct": (
        _mean("effective_sum", "quoted_sum", "100 * "),
        "E/Q: effective over quoted spread, share-weighted; null where the quoted one is 0",
    ),
    **{
        f"realised_spread_{name}_avg": (
            _mean(f"realised_{name}_sum", f"realised_{name}_quantity"),
            f"Share-weighted 2·D·(P − M {name} after execution); null where no such mid is known",
        )
        for name in REALISED
    },
}
_JUDGED = {
    "improved": "at a better price than the quote at receipt",
    "at_quote": "at the quote at receipt",
    "outside": "at a worse price than the quote at receipt",
}


def _judged() -> dict[str, tuple[str, str]]:
    """Columns of what was executed better than, at and worse than the quote."""
    columns = {}
    for name, what in _JUDGED.items():
        quantity = f"{name}_quantity"
        columns[quantity] = (f"sum({quantity})", f"Shares executed {what}; 0 of EXECUTABLE_NMLO")
        if name != "at_quote":
            columns[f"{name}_avg"] = (
                _mean(f"{name}_sum", quantity),
                f"Of those: average |P − quote| per share, {what}",
            )
        columns[f"{name}_time_avg_ms"] = (_mean(f"{name}_time_sum", quantity, "1000 * "), "Of those: average time")
    return columns


_COLUMNS = (
    {name: (f"sum({name})", what) for name, what in _SUMMED.items()}
    | {"executed_away_quantity": ("CAST(0 AS DECIMAL(38, 9))", "Shares executed elsewhere: the exchange routes none")}
    | {name: (f"sum({name})", f"Executed {what}") for name, what in zip(BUCKET_COLUMNS, _LATER, strict=True)}
    | _AVERAGES
    | _judged()
)

EXECUTION_QUALITY_1MO = View(
    "gold.execution_quality_1mo",
    "How a venue of the exchange executed covered orders, per symbol, type and size, in the form of SEC Rule 605",
    (
        ("month_start", "First day of the month, UTC"),
        ("venue", "The market centre, see gold.venues"),
        ("symbol", "Instrument"),
        ("order_type", "MARKET, MARKETABLE_LIMIT, MARKETABLE_IOC, BEYOND_MIDPOINT, EXECUTABLE_NMLO or EXECUTABLE_STOP"),
        ("order_size", "Quantity × best opposite quote at receipt, in currency"),
        ("lot_status", "FRACTIONAL, ODD_LOT or ROUND_LOT"),
        *((name, comment) for name, (_, comment) in _COLUMNS.items()),
        ("known_from", "End of the last day of the month that has been refreshed"),
    ),
    f"""
SELECT trunc(event_date, 'MM') AS month_start, venue, symbol, order_type, order_size, lot_status,
       {", ".join(f"{query} AS {name}" for name, (query, _) in _COLUMNS.items())},
       max(known_ts) AS known_from
FROM gold.execution_quality_1d
GROUP BY 1, 2, 3, 4, 5, 6
""",
    ("venue", "symbol"),
    "CAST(add_months(month_start, 1) AS TIMESTAMP)",
)
