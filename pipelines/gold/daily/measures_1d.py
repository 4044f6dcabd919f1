"""gold.measures_1d: what a day of a symbol at a venue comes to; one row."""

from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa

from pipelines.gold.daily.arrays import (
    INTEGRITY_BEFORE,
    QUOTES,
    TRADES,
    clock_of,
    day_of,
    distrusted,
    distrusted_rows,
    in_order,
    minutes_of,
    trades_of,
    trusted_touches,
)
from pipelines.gold.daily.columns import DAY_NS, MINUTE_NS, SECOND_NS, day_ns, nullable, table_of, times
from pipelines.gold.daily.declare import Daily, Inputs
from pipelines.gold.daily.trade_costs import costs_of, sign_trades
from pipelines.microstructure.bars import time_bars
from pipelines.microstructure.flow import explain_by_ofi, explain_by_volume, sum_windows
from pipelines.microstructure.impact import amihud_illiquidity, kyle_lambda, roll_spread
from pipelines.microstructure.regression import fit_line
from pipelines.microstructure.series import UNITS_PER_ONE, Flags, Touches, Trades
from pipelines.microstructure.signing import sign_accuracy, sign_lee_ready
from pipelines.microstructure.spreads import weighted_mean
from schemas.measures import MEASURES_DAILY


def build_measures(inputs: Inputs) -> pa.Table:
    """Rows of silver.trades and silver.quotes of a symbol, venue and day to one row."""
    rows, quotes = inputs[TRADES.name], inputs[QUOTES.name]
    if not len(rows) and not len(quotes):
        return MEASURES_DAILY.arrow_schema.empty_table()
    clock, key = clock_of(rows, quotes), day_of(rows, quotes)
    trades, touches = trades_of(in_order(rows, clock), clock), trusted_touches(quotes, clock, inputs)
    is_excluded = distrusted(trades.ns, inputs)
    chosen = choose(trades, ~is_excluded)
    start = day_ns(key["event_date"])
    signed, _ = sign_trades(chosen, touches)
    measures = {**_costs(signed, touches), **_signs(chosen, touches), **_flow(signed, touches), **_impact(chosen)}
    columns = key | {
        "window_start": times(start),
        "window_end": times(start + DAY_NS),
        "clock": clock,
        "trade_count": len(trades),
        "excluded_trade_count": int(is_excluded.sum()),
        "quote_count": len(touches),
        "excluded_quote_count": int(distrusted(touches.ns, inputs).sum()),
        "excluded_minute_count": int((minutes_of(distrusted_rows(inputs)) >= start // MINUTE_NS).sum()),
        "quantity": pa.scalar(Decimal(sum(trades.quantity.tolist())).scaleb(-9), pa.decimal128(38, 9)),
        "value": float(trades.value.sum()),
        **{name: nullable(np.array([value])) for name, value in measures.items()},
    }
    return table_of(MEASURES_DAILY, columns)


def choose(trades: Trades, chosen: Flags) -> Trades:
    """Some of the trades (n,)."""
    return Trades(*(column[chosen] for column in (trades.ns, trades.price, trades.quantity, trades.sign)))


def _costs(signed: Trades, touches: Touches) -> dict[str, float]:
    return {name: weighted_mean(values, signed.quantity) for name, values in costs_of(signed, touches).items()}


def _signs(trades: Trades, touches: Touches) -> dict[str, float]:
    found = (sign_lee_ready(trades, touches, strict=strict) for strict in (True, False))
    names = ("sign_accuracy", "sign_accuracy_inclusive")
    return {name: sign_accuracy(signs, trades.sign) for name, signs in zip(names, found, strict=True)}


def _flow(signed: Trades, touches: Touches) -> dict[str, float]:
    windows = sum_windows(touches, signed, SECOND_NS)
    by_ofi, by_volume = explain_by_ofi(windows), explain_by_volume(windows)
    return {
        "ofi_slope": by_ofi.slope,
        "ofi_r_squared": by_ofi.r_squared,
        "ofi_inside_r_squared": fit_line(windows.ofi, windows.mid_change_inside).r_squared,
        "volume_r_squared": by_volume.r_squared,
        "kyle_lambda": kyle_lambda(windows.mid_change, windows.signed_volume).slope,
    }


def _impact(trades: Trades) -> dict[str, Any]:
    bars = time_bars(trades, MINUTE_NS)
    returns = np.diff(bars.close) / bars.close[:-1]
    return {
        "amihud": amihud_illiquidity(returns, bars.value[1:]),
        "roll_spread": roll_spread(trades.price / UNITS_PER_ONE),
    }


DAILY = Daily(MEASURES_DAILY, build_measures, (TRADES, QUOTES, INTEGRITY_BEFORE), known_at="window_end")
