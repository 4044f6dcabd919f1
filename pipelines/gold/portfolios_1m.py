"""gold.portfolios_1m_partials: what happened per account, shard, symbol and minute, and the state it left behind."""

import pyarrow as pa
import pyarrow.compute as pc

from pipelines.gold.ordered import in_order, place_where, taken
from schemas.gold import ACCOUNT_PARTIALS

KEY = ["account_id", "producer_id", "symbol", "window_start", "event_date"]
STATE = ("cash", "position", "cost")
READS = (
    *("account_id", "producer_id", "symbol", "event_ts", "event_ns", "venue_seq", "event_date"),
    *("kind", "fee", *STATE, "realised_pnl"),
)
FOLDS = [("order_count", "sum"), ("trade_count", "sum"), ("fees", "sum"), ("state", "max"), ("fill", "max")]


def build_account_partials(events: pa.Table) -> pa.Table:
    """silver.order_events rows (READS) to one row an account, shard, symbol and minute; events of nobody left out.

    Cash, position and cost are those after the last FILLED or FUNDED event by (event_ns, venue_seq), realised_pnl that
    after the last FILLED one: the events that say them.
    """
    ordered = in_order(events.filter(pc.is_valid(events.column("account_id"))))
    folds = with_facts(ordered).group_by(KEY, use_threads=False).aggregate(FOLDS)
    folds = folds.rename_columns({f"{name}_sum": name for name in ("order_count", "trade_count", "fees")})
    state = taken(ordered, folds.column("state_max"), state_ns="event_ns", state_seq="venue_seq", **_same(*STATE))
    fill = taken(ordered, folds.column("fill_max"), fill_ns="event_ns", fill_seq="venue_seq", **_same("realised_pnl"))
    for name, values in (state | fill).items():
        folds = folds.append_column(name, values)
    return folds.select(ACCOUNT_PARTIALS.column_names).cast(ACCOUNT_PARTIALS.arrow_schema)


def with_facts(events: pa.Table) -> pa.Table:
    """The key of n events `in_order`; what each counts for; its place where it says a state, and where it is a fill."""
    kind = events.column("kind")
    is_fill = pc.equal(kind, "FILLED")
    return pa.table(
        {
            **{name: events.column(name) for name in ("account_id", "producer_id", "symbol", "event_date")},
            "window_start": pc.floor_temporal(events.column("event_ts"), 1, "minute"),
            "order_count": pc.equal(kind, "ACCEPTED").cast(pa.int64()),
            "trade_count": is_fill.cast(pa.int64()),
            "fees": pc.if_else(is_fill, events.column("fee"), pa.scalar(0, events.schema.field("fee").type)),
            "state": place_where(pc.or_(is_fill, pc.equal(kind, "FUNDED")), events),
            "fill": place_where(is_fill, events),
        }
    )


def _same(*names: str) -> dict[str, str]:
    return {name: name for name in names}
