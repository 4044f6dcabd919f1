"""gold.book_snapshots: the ten best levels per symbol, venue and second, of the snapshots that venues publish.

The exchange publishes a book at each full second after which it had changed: such a row is the book at window_start.
Of other venues it is the last snapshot in the second. Measures are null, never 0, where they are undefined:
OBI = (Qb − Qa)/(Qb + Qa) in [−1, 1] over the levels that are kept, null when both sides are empty, ±1 when one is.
"""

import pyarrow as pa
import pyarrow.compute as pc

from schemas.gold import SNAPSHOT_PARTIALS
from schemas.registry import View

LEVELS = 10
SIDES = ("bid_prices", "bid_quantities", "ask_prices", "ask_quantities")
READS = ("symbol", "venue", "event_ts", "event_ns", "venue_seq", "event_date", "kind", *SIDES)


def build_snapshot_partials(depth: pa.Table) -> pa.Table:
    """silver.depth rows (READS) to one row a snapshot, with LEVELS levels a side at most."""
    snapshots = depth.filter(pc.equal(depth.column("kind"), "SNAPSHOT"))
    columns = {name: snapshots.column(name) for name in ("symbol", "venue", "event_date")}
    columns |= {
        "window_start": pc.floor_temporal(snapshots.column("event_ts"), 1, "second"),
        "last_ns": snapshots.column("event_ns"),
        "last_seq": pc.fill_null(snapshots.column("venue_seq"), 0),
    }
    columns |= {name: pc.list_slice(snapshots.column(name), 0, LEVELS) for name in SIDES}
    return pa.table(columns).select(SNAPSHOT_PARTIALS.column_names).cast(SNAPSHOT_PARTIALS.arrow_schema)


def _total(quantities: str) -> str:
    return (
        f"CAST(aggregate({quantities}, CAST(0 AS DECIMAL(28, 9)), (a, q) -> CAST(a + q AS DECIMAL(28, 9))) AS DOUBLE)"
    )


BOOK_SNAPSHOTS = View(
    "gold.book_snapshots",
    "The ten best levels of a book per symbol, venue and second: the last snapshot in the second",
    (
        ("symbol", "Instrument"),
        ("venue", "Venue code, see gold.venues"),
        ("window_start", "Start of the second; books of the exchange are as they were at this instant"),
        ("event_ns", "Time of the snapshot, nanoseconds since 1970"),
        ("venue_seq", "The venue's sequence that the snapshot has reached"),
        ("bid_prices", "Bid prices, best first, ten at most"),
        ("bid_quantities", "Quantities at bid_prices"),
        ("ask_prices", "Ask prices, best first, ten at most"),
        ("ask_quantities", "Quantities at ask_prices"),
        ("obi", "(Qb − Qa)/(Qb + Qa) over these levels, in [−1, 1]; null when both sides are empty"),
        ("mid", "Mean of the best bid and ask; null unless both are there"),
        ("spread", "Best ask less best bid; null unless both are there"),
        ("event_date", "UTC date of window_start"),
    ),
    f"""
WITH latest AS (
  SELECT symbol, venue, window_start, event_date,
         max(struct(last_ns, last_seq, bid_prices, bid_quantities, ask_prices, ask_quantities)) AS book
  FROM gold.book_snapshots_1s_partials
  GROUP BY symbol, venue, window_start, event_date
), measured AS (
  SELECT symbol, venue, window_start, event_date, book.*,
         {_total("book.bid_quantities")} AS bid, {_total("book.ask_quantities")} AS ask
  FROM latest
)
SELECT symbol, venue, window_start, last_ns AS event_ns, nullif(last_seq, 0) AS venue_seq,
       bid_prices, bid_quantities, ask_prices, ask_quantities,
       (bid - ask) / nullif(bid + ask, 0) AS obi,
       (get(bid_prices, 0) + get(ask_prices, 0)) / 2 AS mid,
       get(ask_prices, 0) - get(bid_prices, 0) AS spread,
       event_date
FROM measured
""",
    ("symbol", "venue"),
    "window_start + INTERVAL 1 SECOND",
)
