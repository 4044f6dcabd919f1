"""gold.execution_quality_1d: how well a venue of the exchange executed the orders that it received on a day.

Quotes are the best bid and offer of the exchange's displayed venues; effective spread 2·D·(P − M) with M at receipt,
realised spread the same with M some time after execution, null past the last quote. Sums are exact.
"""

from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipelines.exact import exact_units, wide_units
from pipelines.gold.daily.arrays import INTEGRITY, QUOTES
from pipelines.gold.daily.columns import DAY_NS, day_ns, first, times
from pipelines.gold.daily.covered_orders import RESTING, TYPES, Covered, cover, lots_of, sizes_of
from pipelines.gold.daily.declare import Daily, Inputs
from pipelines.gold.daily.market_quotes import market_quotes
from pipelines.gold.daily.order_lives import EVENTS, ORDERS, Lives, Parts, order_lives
from pipelines.gold.trades_1m import trade_values
from pipelines.microstructure.asof import asof_index
from pipelines.microstructure.nbbo import consolidate
from pipelines.microstructure.series import Flags, Ints, Touches
from schemas.places import PLACES
from schemas.venue_reports import BUCKET_COLUMNS, BUCKETS, EXECUTION_QUALITY, REALISED
from schemas.venues import EXCHANGE_VENUES

(MARKET,) = {PLACES[venue.code].market for venue in EXCHANGE_VENUES}
CLASS = ("venue", "order_type", "order_size", "lot_status")
Sums = dict[str, pa.Array | pa.ChunkedArray]


def build_execution_quality(inputs: Inputs) -> pa.Table:
    """Orders, their events and the quotes of a symbol and day to a row a venue and class of orders."""
    events, markets = inputs[EVENTS.name], list(market_quotes(inputs, MARKET))
    if not len(events) or not markets:
        return EXECUTION_QUALITY.arrow_schema.empty_table()
    best = consolidate(markets[0].quotes)
    lives = order_lives(events, inputs[ORDERS.name])
    covered = cover(lives, best)
    parts = _orders(lives, covered), _fills(lives, covered, best)
    stacked = pa.concat_tables([_class(lives, covered, rows, sums) for rows, sums in parts], promote_options="default")
    names = [name for name in stacked.column_names if name not in CLASS]
    options = pc.ScalarAggregateOptions(min_count=0)
    sums = stacked.group_by(list(CLASS), use_threads=False).aggregate([(name, "sum", options) for name in names])
    day: date = max(pc.unique(events.column("event_date")).to_pylist())
    return _finish(sums.rename_columns({f"{name}_sum": name for name in names}), first(events, "symbol"), day)


def _finish(sums: pa.Table, symbol: str, day: date) -> pa.Table:
    known = times(day_ns(pa.scalar(day)) + DAY_NS)[0]
    for name, value in {"symbol": pa.scalar(symbol), "known_ts": known, "event_date": pa.scalar(day)}.items():
        sums = sums.append_column(name, pa.repeat(value, len(sums)))
    return sums.select(EXECUTION_QUALITY.column_names).cast(EXECUTION_QUALITY.arrow_schema).combine_chunks()


def _class(lives: Lives, covered: Covered, rows: Ints, sums: Sums) -> pa.Table:
    """Sums of parts (n,) of lives `rows`, beside the class of each."""
    at = pa.array(rows)
    kinds = pa.array(TYPES).take(pa.array(covered.type[rows]))
    sizes = sizes_of(lives.quantity[rows], covered.opposite[rows])
    classes = (lives.venue.take(at), kinds, sizes, lots_of(lives.quantity[rows]))
    return pa.table(dict(zip(CLASS, classes, strict=True)) | sums)


def _orders(lives: Lives, covered: Covered) -> tuple[Ints, Sums]:
    """Each covered order, and what was cancelled of it."""
    rows = np.flatnonzero(covered.is_covered)
    cancelled = np.zeros(len(lives), np.int64)
    np.add.at(cancelled, lives.cancels.life, lives.cancels.quantity)
    is_filled = np.zeros(len(lives), np.int64)
    is_filled[lives.fills.life] = 1
    return rows, {
        "order_count": pa.array(np.ones(len(rows), np.int64)),
        "filled_order_count": pa.array(is_filled[rows]),
        "quantity": exact_units(lives.quantity[rows]),
        "cancelled_quantity": exact_units(cancelled[rows]),
    }


def _fills(lives: Lives, covered: Covered, best: Touches) -> tuple[Ints, Sums]:
    """Each fill of a covered order."""
    is_covered = covered.is_covered[lives.fills.life]
    names = ("life", "ns", "price", "quantity")
    fills = Parts(*(getattr(lives.fills, name)[is_covered] for name in names))
    waited = np.maximum(fills.ns - covered.start_ns[fills.life], 0)
    sign, bid, ask = (values[fills.life] for values in (lives.sign, covered.bid, covered.ask))
    sums = {"executed_quantity": exact_units(fills.quantity)} | _buckets(fills, waited)
    sums["time_sum"] = _product(waited, fills.quantity)
    sums["quoted_sum"] = _product(ask - bid, fills.quantity)
    sums["effective_sum"] = _product(sign * (2 * fills.price - bid - ask), fills.quantity)
    sums |= _realised(fills, sign, best)
    better = sign * (covered.opposite[fills.life] - fills.price)
    return fills.life, sums | _against_quote(fills, waited, better, covered.type[fills.life] != RESTING)


def _buckets(fills: Parts, waited: Ints) -> Sums:
    place = np.searchsorted(list(BUCKETS.values()), waited, "right")
    return {name: exact_units(fills.quantity * (place == at)) for at, name in enumerate(BUCKET_COLUMNS)}


def _realised(fills: Parts, sign: Ints, best: Touches) -> Sums:
    order = np.argsort(fills.ns, kind="stable")
    at = np.empty(len(fills.ns), np.int64)
    sums: Sums = {}
    for name, horizon in REALISED.items():
        then = fills.ns + horizon
        at[order] = asof_index(then[order], best.ns, strict=False)
        is_known = (at >= 0) & (then <= best.ns[-1]) & best.is_two_sided[at]
        quantity = fills.quantity * is_known
        sums[f"realised_{name}_quantity"] = exact_units(quantity)
        apart = sign * (2 * fills.price - best.bid_price[at] - best.ask_price[at])
        sums[f"realised_{name}_sum"] = _product(apart * is_known, quantity)
    return sums


def _against_quote(fills: Parts, waited: Ints, better: Ints, is_judged: Flags) -> Sums:
    """By how much each price is better than the quote at receipt."""
    sums: Sums = {}
    for name, chosen in (("improved", better > 0), ("at_quote", better == 0), ("outside", better < 0)):
        quantity = fills.quantity * (chosen & is_judged)
        sums[f"{name}_quantity"] = exact_units(quantity)
        sums[f"{name}_time_sum"] = _product(waited, quantity)
        if name != "at_quote":
            sums[f"{name}_sum"] = _product(np.abs(better), quantity)
    return sums


def _product(amounts: Ints, quantity: Ints) -> pa.ChunkedArray:
    """Amounts × quantities (n,) of units of 1e-9, each rounded to 1e-12."""
    return trade_values(pa.chunked_array([wide_units(amounts, 19)]), pa.chunked_array([exact_units(quantity)]))


DAILY = Daily(
    EXECUTION_QUALITY,
    build_execution_quality,
    (EVENTS, ORDERS, QUOTES, INTEGRITY),
    known_at="known_ts",
    keys=("symbol",),
)
