"""gold.trades_1m_partials: what traded per symbol, venue and minute."""

import pyarrow as pa
import pyarrow.compute as pc

from schemas.gold import TRADE_PARTIALS

KEY = ["symbol", "venue", "window_start", "event_date"]
READS = ("symbol", "venue", "event_ts", "event_date", "aggressor_side", "price", "quantity")
SUMMED = ("quantity", "value", "buy_quantity", "sell_quantity")
VALUE_DIGITS = 12


def build_trade_partials(trades: pa.Table) -> pa.Table:
    """silver.trades rows (READS) to one row of exact sums per symbol, venue and minute."""
    sums = aggregate_trades(with_values(trades))
    return sums.select(TRADE_PARTIALS.column_names).cast(TRADE_PARTIALS.arrow_schema)


def with_values(trades: pa.Table) -> pa.Table:
    """The key of each trade's window, its value, and its quantity by the side that took; 0 for the other side."""
    quantity, side = trades.column("quantity"), trades.column("aggressor_side")
    return pa.table(
        {
            "symbol": trades.column("symbol"),
            "venue": trades.column("venue"),
            "window_start": pc.floor_temporal(trades.column("event_ts"), 1, "minute"),
            "event_date": trades.column("event_date"),
            "quantity": quantity,
            "value": trade_values(trades.column("price"), quantity),
            "buy_quantity": _where(pc.equal(side, "BUY"), quantity),
            "sell_quantity": _where(pc.equal(side, "SELL"), quantity),
        }
    )


def aggregate_trades(trades: pa.Table) -> pa.Table:
    """Sum up: any partition of the same rows adds up to the same bits."""
    sums = trades.group_by(KEY, use_threads=False).aggregate([*((name, "sum") for name in SUMMED), ([], "count_all")])
    return sums.rename_columns({f"{name}_sum": name for name in SUMMED} | {"count_all": "trade_count"})


def trade_values(price: pa.ChunkedArray, quantity: pa.ChunkedArray) -> pa.ChunkedArray:
    """Price × quantity of n trades, each rounded half away from zero to VALUE_DIGITS."""
    return pc.round(pc.multiply(price, quantity), VALUE_DIGITS, "half_towards_infinity").cast(
        pa.decimal128(30, VALUE_DIGITS)
    )


def _where(chosen: pa.ChunkedArray, quantity: pa.ChunkedArray) -> pa.ChunkedArray:
    return pc.if_else(pc.fill_null(chosen, False), quantity, pa.scalar(0, quantity.type))
