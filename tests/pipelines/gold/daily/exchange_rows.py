"""Short ways to write what the exchange says of orders, and the quotes they are judged by; times in ms after noon."""

from decimal import Decimal

import pyarrow as pa

from pipelines.gold.daily.declare import Daily, Inputs
from schemas.daily import BOOK_INTEGRITY
from schemas.registry import Table
from schemas.silver import SILVER_ORDER_EVENTS, SILVER_ORDERS, SILVER_QUOTES
from tests.pipelines.gold.partials import START, nanoseconds

MS = 10**6
NOON = nanoseconds(START)
TERMS = {"symbol": "S", "venue": "DLXA", "side": "BUY", "type": "LIMIT", "time_in_force": "DAY"}
Rows = list[dict[str, object]]
NOUNS = {SILVER_ORDER_EVENTS: "events", SILVER_ORDERS: "orders", SILVER_QUOTES: "quotes", BOOK_INTEGRITY: "distrusted"}


def event(ms: float, kind: str, order: str, **columns: object) -> dict[str, object]:
    """An event of an order; numbers are prices and quantities, `open_quantity` is `quantity` where it is not given."""
    row = {"kind": kind, "order_id": order, "event_ns": NOON + round(ms * MS)} | columns
    row.setdefault("open_quantity", row.get("quantity"))
    return row


def accepted(ms: float, order: str, price: float, quantity: float, **columns: object) -> dict[str, object]:
    """A limit order to buy, if nothing else is said."""
    return event(ms, "ACCEPTED", order, price=price, quantity=quantity, **columns)


def filled(ms: float, order: str, price: float, quantity: float, still: float = 0) -> dict[str, object]:
    """A fill after which some is still open."""
    return event(ms, "FILLED", order, price=price, quantity=quantity, open_quantity=still)


def quoted(ms: float, bid: float | None, ask: float | None, venue: str = "DLXA") -> dict[str, object]:
    """A touch with 100 shares on each side that is there."""
    row: dict[str, object] = {"event_ns": NOON + round(ms * MS), "venue": venue}
    for name, price in (("bid", bid), ("ask", ask)):
        row |= {f"{name}_price": price, f"{name}_quantity": None if price is None else 100}
    return row


def inputs_of(daily: Daily, **given: Rows) -> Inputs:
    """The inputs of a table by the day, in the order in which `refresh` gives them: of NOUNS what is given."""
    found = {}
    for each in daily.inputs:
        rows = table_of(each.table, given.get(NOUNS[each.table], [])).select(each.reads)
        found[each.name] = rows.sort_by([(name, "ascending") for name in each.order]).combine_chunks()
    return found


def table_of(table: Table, rows: Rows) -> pa.Table:
    """Rows of a table of symbol S on the day, numbered from 1 as what one producer says."""
    full = []
    for number, row in enumerate(rows, 1):
        known = {"producer_id": "p", "seq": number, "venue_seq": number, "event_date": START.date()} | TERMS
        known |= {"has_venue_ts": True, "receive_ns": row.get("event_ns"), "is_trusted": False} | row
        full.append({field.name: exact(known.get(field.name), field) for field in table.arrow_schema})
    return pa.Table.from_pylist(full, table.arrow_schema)


def exact(value: object, field: pa.Field) -> object:
    """A number as a decimal where the column is one."""
    is_number = isinstance(value, int | float) and pa.types.is_decimal(field.type)
    return Decimal(str(value)) if is_number else value
