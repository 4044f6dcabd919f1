"""The engine says what the plain reference engine says, on streams where everything collides."""

from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.exchange.codes import MessageKind, Reason, ReportKind
from pipelines.exchange.engine import Engine
from pipelines.exchange.schema import MESSAGES, messages_of
from tests.pipelines.exchange.reference import Exchange
from tests.pipelines.exchange.streams import random_messages, rows_of

LONG_RUN = 200_000  # messages of the seeded comparison
PIECE = 20_000

CELLS: dict[str, st.SearchStrategy[int]] = {
    "time_ns": st.integers(0, 60),
    "symbol": st.just(0),
    "kind": st.sampled_from([0, 0, 0, 0, 0, 1, 2, 2, 3, 4, 5, 6]),
    "order_id": st.integers(0, 9),
    "account_id": st.integers(0, 1),
    "side": st.integers(0, 1),
    "order_type": st.sampled_from([0, 0, 0, 1, 2, 3]),
    "time_in_force": st.integers(0, 4),
    "self_trade": st.integers(0, 4),
    "post_only": st.sampled_from([0, 0, 0, 1]),
    "price": st.integers(98, 102),
    "stop_price": st.integers(98, 102),
    "quantity": st.integers(1, 9),
    "display": st.sampled_from([0, 0, 1, 3]),
    "expire_ns": st.integers(1, 90),
    "setting": st.sampled_from([0, 0, 0, 1, 2, 3, 4]),
}


def batch_of_rows(rows: list[dict[str, int]]) -> pa.RecordBatch:
    columns: dict[str, Any] = {name: [row[name] for row in rows] for name in CELLS}
    return messages_of({**columns, "message_seq": range(len(rows))})


@settings(max_examples=150, deadline=None)
@given(rows=st.lists(st.fixed_dictionaries(CELLS), min_size=1, max_size=60))
def test_engine_agrees_on_any_messages(rows: list[dict[str, int]]) -> None:
    messages = batch_of_rows(rows)
    assert rows_of(Engine().apply(messages)) == Exchange().apply(messages.to_pylist())


def compare(seed: int, count: int) -> set[tuple[int, int]]:
    """Both engines on one long stream, piece by piece; returns the kinds and reasons that were reported."""
    engine, exchange, seen = Engine(), Exchange(), set()
    for start in range(0, count, PIECE):
        messages = random_messages(seed, min(PIECE, count - start), start=start)
        ours, theirs = rows_of(engine.apply(messages)), exchange.apply(messages.to_pylist())
        assert next(((a, b) for a, b in zip(ours, theirs, strict=False) if a != b), None) is None
        assert len(ours) == len(theirs)
        seen |= {(report[2], report[3]) for report in ours}
        exchange.reports.clear()
    return seen


def test_engine_agrees_on_a_long_run() -> None:
    seen = compare(seed=5, count=LONG_RUN)
    assert {kind for kind, _ in seen} == set(ReportKind) - {ReportKind.FUNDED}
    assert {reason for _, reason in seen} == {r for r in Reason if r < Reason.UNKNOWN_ACCOUNT} - {
        Reason.OVERFLOW,
        Reason.BOOK_FULL,
    }


def sparse_messages(count: int) -> pa.RecordBatch:
    """Prices anywhere between 1 and 2**62 - 1, half of them drawn from few that come again."""
    rng = np.random.default_rng(8)
    prices = np.exp2(rng.uniform(0, 62, count)).astype(np.int64)
    prices = np.where(rng.random(count) < 0.5, rng.choice(prices, count), prices) + rng.integers(0, 3, count)
    columns = {
        "message_seq": np.arange(count),
        "kind": rng.choice([MessageKind.NEW, MessageKind.CANCEL, MessageKind.REPLACE], count, p=[0.7, 0.1, 0.2]),
        "order_id": rng.integers(0, count, count),
        "side": rng.integers(0, 2, count),
        "price": np.clip(prices, 1, 2**62 - 1),
        "quantity": np.ones(count, np.int64),
    }
    return messages_of({name: pa.array(values.astype(np.int64)) for name, values in columns.items()})


def test_engine_agrees_on_prices_anywhere() -> None:
    messages = sparse_messages(3_000)
    assert rows_of(Engine().apply(messages)) == Exchange().apply(messages.to_pylist())


def test_prices_anywhere_take_little_memory() -> None:
    messages = sparse_messages(50_000)
    engine = Engine()
    accepted = np.sum(engine.apply(messages).column("kind").to_numpy() == ReportKind.ACCEPTED)
    assert len(engine.snapshot()) < 1_000 * int(accepted)


@pytest.mark.parametrize("name", [name for name in MESSAGES.names if name not in CELLS])
def test_strategy_draws_every_column_but_the_number(name: str) -> None:
    assert name == "message_seq"
