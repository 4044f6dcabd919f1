"""gold.prices_1s_partials: what traded per symbol and second, over all venues, and the first and the last price."""

import pyarrow as pa
import pyarrow.compute as pc

from pipelines.gold.ordered import in_order, taken
from pipelines.gold.trades_1m import trade_values
from schemas.gold import PRICE_PARTIALS

KEY = ["symbol", "window_start", "event_date"]
READS = ("symbol", "event_ts", "event_ns", "venue_seq", "event_date", "price", "quantity")
FOLDS = [("quantity", "sum"), ("value", "sum"), ("price", "max"), ("price", "min"), ("place", "min"), ("place", "max")]
RENAMED = {"quantity_sum": "quantity", "value_sum": "value", "price_max": "high_price", "price_min": "low_price"}


def build_price_partials(trades: pa.Table) -> pa.Table:
    """silver.trades rows (READS) to one row a symbol and second: exact sums, extremes, first and last price.

    Of two trades the one with the greater (event_ns, venue_seq, price) is the later.
    """
    ordered = in_order(with_seconds(trades), "price")
    folds = ordered.group_by(KEY, use_threads=False).aggregate([*FOLDS, ([], "count_all")])
    ends = {"first": folds.column("place_min"), "last": folds.column("place_max")}
    for end, places in ends.items():
        names = {f"{end}_ns": "event_ns", f"{end}_seq": "venue_seq", f"{end}_price": "price"}
        for name, values in taken(ordered, places, **names).items():
            folds = folds.append_column(name, values)
    folds = folds.rename_columns(RENAMED | {"count_all": "trade_count"})
    return folds.select(PRICE_PARTIALS.column_names).cast(PRICE_PARTIALS.arrow_schema)


def with_seconds(trades: pa.Table) -> pa.Table:
    """The second of each trade, and its value."""
    seconds = pc.floor_temporal(trades.column("event_ts"), 1, "second")
    value = trade_values(trades.column("price"), trades.column("quantity"))
    return trades.append_column("window_start", seconds).append_column("value", value)
