"""Views that tests look at: two instruments, a quiet market at the reference price."""

from typing import Any

import numpy as np

from pipelines.source.participants.config import VENUES
from pipelines.source.participants.requests import ORDER, Orders
from pipelines.source.participants.tape import SECONDS
from pipelines.source.participants.view import View
from pipelines.source.simulator.config import Instrument

TIGHT = Instrument("TIGHT", "technology", 100.0, 0.3, 10.0, 1.0, 100)  # 10 ticks of spread
WIDE = Instrument("WIDE", "technology", 50.0, 0.3, 40.0, 1.0, 200)  # 20 ticks
PAIR = (TIGHT, WIDE)
NOW = 1_700_000_000_000_000_000
REFERENCE = np.array([10_000.0, 5_000.0])


def quiet_view(accounts: int, **changes: Any) -> View:
    """Books displayed half a spread around the reference, no past moves, nothing owned, nothing open."""
    bid, ask = np.zeros((2, len(VENUES)), np.int64), np.zeros((2, len(VENUES)), np.int64)
    bid[:, :2], ask[:, :2] = [[9_995], [4_990]], [[10_005], [5_010]]
    parts = {
        "time_ns": NOW,
        "reference": REFERENCE,
        "stress": 0.0,
        "bid": bid,
        "ask": ask,
        "history": np.tile(REFERENCE, (SECONDS, 1)),
        "inventory": np.zeros((accounts, 2), np.int64),
        "orders": np.empty(0, ORDER),
    }
    return View(**{**parts, **changes})


def risen(instrument: int, bps: float) -> np.ndarray:
    """History in which an instrument's last price has moved."""
    history = np.tile(REFERENCE, (SECONDS, 1))
    history[-1, instrument] *= np.exp(bps / 1e4)
    return history


def open_orders(*rows: dict[str, int]) -> Orders:
    """Open orders, sent a second ago, numbered from 1."""
    orders = np.zeros(len(rows), ORDER)
    orders["number"], orders["is_open"], orders["sent_ns"] = np.arange(1, len(rows) + 1), 1, NOW - 10**9
    for at, row in enumerate(rows):
        for name, value in row.items():
            orders[name][at] = value
    return orders
