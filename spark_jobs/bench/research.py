"""How fast strategies go through a market in memory, here, in hftbacktest and in vectorbt."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np
import numpy.typing as npt
import vectorbt as vbt

from pipelines.microstructure.series import Floats, Ladders
from pipelines.research.desk import Market
from pipelines.research.registry import find_strategy
from pipelines.research.run import run_grid, run_returns
from pipelines.research.settings import Latency, Settings
from pipelines.research.signals import NS_PER_S, bar_closes, moving_average
from pipelines.research.tape import Tape
from spark_jobs.bench.hft import events_of, follow_obi

SEED = 15
DAY_NS = 86_400 * NS_PER_S
STRATEGY = "obi_threshold"
THRESHOLD = 0.8
REPEATS = 3
SETTINGS = Settings(
    order_quantity=Decimal("0.01"),
    inventory_limit=Decimal("0.02"),
    taker_fee_bps=1.0,
    feed_latency=Latency(500_003),
    order_latency=Latency(1_000_007),
)


def make_quotes(count: int, seed: int = SEED) -> Tape:
    """A day of quotes without trades: the mid walks, quantities of the touch wander."""
    rng = np.random.default_rng(seed)
    ns = np.sort(rng.integers(0, DAY_NS, count))
    bid = (100_000 + np.cumsum(rng.integers(-1, 2, count) * (rng.random(count) < 0.05)))[:, None]
    quantities = [_wandering(count, rng)[:, None] for _ in range(2)]
    nothing = np.zeros(count, np.int64)
    rows = np.arange(count, dtype=np.int32)
    ladders = Ladders(bid, quantities[0], bid + 1, quantities[1])
    return Tape(ns, ns, nothing.astype(np.int8), nothing, nothing, rows, ladders, 10_000_000, 1_000_000)


def _wandering(count: int, rng: np.random.Generator) -> npt.NDArray[np.int64]:
    steps = np.cumsum(rng.integers(-20, 21, count)) % 2_000
    return np.abs(steps - 1_000) + 20


def measure_obi(tape: Tape) -> float:
    """Quotes a second that obi_threshold goes through on one core; compiling and the signal are left out."""
    market, strategy = Market(tape, SETTINGS), find_strategy(STRATEGY)
    return len(tape) / _best(lambda: run_returns(market, strategy, {"threshold": THRESHOLD}))


def measure_hftbacktest(tape: Tape) -> float:
    """Quotes a second that the same takes in hftbacktest, which computes the imbalance as it goes."""
    events = events_of(tape, SETTINGS.local_ns(tape))
    follow_obi(events[:1_000].copy(), SETTINGS, THRESHOLD, 10)
    return len(tape) / _best(lambda: follow_obi(events, SETTINGS, THRESHOLD, 10))


def measure_grid(tape: Tape, trials: int = 500, threads: int = 2) -> float:
    """Seconds that a grid of obi_threshold takes from the tape to the returns: thresholds, exits and windows."""
    market, strategy = Market(tape, SETTINGS), find_strategy(STRATEGY)
    run_returns(Market(make_quotes(1_000), SETTINGS), strategy, {})
    began = time.monotonic()
    run_grid(market, strategy, grid_of(trials), threads)
    return time.monotonic() - began


def grid_of(trials: int) -> list[dict[str, float]]:
    """Parameters of obi_threshold: windows, thresholds, and exits that follow them."""
    windows = (0, 100, 1_000, 10_000, 60_000)
    thresholds = np.linspace(0.5, 0.99, trials // len(windows))
    return [{"window_ms": float(w), "threshold": float(t), "exit": float(t) / 4} for w in windows for t in thresholds]


@dataclass(frozen=True)
class Bars:
    """Seconds that a crossing of moving averages takes, the bars included here, not included there."""

    here: float
    vectorbt: float


def measure_bars(tape: Tape, fast: int = 5, slow: int = 20) -> Bars:
    """moving_average on bars of a second, and the same in vectorbt."""
    strategy = find_strategy("moving_average")
    parameters = {"bar_s": 1, "fast": fast, "slow": slow}
    closes = bar_closes(tape, NS_PER_S)[1]
    here = _best(lambda: run_returns(Market(tape, SETTINGS), strategy, parameters))
    return Bars(here, _best(lambda: cross_in_vectorbt(closes, fast, slow)))


def cross_in_vectorbt(closes: Floats, fast: int, slow: int) -> npt.NDArray[Any]:
    """Orders of the crossing in vectorbt: idx (the bar, from 0), side (0 buys) and size of each."""
    difference = moving_average(closes, fast) - moving_average(closes, slow)
    portfolio = vbt.Portfolio.from_signals(
        closes, entries=difference > 0, short_entries=difference < 0, size=1.0, init_cash=1e9
    )
    orders: npt.NDArray[Any] = portfolio.orders.values
    return orders


def _best(work: Callable[[], object]) -> float:
    """Seconds of the fastest of some runs, after one that does not count."""
    work()
    seconds = []
    for _ in range(REPEATS):
        began = time.monotonic()
        work()
        seconds.append(time.monotonic() - began)
    return min(seconds)


def research_rows(quotes: int = 10_000_000, beside: int = 500_000) -> list[tuple[str, str, str]]:
    """Every figure, as (what, how much, how)."""
    day, part = make_quotes(quotes), make_quotes(beside)
    obi, here, there = measure_obi(day), measure_obi(part), measure_hftbacktest(part)
    bars = measure_bars(day)
    return [
        ("backtest, imbalance", f"{obi / 1e6:.1f} M quotes/s", f"{quotes:,} quotes in memory, one core, signal ready"),
        ("backtest, hftbacktest", f"1/{here / there:.0f} of that", f"{beside:,} quotes of the touch, same strategy"),
        ("backtest, grid", f"{measure_grid(day):.0f} s", f"500 trials over {quotes:,} quotes, two threads"),
        ("backtest, bars", f"{bars.here:.2f} s", f"crossing averages of bars of 1 s, made of {quotes:,} quotes"),
        ("backtest, bars in vectorbt", f"{bars.vectorbt:.2f} s", "the same crossings on bars that are there already"),
    ]


if __name__ == "__main__":
    for what, measured, how in research_rows():
        print(f"{what}: {measured} ({how})")
