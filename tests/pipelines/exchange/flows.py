"""Random flows of wire orders: several symbols and venues, all order types, accounts that can pay and that cannot."""

import numpy as np
import pyarrow as pa

from pipelines.exchange.rules import UNITS
from pipelines.wire import batch_of
from schemas.proto import market_pb2 as pb
from schemas.topics import ORDERS

START_NS = 1_700_000_000 * UNITS
SYMBOLS = ("AAPL", "MSFT", "GME")
VENUES = ("DLXA", "DLXB", "DLXD")
ACCOUNTS = tuple(f"A{number}" for number in range(1, 20))
CASH = 200_000 * UNITS
SHARES = 1_000 * UNITS
NEW, CANCEL, REPLACE = pb.ORDER_ACTION_NEW, pb.ORDER_ACTION_CANCEL, pb.ORDER_ACTION_REPLACE
CENT = UNITS // 100


def fundings(accounts: tuple[str, ...] = ACCOUNTS) -> pa.RecordBatch:
    """Cash and shares for each account and symbol; some shares may be owed."""
    pairs = [(account, symbol) for account in accounts for symbol in SYMBOLS]
    count = len(pairs)
    return batch_of(
        ORDERS,
        {
            "producer_id": ["operator"] * count,
            "seq": range(1, count + 1),
            "receive_ts_ns": [START_NS - UNITS] * count,
            "action": [pb.ORDER_ACTION_FUND] * count,
            "account_id": [account for account, _ in pairs],
            "symbol": [symbol for _, symbol in pairs],
            "cash": [CASH] * count,
            "quantity": [SHARES] * count,
            "price": [100 * UNITS] * count,
            "max_short_quantity": [500 * UNITS] * count,
        },
    )


def flow(seed: int, count: int, gap_ns: int = 50_000, accounts: tuple[str, ...] = ACCOUNTS) -> pa.RecordBatch:
    """New orders around 100.00, and cancels and replaces of earlier ones, `gap_ns` apart."""
    rng = np.random.default_rng(seed)
    row = np.arange(count)
    action = rng.choice([NEW, CANCEL, REPLACE], count, p=[0.55, 0.3, 0.15])
    earlier = np.maximum(row - rng.integers(1, 200, count), 0)
    who = np.where(action == NEW, row, earlier)  # a cancel comes from the one whose order it names
    columns = {
        "producer_id": ["flow"] * count,
        "seq": row + 1,
        "receive_ts_ns": START_NS + row * gap_ns,
        "symbol": _drawn(SYMBOLS, rng, who),
        "venue": _drawn(VENUES, rng, who),
        "account_id": _drawn(accounts, rng, who),
        "action": action,
        "order_id": [f"o{number}" for number in row.tolist()],
        "original_order_id": [f"o{number}" for number in earlier.tolist()],
        "side": rng.integers(1, 3, count),
        "type": rng.choice([1, 2, 3, 4], count, p=[0.85, 0.08, 0.03, 0.04]),
        "time_in_force": rng.choice([1, 2, 3, 4], count, p=[0.4, 0.4, 0.15, 0.05]),
        "price": rng.integers(9_900, 10_100, count) * CENT,
        "stop_price": rng.integers(9_900, 10_100, count) * CENT,
        "quantity": rng.integers(1, 100, count) * UNITS,
        "self_trade_prevention": rng.integers(0, 6, count),
    }
    return batch_of(ORDERS, columns)


def whole(seed: int, count: int, gap_ns: int = 50_000) -> pa.RecordBatch:
    """Fundings, then a flow."""
    return pa.concat_batches([fundings(), flow(seed, count, gap_ns)])


def _drawn(names: tuple[str, ...], rng: np.random.Generator, who: np.ndarray) -> pa.Array:
    return pa.array(names).take(pa.array(rng.integers(0, len(names), len(who))[who]))
