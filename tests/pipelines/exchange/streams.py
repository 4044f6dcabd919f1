"""Random messages of every kind in a small world, where everything collides; and both engines on them."""

from itertools import pairwise

import numpy as np
import pyarrow as pa

from pipelines.exchange.codes import MessageKind, OrderType, Phase, SelfTrade, TimeInForce
from pipelines.exchange.schema import REPORTS, messages_of
from tests.pipelines.exchange.reference_book import Report

COMPARED = [name for name in REPORTS.names if name not in ("report_seq", "time_ns")]
REFERENCE_ORDER = (
    *("message_seq", "symbol", "kind", "reason", "side", "order_id", "maker_id", "account_id", "maker_account_id"),
    *("price", "quantity", "open_quantity", "maker_open_quantity"),
)


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
    kinds = {MessageKind.NEW: 60, MessageKind.CANCEL: 12, MessageKind.REPLACE: 18, MessageKind.PHASE: 1.5}
    kinds |= {MessageKind.TIME: 1, MessageKind.REFERENCE: 1, MessageKind.COLLAR: 1, 9: 0.3}
    kind = pick(rng, kinds, count)
    phases = {Phase.CONTINUOUS: 60, Phase.OPENING_AUCTION: 12, Phase.CLOSING_AUCTION: 8, Phase.HALT: 4}
    settings = pick(rng, phases | {Phase.CLOSED: 4, 7: 1}, count)
    # A phase that stops orders is followed by others soon enough, because phases are drawn anew all the time.
    settings = np.where(kind == MessageKind.COLLAR, rng.integers(0, 3, count), settings)
    symbol = rng.integers(0, symbols, count)
    sets = ~np.isin(kind, [MessageKind.NEW, MessageKind.CANCEL, MessageKind.REPLACE])
    quantity = rng.integers(0, 12, count) * pick(rng, {1: 9, 5: 1}, count)
    collars = pick(rng, {0: 3, 4: 2, 800: 1, -1: 0.2}, count)
    time_ns = (start + np.arange(count)) * 10 + rng.integers(-30, 30, count)
    order_id = rng.integers(-1, 80, count)
    columns = {
        "message_seq": start + np.arange(count),
        "time_ns": time_ns,
        "symbol": np.where(sets & (rng.random(count) < 0.3), -1, symbol),
        "kind": kind,
        "order_id": order_id,
        "account_id": np.where(rng.random(count) < 0.1, rng.integers(0, 3, count), np.abs(order_id) % 3),
        "side": pick(rng, {0: 50, 1: 50, 2: 0.3}, count),
        "order_type": pick(
            rng,
            {OrderType.LIMIT: 7, OrderType.MARKET: 1, OrderType.STOP: 1.2, OrderType.STOP_LIMIT: 1.2, 4: 0.05},
            count,
        ),
        "time_in_force": pick(
            rng,
            {
                TimeInForce.DAY: 4,
                TimeInForce.GTC: 3,
                TimeInForce.GTD: 2,
                TimeInForce.IOC: 1,
                TimeInForce.FOK: 1,
                5: 0.05,
            },
            count,
        ),
        "self_trade": pick(rng, dict.fromkeys(map(int, SelfTrade), 1.0) | {9: 0.02}, count),
        "post_only": pick(rng, {0: 9, 1: 1, 2: 0.05}, count),
        "price": np.where(rng.random(count) < 0.01, 0, 100 + rng.integers(-6, 7, count)),
        "stop_price": np.where(rng.random(count) < 0.02, 0, 100 + rng.integers(-6, 7, count)),
        "quantity": np.where(kind == MessageKind.COLLAR, collars, quantity),
        "display": pick(rng, {0: 7, 1: 1, 2: 1, 5: 1, -1: 0.1}, count),
        "expire_ns": time_ns + rng.integers(-20, 800, count),
        "setting": settings,
    }
    return messages_of({name: pa.array(values.astype(np.int64)) for name, values in columns.items()})


def cut(messages: pa.RecordBatch, ends: list[int]) -> list[pa.RecordBatch]:
    """The messages in pieces that end at some rows."""
    bounds = [0, *sorted(min(end, len(messages)) for end in ends), len(messages)]
    return [messages.slice(a, b - a) for a, b in pairwise(bounds)]
