"""gold.bars and gold.vpin: trades by time, by volume and by value.

How much a bar or bucket holds is fixed before it begins: a fiftieth of what traded on the last earlier day of the week
that has trades, else what the day's first hundred trades came to.
"""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipelines.exact import exact_units, wide_units
from pipelines.gold.daily.arrays import KEY, TRADES, date_of, day_of, trades_of
from pipelines.gold.daily.columns import MINUTE_NS, nullable, table_of
from pipelines.gold.daily.declare import Daily, Input, Inputs
from pipelines.microstructure.bars import Bars, dollar_bars, time_bars, volume_bars
from pipelines.microstructure.series import UNITS_PER_ONE, Trades
from pipelines.microstructure.vpin import vpin_by_flag
from schemas.measures import BARS, MEASURES_DAILY, VPIN

A_DAY = 50
FIRST_TRADES = 100
LARGEST = 9e18  # units of 1e-9 that an int64 can sum
EARLIER = Input(
    MEASURES_DAILY, (*KEY, "event_date", "trade_count", "quantity", "value"), ("event_date",), days_before=7
)


def build_bars(inputs: Inputs) -> pa.Table:
    """Rows of silver.trades of a symbol, venue and day to its bars; the last of volume and value only when full."""
    rows = inputs[TRADES.name]
    if not len(rows):
        return BARS.arrow_schema.empty_table()
    trades = trades_of(rows, "VENUE")
    parts = [_rows(kind, size, bars, day_of(rows)) for kind, size, bars in _bars(trades, _sizes(rows, trades, inputs))]
    return pa.concat_tables(parts).combine_chunks()


def build_vpin(inputs: Inputs) -> pa.Table:
    """Rows of silver.trades of a symbol, venue and day to its full buckets."""
    rows = inputs[TRADES.name]
    trades = trades_of(rows, "VENUE")
    sizes = _sizes(rows, trades, inputs) if len(rows) else None
    if not sizes:
        return VPIN.arrow_schema.empty_table()
    coarse = int(trades.quantity.sum(dtype=np.float64) / LARGEST) + 1  # of a day of more, the last digits do not count
    even = Trades(trades.ns, trades.price, trades.quantity // coarse, trades.sign)
    found = vpin_by_flag(even, max(sizes[0] // coarse, 1), A_DAY)
    columns = day_of(rows) | {
        "bucket_seq": np.arange(1, len(found.end_ns) + 1),
        "bucket_quantity": pa.scalar(Decimal(sizes[0]).scaleb(-9), pa.decimal128(38, 9)),
        "close_ns": found.end_ns,
        "imbalance": found.imbalance,
        "vpin": nullable(found.vpin),
    }
    return table_of(VPIN, columns)


def _sizes(rows: pa.Table, trades: Trades, inputs: Inputs) -> tuple[int, float] | None:
    """Quantity, in units of 1e-9, and value of a bar; none while neither is known."""
    measures = inputs[EARLIER.name]
    is_earlier = pc.less(measures.column("event_date"), date_of(rows))
    earlier = measures.filter(pc.and_(is_earlier, pc.greater(measures.column("trade_count"), 0)))
    if len(earlier):
        last = {name: earlier.column(name)[-1].as_py() for name in ("quantity", "value")}
        return max(int(last["quantity"].scaleb(9)) // A_DAY, 1), last["value"] / A_DAY
    if len(trades) < FIRST_TRADES:
        return None
    return int(trades.quantity[:FIRST_TRADES].sum()), float(trades.value[:FIRST_TRADES].sum())


def _bars(trades: Trades, sizes: tuple[int, float] | None) -> Iterator[tuple[str, float, Bars]]:
    yield "TIME", MINUTE_NS / UNITS_PER_ONE, time_bars(trades, MINUTE_NS)
    if sizes:
        quantity, value = sizes
        yield "VOLUME", quantity / UNITS_PER_ONE, volume_bars(trades, quantity)
        yield "DOLLAR", value, dollar_bars(trades, value)


def _rows(kind: str, size: float, bars: Bars, key: dict[str, Any]) -> pa.Table:
    prices = {name: exact_units(getattr(bars, name)) for name in ("open", "high", "low", "close")}
    columns = key | {
        "kind": kind,
        "size": size,
        "bar_seq": np.arange(1, len(bars) + 1),
        "close_ns": bars.close_ns,
        **{f"{name}_price": values for name, values in prices.items()},
        "vwap": nullable(bars.vwap),
        "quantity": wide_units(bars.volume, 38),
        "buy_quantity": wide_units(bars.buy_volume, 38),
        "value": bars.value,
        "trade_count": bars.trade_count,
    }
    is_over = np.ones(len(bars), bool) if kind == "TIME" else bars.is_complete
    return table_of(BARS, columns).filter(pa.array(is_over))


DAILY = Daily(BARS, build_bars, (TRADES, EARLIER), known_at="close_ns")
VPIN_DAILY = Daily(VPIN, build_vpin, (TRADES, EARLIER), known_at="close_ns")
