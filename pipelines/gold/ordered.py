"""First and last: which rows of a batch come before which others."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

PLACE = "place"


def in_order(rows: pa.Table, *ties: str) -> pa.Table:
    """N rows by event_ns and venue_seq (null as 0), then by the columns `ties`; `place` numbers them from 0."""
    known = rows.set_column(
        rows.schema.get_field_index("venue_seq"), "venue_seq", pc.fill_null(rows.column("venue_seq"), 0)
    )
    keys = [(name, "ascending") for name in ("event_ns", "venue_seq", *ties)]
    return known.take(pc.sort_indices(known, keys)).append_column(PLACE, pa.array(np.arange(len(rows))))


def place_where(chosen: pa.ChunkedArray, rows: pa.Table) -> pa.ChunkedArray:
    """`place` of the chosen of n rows `in_order`; null of the others."""
    places = rows.column(PLACE)
    return pc.if_else(pc.fill_null(chosen, False), places, pa.scalar(None, places.type))


def taken(rows: pa.Table, places: pa.ChunkedArray, **names: str) -> dict[str, pa.ChunkedArray]:
    """Columns of rows `in_order` at some places, under the names given: `taken(rows, last, last_price="price")`."""
    return {name: rows.column(column).take(places) for name, column in names.items()}
