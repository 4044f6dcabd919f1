"""The engine's borders: batches, snapshots, views, and books that outgrow their room."""

import numpy as np
import pyarrow as pa
import pytest

from pipelines.exchange.codes import MessageKind, OrderType, ReportKind
from pipelines.exchange.engine import Engine
from pipelines.exchange.schema import CHANGES, MESSAGES, REPORTS, messages_of
from schemas.errors import ExchangeError
from tests.pipelines.exchange.shorthand import messages
from tests.pipelines.exchange.streams import random_messages


def test_schemas_describe_every_column() -> None:
    for schema in (MESSAGES, REPORTS, CHANGES):
        assert [field.name for field in schema if field.nullable or not field.metadata[b"comment"]] == []


def test_empty_batch_has_no_reports() -> None:
    reports = Engine().apply(messages("C1")[:0])
    assert (reports.schema, len(reports)) == (REPORTS, 0)


def test_reports_repeat_number_and_time_of_their_message() -> None:
    rows = messages_of({"message_seq": [70, 80], "time_ns": [5, 6], "price": [9, 9], "quantity": [1, 1]})
    reports = Engine().apply(rows)
    assert reports.column("message_seq").to_pylist() == [70, 80]
    assert reports.column("time_ns").to_pylist() == [5, 6]


@pytest.mark.parametrize(
    ("batch", "sentence"),
    [
        (messages("C1").drop_columns(["price"]), "are not"),
        (messages("C1").rename_columns(["x", *MESSAGES.names[1:]]), "are not"),
        (
            messages("C1").set_column(11, pa.field("price", pa.float64(), False), pa.array([1.0])),
            "are not",
        ),
        (
            messages("C1").set_column(11, pa.field("price", pa.int64(), True), pa.array([None], pa.int64())),
            "Column price .* nulls",
        ),
        (messages_of({"symbol": [4096]}), "0 to 4095"),
        (messages_of({"symbol": [-2]}), "0 to 4095"),
        (messages_of({"symbol": [-1], "kind": [MessageKind.NEW]}), "names no symbol"),
    ],
)
def test_apply_refuses_what_is_no_batch_of_messages(batch: pa.RecordBatch, sentence: str) -> None:
    engine = Engine()
    before = engine.snapshot()
    with pytest.raises(ExchangeError, match=sentence):
        engine.apply(batch)
    assert engine.snapshot() == before


def test_messages_of_an_unknown_column() -> None:
    with pytest.raises(ExchangeError, match="colour: no column"):
        messages_of({"colour": [1]})


