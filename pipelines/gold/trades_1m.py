"""gold.trades_1m_partials: what traded per symbol, venue and minute, apart by the minute in which it was received.

So what was known at the end of a minute is a sum of rows, however the input was cut. A block is a trade of at least
10,000 shares or with a value of at least 200,000: "block size" in 17 CFR 242.600(b)(12).
"""

from decimal import Decimal

import pyarrow as pa
import pyarrow.compute as pc

from schemas.gold import TRADE_PARTIALS

KEY = ["symbol", "venue", "window_start", "known_ts", "event_date"]
READS = ("symbol", "venue", "event_ts", "receive_ns", "event_date", "aggressor_side", "price", "quantity")
SUMMED = ("quantity", "value", "buy_quantity", "sell_quantity", "block_count", "block_value")
BLOCK_QUANTITY = pa.scalar(Decimal(10_000), pa.decimal128(18, 9))
BLOCK_VALUE = pa.scalar(Decimal(200_000), pa.decimal128(30, 12))
MINUTE_NS = 60 * 10**9
VALUE_DIGITS = 12


def build_trade_partials(trades: pa.Table) -> pa.Table:
    """silver.trades rows (READS) to one row of exact sums per symbol, venue and minute."""
    sums = aggregate_trades(with_values(trades))
    return sums.select(TRADE_PARTIALS.column_names).cast(TRADE_PARTIALS.arrow_schema)


def with_values(trades: pa.Table) -> pa.Table:
    """The key of each trade's window, its value, its quantity by the side that took and as a block, else 0."""
    quantity, side = trades.column("quantity"), trades.column("aggressor_side")
    value = trade_values(trades.column("price"), quantity)
    is_block = pc.or_(pc.greater_equal(quantity, BLOCK_QUANTITY), pc.greater_equal(value, BLOCK_VALUE))
    return pa.table(
        {
            "symbol": trades.column("symbol"),
            "venue": trades.column("venue"),
            "window_start": pc.floor_temporal(trades.column("event_ts"), 1, "minute"),
            "event_date": trades.column("event_date"),
            "quantity": quantity,
            "known_ts": known_times(trades.column("receive_ns")),
            "value": value,
            "buy_quantity": _where(pc.equal(side, "BUY"), quantity),
            "sell_quantity": _where(pc.equal(side, "SELL"), quantity),
            "block_count": is_block.cast(pa.int64()),
            "block_value": _where(is_block, value),
            "receive_ns": trades.column("receive_ns"),
        }
    )


def aggregate_trades(trades: pa.Table) -> pa.Table:
    """Sum up: any partition of the same rows adds up to the same bits."""
    wanted = [*((name, "sum") for name in SUMMED), ("receive_ns", "max"), ([], "count_all")]
    sums = trades.group_by(KEY, use_threads=False).aggregate(wanted)
    names = {"count_all": "trade_count", "receive_ns_max": "last_receive_ns"}
    return sums.rename_columns({f"{name}_sum": name for name in SUMMED} | names)


def trade_values(price: pa.ChunkedArray, quantity: pa.ChunkedArray) -> pa.ChunkedArray:
    """Price × quantity of n trades, each rounded half away from zero to VALUE_DIGITS."""
    return pc.round(pc.multiply(price, quantity), VALUE_DIGITS, "half_towards_infinity").cast(
        pa.decimal128(30, VALUE_DIGITS)
    )


def known_times(receive_ns: pa.ChunkedArray) -> pa.ChunkedArray:
    """The ends of the minutes in which n trades were received, which end after them."""
    minutes = pc.add(pc.divide(receive_ns, MINUTE_NS), 1)
    return pc.multiply(minutes, MINUTE_NS // 1000).cast(pa.timestamp("us", tz="UTC"))


def _where(chosen: pa.ChunkedArray, amount: pa.ChunkedArray) -> pa.ChunkedArray:
    return pc.if_else(pc.fill_null(chosen, False), amount, pa.scalar(0, amount.type))
