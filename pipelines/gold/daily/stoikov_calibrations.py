"""gold.stoikov_calibrations: G* of Stoikov's micro-price, estimated on a day's opening and on the whole day."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa

from pipelines.gold.daily.arrays import INTEGRITY_BEFORE, QUOTES, clock_of, day_of, known_at, trusted_touches
from pipelines.gold.daily.columns import DAY_NS, table_of, times
from pipelines.gold.daily.declare import Daily, Inputs
from pipelines.microstructure.micro_price import Calibration, calibrate_micro_price
from pipelines.microstructure.series import Touches
from schemas.measures import CALIBRATIONS

OPENING_QUOTES = 5_000
FEWEST_QUOTES = 1_000  # fewer say little of twenty states


def build_calibrations(inputs: Inputs) -> pa.Table:
    """Rows of silver.quotes of a symbol, venue and day to a calibration on the opening and one on the day."""
    quotes = inputs[QUOTES.name]
    if not len(quotes):
        return CALIBRATIONS.arrow_schema.empty_table()
    clock = clock_of(quotes)
    rows = [
        table_of(CALIBRATIONS, day_of(quotes) | {"clock": clock} | row)
        for row in _calibrate(trusted_touches(quotes, clock, inputs))
    ]
    return pa.concat_tables([CALIBRATIONS.arrow_schema.empty_table(), *rows]).combine_chunks()


def calibration_of(row: dict[str, Any]) -> Calibration:
    """A row of gold.stoikov_calibrations as what it says."""
    shape = (row["spread_count"], -1)
    adjustments, visits = (np.array(row[name]).reshape(shape) for name in ("adjustments", "visits"))
    edges = np.array(row["edges"], np.float64)
    return Calibration(row["tick_units"], edges, adjustments.astype(np.float64), visits, row["sample_count"])


def tick_of(touches: Touches) -> int:
    """The greatest tick, in units of 1e-9, that divides every price of a side that is there; 0 when none is."""
    bids, asks = touches.bid_price[touches.bid_quantity > 0], touches.ask_price[touches.ask_quantity > 0]
    return int(np.gcd.reduce(np.concatenate((bids, asks)))) if len(bids) or len(asks) else 0


def _calibrate(touches: Touches) -> Iterator[dict[str, Any]]:
    if len(touches) >= OPENING_QUOTES:
        opening = touches[:OPENING_QUOTES]
        yield from _row("OPENING", opening, known_at(opening.ns[-1:]))
    if len(touches) >= FEWEST_QUOTES:
        yield from _row("DAY", touches, times((touches.ns[-1:] // DAY_NS + 1) * DAY_NS))


def _row(sample: str, touches: Touches, known: pa.Array) -> Iterator[dict[str, Any]]:
    tick = tick_of(touches)
    if not tick:
        return
    fitted = calibrate_micro_price(touches, tick)
    yield {
        "sample": sample,
        "sample_start_ns": touches.ns[:1],
        "sample_end_ns": touches.ns[-1:],
        "sample_count": fitted.sample_size,
        "tick_units": tick,
        "spread_count": len(fitted.adjustment_ticks),
        "edges": pa.array([fitted.edges.tolist()]),
        "adjustments": pa.array([fitted.adjustment_ticks.ravel().tolist()]),
        "visits": pa.array([fitted.visits.ravel().tolist()]),
        "known_ts": known,
    }


DAILY = Daily(CALIBRATIONS, build_calibrations, (QUOTES, INTEGRITY_BEFORE), known_at="known_ts")
