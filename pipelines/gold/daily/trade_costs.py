"""gold.trade_costs: each trade with the last quote strictly before it, and what the mid did afterwards."""

import numpy as np
import pyarrow as pa

from pipelines.exact import exact_units
from pipelines.gold.daily.arrays import (
    INTEGRITY_BEFORE,
    QUOTES,
    TRADES,
    clock_of,
    day_of,
    distrusted,
    in_order,
    known_at,
    trades_of,
    trusted_touches,
)
from pipelines.gold.daily.columns import MINUTE_NS, nullable, table_of
from pipelines.gold.daily.declare import Daily, Inputs
from pipelines.microstructure.asof import asof_index
from pipelines.microstructure.series import Flags, Floats, Touches, Trades, take_known
from pipelines.microstructure.signing import sign_lee_ready
from pipelines.microstructure.spreads import Spreads, measure_spreads
from schemas.measures import COSTS, HORIZONS, TRADE_COSTS


def build_trade_costs(inputs: Inputs) -> pa.Table:
    """Rows of silver.trades and silver.quotes of a symbol, venue and day to a row a trade in trusted minutes."""
    trades, quotes = inputs[TRADES.name], inputs[QUOTES.name]
    if not len(trades):
        return TRADE_COSTS.arrow_schema.empty_table()
    clock = clock_of(trades, quotes)
    rows = in_order(trades, clock)
    touches = trusted_touches(quotes, clock, inputs)
    signed, is_flagged = sign_trades(trades_of(rows, clock), touches)
    before = asof_index(signed.ns, touches.ns, strict=True)
    columns = day_of(rows) | {name: rows.column(name).combine_chunks() for name in ("producer_id", "seq", "trade_id")}
    columns |= {
        "time_ns": signed.ns,
        "clock": clock,
        "is_strict": True,
        "price": exact_units(signed.price),
        "quantity": exact_units(signed.quantity),
        "sign": signed.sign,
        "is_flagged": is_flagged,
        "quote_ns": pa.array(np.append(touches.ns, 0)[before], mask=before < 0),
        "mid_before": nullable(take_known(touches.mid, before)),
        **{name: nullable(values) for name, values in costs_of(signed, touches).items()},
        "known_ts": known_at(signed.ns),
    }
    return table_of(TRADE_COSTS, columns).filter(pa.array(~distrusted(signed.ns, inputs)))


def sign_trades(trades: Trades, touches: Touches) -> tuple[Trades, Flags]:
    """The trades (n,) signed by the feed's flag, else by Lee and Ready; and which are by the flag."""
    is_flagged = trades.sign != 0
    sign = np.where(is_flagged, trades.sign, sign_lee_ready(trades, touches))
    return Trades(trades.ns, trades.price, trades.quantity, sign), is_flagged


def costs_of(trades: Trades, touches: Touches) -> dict[str, Floats]:
    """The columns of costs (n,) of trades."""
    spreads: Spreads = measure_spreads(trades, touches, tuple(HORIZONS.values()))
    values = (spreads.effective_bps, *spreads.realised_bps, *spreads.impact_bps)
    return dict(zip(COSTS, values, strict=True))


DAILY = Daily(
    TRADE_COSTS,
    build_trade_costs,
    (TRADES, QUOTES, INTEGRITY_BEFORE),
    known_at="known_ts",
    lags_ns={
        f"{what}_{name}_bps": (ns // MINUTE_NS + 1) * MINUTE_NS  # the mid is known when the touches have gone beyond
        for what in ("realised", "impact")
        for name, ns in HORIZONS.items()
    },
)
