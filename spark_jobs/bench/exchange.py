"""How fast the exchange matches, on flows made here: quiet, normal, and a crash."""

import time
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from pipelines.exchange.codes import MessageKind, TimeInForce
from pipelines.exchange.engine import Engine
from pipelines.exchange.schema import messages_of

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

SEED = 15
ORDERS = 200_000
REPEATS = 5
BATCH = 16_384  # messages a call
IOC_SHARE, CANCEL_SHARE, MODIFY_SHARE = 0.15, 0.85, 0.2


@dataclass(frozen=True)
class Flow:
    """A flow of orders around a mid price in ticks.

    The mid moves by `volatility` ticks an order (standard deviation) and falls by `crash` ticks in the middle of the
    flow, half of it coming back; prices lie `spread` ticks away from it on average; an order lives for `life` orders.
    """

    name: str
    volatility: float
    crash: int
    spread: float
    life: float


FLOWS = (
    Flow("static", volatility=0.0, crash=0, spread=6, life=300),
    Flow("normal", volatility=0.5, crash=0, spread=30, life=1_500),
    Flow("flash crash", volatility=2.0, crash=12_000, spread=120, life=4_000),
)


def make_flow(flow: Flow, orders: int, seed: int) -> pa.RecordBatch:
    """Messages of `orders` limit orders, 15 % of them IOC; most are cancelled later, a fifth is modified before."""
    rng = np.random.default_rng(seed)
    born = np.arange(orders, dtype=np.float64)
    side = rng.integers(0, 2, orders)
    price = _prices(flow, side, rng)
    modified = np.flatnonzero(rng.random(orders) < MODIFY_SHARE)
    cancelled = np.flatnonzero(rng.random(orders) < CANCEL_SHARE)
    died = born + rng.exponential(flow.life, orders)
    when = np.concatenate((born, (born + died)[modified] / 2, died[cancelled]))
    order = np.concatenate((np.arange(orders), modified, cancelled))
    kinds = (MessageKind.NEW, MessageKind.REPLACE, MessageKind.CANCEL)
    kind = np.repeat([int(kind) for kind in kinds], [orders, len(modified), len(cancelled)])
    step = np.where(kind == MessageKind.REPLACE, rng.integers(-1, 2, len(kind)), 0)
    tif = np.where(rng.random(orders) < IOC_SHARE, int(TimeInForce.IOC), int(TimeInForce.GTC))
    quantity = rng.integers(1, 101, orders)[order] + (kind == MessageKind.REPLACE)
    columns = {
        "kind": kind,
        "order_id": rng.permutation(orders)[order],
        "side": side[order],
        "time_in_force": tif[order],
        "price": np.maximum(price[order] + step, 1),
        "quantity": quantity,
    }
    at = np.argsort(when, kind="stable")
    return messages_of({"message_seq": np.arange(len(at)), **{name: values[at] for name, values in columns.items()}})


def _prices(flow: Flow, side: Ints, rng: np.random.Generator) -> Ints:
    """A price for each order, (n,): on its own side of the mid, one in twelve across it."""
    count = len(side)
    fall = flow.crash * np.interp(np.linspace(0, 1, count), [0.45, 0.5, 0.6, 1.0], [0.0, 1.0, 0.5, 0.5])
    mid = 40_000 + np.cumsum(rng.normal(0, flow.volatility, count)) - fall
    away = rng.exponential(flow.spread, count) * np.where(rng.random(count) < 1 / 12, -0.5, 1.0)
    return np.rint(mid + np.where(side == 0, -away, away)).astype(np.int64)


def measure_exchange(orders: int = ORDERS) -> dict[str, float]:
    """Messages a second of each flow, from Arrow to Arrow in batches, by one thread; compiling is left out."""
    flows = {flow.name: make_flow(flow, orders, SEED) for flow in FLOWS}
    measure_compile()
    return {name: max(_rate(messages) for _ in range(REPEATS)) for name, messages in flows.items()}


def measure_compile() -> float:
    """Seconds until the engine has answered its first message: compiling, or loading what was compiled before."""
    began = time.monotonic()
    Engine().apply(make_flow(FLOWS[0], 1, SEED))
    return time.monotonic() - began


def _rate(messages: pa.RecordBatch) -> float:
    engine = Engine()
    batches = [messages.slice(start, BATCH) for start in range(0, len(messages), BATCH)]
    began = time.monotonic()
    for batch in batches:
        engine.apply(batch)
    return len(messages) / (time.monotonic() - began)


if __name__ == "__main__":
    compile_s = measure_compile()
    for name, rate in measure_exchange().items():
        print(f"{name}: {rate:,.0f} messages/s")
    print(f"compiling or loading: {compile_s:.1f} s")
