"""Random messages of every kind in a small world, where everything collides; and both engines on them."""

from itertools import pairwise

import numpy as np
import pyarrow as pa

from pipelines.exchange.codes import MessageKind, OrderType, Phase, SelfTrade, TimeInForce
from pipelines.exchange.schema import messages_of
from tests.pipelines.exchange.reference_book import Report

REFERENCE_ORDER = (
    *("message_seq", "symbol", "kind", "reason", "side", "order_id", "maker_id", "account_id", "maker_account_id"),
    *("price", "quantity", "open_quantity", "maker_open_quantity"),
)
ABOUT_ORDERS = [MessageKind.NEW, MessageKind.CANCEL, MessageKind.REPLACE]
PRICES = ("price", "stop_price")

# Codes and how often they are drawn; unknown codes too.
WEIGHTS: dict[str, dict[int, float]] = {
    "kind": dict(zip(MessageKind, (60, 12, 18, 1.5, 1, 1, 1, 0.1), strict=True)) | {9: 0.3},
    "setting": dict(zip(Phase, (60, 12, 8, 4, 4), strict=True)) | {7: 1},
    "side": {0: 50, 1: 50, 2: 0.3},
    "order_type": dict(zip(OrderType, (7, 1, 1.2, 1.2), strict=True)) | {4: 0.05},
    "time_in_force": dict(zip(TimeInForce, (4, 3, 2, 1, 1), strict=True)) | {5: 0.05},
    "self_trade": dict.fromkeys(SelfTrade, 1.0) | {9: 0.02},
    "post_only": {0: 9, 1: 1, 2: 0.05},
    "display": {0: 7, 1: 1, 2: 1, 5: 1, -1: 0.1},
}


def rows_of(reports: pa.RecordBatch) -> list[Report]:
    """Reports as the reference tells them."""
    columns = [reports.column(name).to_pylist() for name in REFERENCE_ORDER]
    return list(zip(*columns, strict=True))


def pick(rng: np.random.Generator, weights: dict[int, float], count: int) -> np.ndarray:
    """Codes in proportion to weights."""
    total = sum(weights.values())
    return rng.choice(list(map(int, weights)), count, p=[weight / total for weight in weights.values()])


def random_messages(seed: int, count: int, symbols: int = 2, start: int = 0) -> pa.RecordBatch:
    """Messages numbered from `start`: few ids, few prices, few accounts; times go on, now and then back."""
    rng = np.random.default_rng((seed, start))
    columns = {name: pick(rng, weights, count) for name, weights in WEIGHTS.items()}
    columns |= {name: np.where(rng.random(count) < 0.01, 0, 100 + rng.integers(-6, 7, count)) for name in PRICES}
    kind, order_id = columns["kind"], rng.integers(-1, 80, count)
    time_ns = (start + np.arange(count)) * 10 + rng.integers(-30, 30, count)
    is_for_all = ~np.isin(kind, ABOUT_ORDERS) & (rng.random(count) < 0.3)
    quantity = rng.integers(0, 12, count) * pick(rng, {1: 9, 5: 1}, count)
    is_collar = kind == MessageKind.COLLAR
    columns |= {
        "message_seq": start + np.arange(count),
        "time_ns": time_ns,
        "expire_ns": time_ns + rng.integers(-20, 800, count),
        "symbol": np.where(is_for_all, -1, rng.integers(0, symbols, count)),
        "order_id": order_id,
        "account_id": np.where(rng.random(count) < 0.1, rng.integers(0, 3, count), np.abs(order_id) % 3),
        "quantity": np.where(is_collar, pick(rng, {0: 3, 4: 2, 800: 1, -1: 0.2}, count), quantity),
        "setting": np.where(is_collar, rng.integers(0, 3, count), columns["setting"]),
    }
    return messages_of({name: pa.array(values.astype(np.int64)) for name, values in columns.items()})


def cut(messages: pa.RecordBatch, ends: list[int]) -> list[pa.RecordBatch]:
    """The messages in pieces that end at some rows."""
    bounds = [0, *sorted(min(end, len(messages)) for end in ends), len(messages)]
    return [messages.slice(a, b - a) for a, b in pairwise(bounds)]
