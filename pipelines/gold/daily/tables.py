"""The tables by the day, in the order in which they build on each other."""

from pipelines.gold.daily import (
    bars,
    book_integrity_1m,
    book_measures_1s,
    execution_quality_1d,
    measures_1d,
    predictor_scores,
    stoikov_calibrations,
    trade_costs,
    venue_quotes_1m,
)
from pipelines.gold.daily.declare import Daily

DAILY: tuple[Daily, ...] = (
    book_integrity_1m.DAILY,
    stoikov_calibrations.DAILY,
    book_measures_1s.DAILY,
    trade_costs.DAILY,
    measures_1d.DAILY,
    bars.DAILY,
    bars.VPIN_DAILY,
    predictor_scores.DAILY,
    venue_quotes_1m.DAILY,
    execution_quality_1d.DAILY,
)
