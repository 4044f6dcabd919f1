"""gold.execution_quality_1d of a shard's own tape, against plain Python."""

from collections import Counter
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from pipelines.exchange.rules import Rules
from pipelines.exchange.shard import Shard
from pipelines.gold.daily.execution_quality_1d import DAILY
from pipelines.gold.daily.order_lives import EVENTS, NEVER, order_lives
from pipelines.gold.daily.order_lives import ORDERS as ORDERS_INPUT
from schemas.daily import BOOK_INTEGRITY
from schemas.silver import SILVER_QUOTES
from schemas.topics import ORDER_EVENTS, ORDERS, QUOTES
from schemas.venue_reports import BUCKET_COLUMNS
from tests.pipelines.exchange.flows import whole
from tests.pipelines.gold.test_exchange_views import silver_of


@pytest.fixture(scope="module")
def tape() -> dict[str, pa.Table]:
    """What a shard makes of a random flow, of one symbol; with quotes every 50 orders."""
    shard, orders, parts, quotes = Shard(0, Rules()), whole(12, 3_000, 60_000_000), [], []
    for start in range(0, len(orders), 50):
        parts.append(shard.apply(orders.slice(start, 50))[ORDER_EVENTS])
        quotes.append(shard.quotes())
    messages = orders.filter(pc.not_equal(orders.column("venue"), ""))
    rows = {ORDER_EVENTS: pa.concat_batches(parts), QUOTES: pa.concat_batches(quotes), ORDERS: messages}
    found = {f"silver.{topic.noun}": silver_of(topic, batch) for topic, batch in rows.items()}
    found[BOOK_INTEGRITY.name] = BOOK_INTEGRITY.arrow_schema.empty_table()
    return {
        each.name: found[each.name]
        .filter(pc.equal(found[each.name].column("symbol"), "AAPL"))
        .select(each.reads)
        .sort_by([(name, "ascending") for name in each.order])
        .combine_chunks()
        for each in DAILY.inputs
    }


def test_lives_of_a_shards_orders_add_up(tape: dict[str, pa.Table]) -> None:
    lives = order_lives(tape[EVENTS.name], tape[ORDERS_INPUT.name])
    done = np.zeros(len(lives), np.int64)
    for parts in (lives.fills, lives.cancels):
        np.add.at(done, parts.life, parts.quantity)
    assert (done <= lives.quantity).all()
    assert ((done == lives.quantity) == (lives.end_ns < NEVER)).all()
    kinds = Counter(tape[EVENTS.name].column("kind").to_pylist())
    assert len(lives) == kinds["ACCEPTED"] + kinds["REPLACED"]
    assert len(lives.fills.life) == kinds["FILLED"]


def test_sums_of_a_shards_tape_are_those_of_plain_python(tape: dict[str, pa.Table]) -> None:
    rows = DAILY.build(tape)
    taken = rows.filter(pc.is_in(rows.column("order_type"), pa.array(["MARKET", "MARKETABLE_LIMIT", "MARKETABLE_IOC"])))
    found = Counter[tuple[str, str]]()
    for row in taken.to_pylist():
        for name in ("quantity", "executed_quantity", "effective_sum", "quoted_sum"):
            found[row["venue"], name] += row[name]
    assert found == reference(tape)
    for row in rows.to_pylist():
        assert sum(row[name] for name in BUCKET_COLUMNS) == row["executed_quantity"]
        assert row["executed_quantity"] + row["cancelled_quantity"] <= row["quantity"]
        judged = sum(row[f"{name}_quantity"] for name in ("improved", "at_quote", "outside"))
        assert judged == (0 if row["order_type"] == "EXECUTABLE_NMLO" else row["executed_quantity"])


def reference(tape: dict[str, pa.Table]) -> Counter[tuple[str, str]]:
    """Event by event: sums by venue over marketable orders and replacements, as they were received."""
    quotes = tape[SILVER_QUOTES.name].to_pylist()
    events = sorted(tape[EVENTS.name].to_pylist(), key=lambda row: row["venue_seq"])
    sums, terms, open_at = Counter[tuple[str, str]](), {}, {}
    for row in events:
        key = (row["venue"], row["order_id"])
        if row["kind"] in ("ACCEPTED", "REPLACED"):
            terms[key] = row["type"] or terms[key]
            bid, ask = touch_before(quotes, row["event_ns"])
            opposite = ask if row["side"] == "BUY" else bid
            side = 1 if row["side"] == "BUY" else -1
            is_limit = terms[key] == "LIMIT" and None not in (bid, ask) and side * (row["price"] - opposite) >= 0
            is_taken = (terms[key] == "MARKET" and None not in (bid, ask)) or is_limit
            open_at[key] = (side, bid, ask) if is_taken else None
            sums[row["venue"], "quantity"] += row["quantity"] if is_taken else 0
        elif row["kind"] == "FILLED" and open_at.get(key):
            side, bid, ask = open_at[key]
            sums[row["venue"], "executed_quantity"] += row["quantity"]
            sums[row["venue"], "quoted_sum"] += (ask - bid) * row["quantity"]
            sums[row["venue"], "effective_sum"] += side * (2 * row["price"] - bid - ask) * row["quantity"]
    return sums


def touch_before(quotes: list[dict[str, object]], ns: int) -> tuple[Decimal | None, Decimal | None]:
    """The best bid and ask over the venues' last quotes before a time."""
    last = {row["venue"]: row for row in quotes if row["event_ns"] < ns}  # type: ignore[operator]  # times
    sides = [[row[name] for row in last.values() if row[name] is not None] for name in ("bid_price", "ask_price")]
    return max(sides[0], default=None), min(sides[1], default=None)
