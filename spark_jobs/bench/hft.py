"""A tape for hftbacktest, and strategies that run there as they do here."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from hftbacktest import (
    BUY_EVENT,
    DEPTH_EVENT,
    EXCH_EVENT,
    GTC,
    LIMIT,
    LOCAL_EVENT,
    SELL_EVENT,
    TRADE_EVENT,
    BacktestAsset,
    HashMapMarketDepthBacktest,
)
from hftbacktest.order import IOC
from hftbacktest.types import event_dtype
from numba import njit

from pipelines.microstructure.series import Ints
from pipelines.research.settings import Settings
from pipelines.research.tape import Tape

UNITS = 1e9
ENDED, FED = 1, 2  # answers of hftbacktest: no more data, an event
CANCEL = 3  # what to do besides LIMIT (0) and IOC (2)
BOTH = EXCH_EVENT | LOCAL_EVENT


@dataclass(frozen=True)
class Outcome:
    """What an engine made of a tape: fills, position in units of 1, cash gained before fees, fees, turnover."""

    fill_count: int
    position: float
    balance: float
    fees: float
    turnover: float


def events_of(tape: Tape, local_ns: Ints) -> npt.NDArray[Any]:
    """The tape in hftbacktest's format, in ticks and lots, which its doubles hold exactly.

    There, an order meets the book as it is when it arrives; here, as it is at the first event after that. So each
    event is effective at its exchange one event earlier. Of the touch only, levels behind it stay as they were last
    seen, and levels that it has left behind go.
    """
    rows: list[tuple[int, int, int, int]] = []
    sides = (_Side(BUY_EVENT, 1), _Side(SELL_EVENT, -1))
    columns = (tape.sign, tape.price, tape.quantity, tape.bid, tape.bid_quantity, tape.ask, tape.ask_quantity)
    for event, row in enumerate(zip(*(column.tolist() for column in columns), strict=True)):
        sign, price, quantity, *touch = row
        if sign:
            rows.append((event, TRADE_EVENT | (BUY_EVENT if sign > 0 else SELL_EVENT), price, quantity))
            continue
        for side, best in zip(sides, (touch[:2], touch[2:]), strict=True):
            rows += [(event, side.flag, gone, 0) for gone in side.leave(best[0])]
        for side, best in zip(sides, (touch[:2], touch[2:]), strict=True):
            rows += [(event, side.flag, best[0], best[1])] if side.show(best[0], best[1]) else []
    return _as_events(np.array(rows, np.int64), tape, local_ns)


class _Side:
    """The levels that hftbacktest knows of a side."""

    def __init__(self, flag: int, sign: int) -> None:
        self.flag, self.sign = DEPTH_EVENT | flag, sign
        self.shown: dict[int, int] = {}

    def leave(self, best: int) -> list[int]:
        """Levels better than the best, best first: they are gone."""
        gone = sorted((p for p in self.shown if self.sign * (p - best) > 0), key=lambda p: -self.sign * p)
        for price in gone:
            del self.shown[price]
        return gone

    def show(self, price: int, quantity: int) -> bool:
        """Whether a level has changed."""
        if self.shown.get(price) == quantity:
            return False
        self.shown[price] = quantity
        return True


def _as_events(rows: Ints, tape: Tape, local_ns: Ints) -> npt.NDArray[Any]:
    events = np.zeros(len(rows), event_dtype)
    at = rows[:, 0]
    events["ev"] = rows[:, 1] | BOTH
    events["exch_ts"] = np.append(tape.ns[0], tape.ns)[at]
    events["local_ts"] = local_ns[at]
    events["px"] = rows[:, 2]
    events["qty"] = rows[:, 3]
    return events


def backtest_of(events: npt.NDArray[Any], settings: Settings) -> Any:
    """Hftbacktest with the same fees, constant latencies and the risk-averse queue."""
    asset = (
        BacktestAsset()
        .data(events)
        .linear_asset(1.0)
        .constant_order_latency(settings.order_latency.constant_ns, settings.feed_latency.constant_ns)
        .risk_adverse_queue_model()
        .partial_fill_exchange()
        .trading_value_fee_model(settings.maker_fee_bps / 1e4, settings.taker_fee_bps / 1e4)
        .tick_size(1.0)
        .lot_size(1.0)
    )
    return HashMapMarketDepthBacktest([asset])


def run_orders(events: npt.NDArray[Any], tape: Tape, settings: Settings, orders: Ints) -> Outcome:
    """Send orders (k, 6) there: local time, LIMIT, IOC or CANCEL, side, price in ticks, lots, number of the order."""
    backtest = backtest_of(events, settings)
    assert _send_all(backtest, orders) == ENDED
    position, balance, fees, count, turnover = _values(backtest)
    backtest.close()
    lot, money = tape.lot / UNITS, tape.tick * tape.lot / UNITS**2
    return Outcome(int(count), position * lot, balance * money, fees * money, turnover * money)


@njit
def _values(backtest):  # type: ignore[no-untyped-def]  # numba's class
    state = backtest.state_values(0)
    return (state.position, state.balance, state.fee, state.num_trades, state.trading_value)


@njit
def _send_all(backtest, orders):  # type: ignore[no-untyped-def]  # numba's class
    """1 when the data are over, else hftbacktest's error."""
    ended = backtest.elapse(0)  # its clock starts
    for row in range(len(orders)):
        at, kind, side, price, lots, number = orders[row]
        if at > backtest.current_timestamp:
            ended = backtest.elapse(at - backtest.current_timestamp)
        if ended != 0:
            return ended
        if kind == CANCEL:
            order = backtest.orders(0).get(number)
            if order is not None and order.cancellable:
                backtest.cancel(0, number, False)
        elif side > 0:
            backtest.submit_buy_order(0, number, price, lots, IOC if kind else GTC, LIMIT, False)
        else:
            backtest.submit_sell_order(0, number, price, lots, IOC if kind else GTC, LIMIT, False)
    while ended == 0:
        ended = backtest.elapse(60_000_000_000)
    return ended


def follow_obi(events: npt.NDArray[Any], settings: Settings, threshold: float, lots: int) -> int:
    """Follow the imbalance of the touch there as obi_threshold does, flat inside 0; how many fills."""
    backtest = backtest_of(events, settings)
    _follow(backtest, threshold, lots)
    count = int(_values(backtest)[3])
    backtest.close()
    return count


@njit
def _follow(backtest, threshold, lots):  # type: ignore[no-untyped-def]  # numba's class
    want, number = 0, 0
    while backtest.wait_next_feed(False, 1 << 60) == FED:
        depth = backtest.depth(0)
        bid, ask = depth.best_bid_qty, depth.best_ask_qty
        obi = (bid - ask) / (bid + ask)
        if want == 0 or obi * want < -threshold:
            want = (1 if obi > threshold else 0) - (1 if obi < -threshold else 0)
        elif obi * want < 0:
            want = 0
        missing = want * lots - backtest.position(0)
        if missing == 0 or len(backtest.orders(0)) > 0:
            backtest.clear_inactive_orders(0)
            continue
        number += 1
        if missing > 0:
            backtest.submit_buy_order(0, number, depth.best_ask, missing, IOC, LIMIT, False)
        else:
            backtest.submit_sell_order(0, number, depth.best_bid, -missing, IOC, LIMIT, False)
