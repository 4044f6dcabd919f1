"""Messages of silver.depth, and what rows of silver.books show."""

from typing import Any

import pyarrow as pa

from pipelines.silver.book_rows import READS
from pipelines.wire import batch_of
from schemas.proto import market_pb2 as pb
from schemas.silver import SILVER_DEPTH
from schemas.topics import DEPTH
from tests.pipelines.silver.deliveries import GOOD, ONE, typed

Side = dict[int, int]
SIDES = ("bid_prices", "bid_quantities", "ask_prices", "ask_quantities")


def message(kind: str, ids: tuple[int, int], bids: Side, asks: Side, **more: object) -> dict[str, Any]:
    """A message of a book; prices and quantities are whole."""
    levels = {"bid": sorted(bids.items(), reverse=True), "ask": sorted(asks.items())}
    said: dict[str, Any] = {"kind": getattr(pb, f"DEPTH_KIND_{kind}"), "first_venue_seq": ids[0], "venue_seq": ids[1]}
    for side, rows in levels.items():
        said[f"{side}_prices"] = [price * ONE for price, _ in rows]
        said[f"{side}_quantities"] = [quantity * ONE for _, quantity in rows]
    return said | more


def snapshot(last: int, bids: Side, asks: Side, **more: object) -> dict[str, Any]:
    return message("SNAPSHOT", (last, last), bids, asks, **more)


def diff(first: int, last: int, bids: Side, asks: Side, **more: object) -> dict[str, Any]:
    return message("DIFF", (first, last), bids, asks, **more)


def depth(*messages: dict[str, Any]) -> pa.Table:
    """Rows of silver.depth."""
    rows = [GOOD | {"seq": seq, "previous_venue_seq": 0} | said for seq, said in enumerate(messages, 1)]
    kinds = {name: pa.list_(pa.int64()) for name in SIDES}
    columns = {name: pa.array([row[name] for row in rows], kinds.get(name)) for name in rows[0]}
    return typed(DEPTH, [batch_of(DEPTH, columns)], SILVER_DEPTH).select(READS)


def shown(books: pa.Table) -> list[tuple[int, str, bool, bool, list[int], list[int]]]:
    """Of each row: message, state, gap, second row, prices of bids and asks."""
    return [
        (
            row["seq"],
            row["state"],
            row["is_gap"],
            row["is_recovered"],
            *map(whole, (row["bid_prices"], row["ask_prices"])),
        )
        for row in books.to_pylist()
    ]


def whole(prices: list[Any]) -> list[int]:
    return [int(price) for price in prices]