@pytest.mark.parametrize("damage", ["empty", "short", "changed", "other version", "no snapshot"])
def test_restore_refuses_damaged_snapshots(damage: str) -> None:
    engine = Engine()
    engine.apply(random_messages(1, 300))
    good = engine.snapshot()
    table = pa.ipc.open_stream(good).read_all()
    words = table.column("words").to_numpy().copy()
    words[len(words) // 2] += 1
    changed = pa.table({"words": words}, schema=table.schema)
    older = table.replace_schema_metadata({**table.schema.metadata, b"version": b"0"})
    bad = {"empty": b"", "short": good[: len(good) // 2], "changed": stream(changed), "other version": stream(older)}
    with pytest.raises(ExchangeError, match="take another one"):
        Engine.restore(bad.get(damage, b"not a snapshot at all"))
    assert Engine.restore(good).snapshot() == good


def stream(table: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return bytes(sink.getvalue())


def test_depth_shows_the_best_levels_of_both_sides() -> None:
    engine = Engine()
    engine.apply(messages("N1B5@99 N2B4@99 N3B9@98ice2 N4B1@97 N5S6@101 N6S7@104 N7S7@mktstop90"))
    depth = engine.depth(0, 2)
    assert (depth.bid_prices.tolist(), depth.bid_quantities.tolist()) == ([99, 98], [9, 2])
    assert (depth.ask_prices.tolist(), depth.ask_quantities.tolist()) == ([101, 104], [6, 7])
    assert [len(values) for values in vars(engine.depth(7, 2)).values()] == [0, 0, 0, 0]


def test_depth_leaves_market_orders_of_an_auction_out() -> None:
    engine = Engine()
    engine.apply(messages("P:OPENING_AUCTION N1B5@mkt N2B4@99 N3S9@mkt"))
    assert engine.depth(0, 5).bid_prices.tolist() == [99]
    assert engine.depth(0, 5).ask_prices.tolist() == []
    assert engine.changes().to_pylist() == [{"symbol": 0, "side": 0, "price": 99, "quantity": 4}]


def test_changes_are_those_of_the_last_batch() -> None:
    engine = Engine()
    engine.apply(messages("N1B5@99 N2B4@98 N3S6@101"))
    assert [tuple(row.values()) for row in engine.changes().to_pylist()] == [
        (0, 0, 99, 5),
        (0, 0, 98, 4),
        (0, 1, 101, 6),
    ]
    engine.apply(messages("C1 N4B2@101"))
    assert [tuple(row.values()) for row in engine.changes().to_pylist()] == [(0, 0, 99, 0), (0, 1, 101, 4)]
    engine.apply(messages("C99"))
    assert engine.changes().to_pylist() == []


def test_five_thousand_asks_are_swept_in_order_of_ids() -> None:
    count = 5_000
    asks = {"order_id": [*range(count), count], "side": [1] * count + [0], "quantity": [1] * count + [count]}
    rows = messages_of({**asks, "price": [100] * (count + 1), "time_in_force": [3] * (count + 1)})
    tif = pa.array(np.array([1] * count + [3], np.int8))
    rows = rows.set_column(8, MESSAGES.field("time_in_force"), tif)
    reports = Engine().apply(rows)
    trades = reports.filter(pa.array(reports.column("kind").to_numpy() == ReportKind.TRADE))
    assert trades.column("maker_id").to_pylist() == list(range(count))
    assert set(trades.column("order_id").to_pylist()) == {count}


def test_stops_that_wake_each_other_outgrow_any_room() -> None:
    """A ladder of stops: each wakes the next, and every one rests at a price of its own."""
    count = 40_000
    steps = np.arange(count)
    stops = {
        "order_id": 10 + 2 * steps,
        "order_type": np.full(count, OrderType.STOP_LIMIT),
        "stop_price": 1_000 + steps,
        "price": 1_001 + steps,
        "quantity": np.full(count, 2),
    }
    asks = {"order_id": 11 + 2 * steps, "side": np.ones(count), "price": 1_001 + steps, "quantity": np.ones(count)}
    engine = Engine()
    for columns in (stops, asks, {"order_id": [1, 2], "side": [1, 0], "price": [1_000] * 2, "quantity": [1, 1]}):
        reports = engine.apply(messages_of({name: pa.array(np.asarray(v, np.int64)) for name, v in columns.items()}))
    kinds = np.bincount(reports.column("kind").to_numpy(), minlength=8)
    assert kinds[ReportKind.TRIGGERED] == count
    assert kinds[ReportKind.TRADE] == count + 1
    assert engine.depth(0, 3).bid_prices.tolist() == [1_000 + count, 999 + count, 998 + count]


def test_reports_of_an_order_that_comes_with_all_its_slices_have_room() -> None:
    """An iceberg takes one lot; that trade wakes a stop, which takes the iceberg's thousand slices in one message."""
    rounds = 60
    lines = [f"N1S1@{price} N2S999@mktstop{price} N3B1000@{price}ice1" for price in range(900, 900 - rounds, -1)]
    kinds = Engine().apply(messages(" ".join(lines))).column("kind").to_numpy()
    assert np.bincount(kinds).tolist() == [3 * rounds, 1_000 * rounds, 0, 0, 0, 0, 0, rounds]
