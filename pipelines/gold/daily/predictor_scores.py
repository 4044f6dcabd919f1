"""gold.predictor_scores: how well mid, micro-prices and order flow foretell the next mid."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa

from pipelines.gold.daily.arrays import INTEGRITY_BEFORE, QUOTES, clock_of, day_of, trusted_touches
from pipelines.gold.daily.columns import DAY_NS, day_ns, nullable, table_of, times
from pipelines.gold.daily.declare import Daily, Inputs
from pipelines.gold.daily.stoikov_calibrations import FEWEST_QUOTES, tick_of
from pipelines.microstructure.scoreboard import Trial, score_predictors
from pipelines.microstructure.series import Touches
from schemas.measures import HORIZONS, PREDICTOR_SCORES

FORETOLD = {"next change": None} | {name: HORIZONS[name] for name in ("100ms", "1s", "10s")}


def build_scores(inputs: Inputs) -> pa.Table:
    """Rows of silver.quotes of a symbol, venue and day to a row a predictor and horizon; none of a day too short."""
    quotes = inputs[QUOTES.name]
    clock = clock_of(quotes)
    touches = trusted_touches(quotes, clock, inputs)
    tick = tick_of(touches)
    if len(touches) < FEWEST_QUOTES or not tick:
        return PREDICTOR_SCORES.arrow_schema.empty_table()
    rows = list(_score(touches, tick))
    columns = {name: [row[name] for row in rows] for name in rows[0]}
    key = day_of(quotes)
    columns |= key | {
        **{name: nullable(np.array(columns[name])) for name in ("rmse_bps", "mae_bps")},
        **{name: pa.array(columns[name]) for name in ("predictor", "horizon", "quote_count")},
        "window_end": times(np.repeat(day_ns(key["event_date"]) + DAY_NS, len(rows))),
        "clock": clock,
    }
    return table_of(PREDICTOR_SCORES, columns)


def _score(touches: Touches, tick: int) -> Iterator[dict[str, Any]]:
    for horizon, ns in FORETOLD.items():
        for score in score_predictors(touches, Trial(len(touches) // 2, tick, ns)):
            yield {
                "predictor": score.predictor,
                "horizon": horizon,
                "rmse_bps": score.rmse_bps,
                "mae_bps": score.mae_bps,
                "quote_count": score.count,
            }


DAILY = Daily(PREDICTOR_SCORES, build_scores, (QUOTES, INTEGRITY_BEFORE), known_at="window_end")
