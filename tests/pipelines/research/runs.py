"""A run on a random walk, with trials and a surface, as reports take it."""

import numpy as np

from pipelines.research.metrics import Activity, Fills, measure_run
from pipelines.research.record import Evidence, Origin, Run, Trials
from pipelines.research.surface import Surface
from pipelines.research.verdict import judge_trials

MINUTE = 60 * 10**9
START = 1_723_075_200 * 10**9


def make_run(seed: int = 7, minutes: int = 1440) -> Run:
    """A day of a strategy that follows a random walk of a price near 61,000."""
    rng = np.random.default_rng(seed)
    ns = START + MINUTE * np.arange(minutes + 1)
    price = 61_000 * np.exp(np.cumsum(4e-4 * rng.standard_normal(minutes + 1)))
    rows = np.sort(rng.choice(np.arange(1, minutes), minutes // 12 * 2, replace=False))
    side = np.where(np.arange(len(rows)) % 2 == 0, 1, -1)
    quantity = side * 10**8
    fills = Fills(ns[rows], np.rint(price[rows] * 1e9).astype(np.int64), quantity, price[rows] * 0.1 * 1e-5)
    held = np.zeros(minutes + 1)
    held[rows] = 0.1 * side
    held = np.cumsum(held)
    pnl = np.concatenate([[0.0], held[:-1] * np.diff(price)])
    pnl[rows] -= fills.fee
    equity = 100_000 + np.cumsum(pnl)
    metrics = measure_run(equity, fills, Activity(1234, 98_765), 365 * 1440)
    versions = {"silver.quotes": 41, "silver.trades": 40}
    origin = Origin(
        *("Imbalance taker", "BTCUSDT", "BINANCE", {"threshold": 0.6, "horizon_s": 5, "seed run": seed}, versions),
        *("PRORATA", "VIP 0 <taker>", 5_000_000, 250_000, seed, "0.1.0 (463d56d)"),
    )
    return Run(origin, ns, equity, fills, metrics, ns, price)


def make_evidence(seed: int = 7) -> Evidence:
    """60 trials of two parameters over 500 periods, and a surface of 5 latencies, 3 queue models and 4 fees."""
    rng = np.random.default_rng(seed)
    thresholds, horizons = np.meshgrid(np.linspace(0.1, 0.9, 10).round(2), [1, 2, 5, 10, 30, 60])
    returns = 1e-3 * rng.standard_normal((500, thresholds.size))
    sharpe = returns.mean(axis=0) / returns.std(axis=0)
    trials = Trials({"threshold": thresholds.ravel().tolist(), "horizon_s": horizons.ravel().tolist()}, sharpe)
    latency = np.array([0, 250_000, 1_000_000, 5_000_000, 50_000_000])
    fee = np.array([-0.5, 0.0, 1.0, 4.5])
    queue = np.array([0.0, 120.0, 260.0])
    pnl = 420 - 40 * np.log1p(latency / 1e5)[:, None, None] - queue[:, None] - 110 * fee
    surface = Surface(latency, ("OPTIMISTIC", "PRORATA", "RISK_AVERSE"), fee, pnl)
    return Evidence(judge_trials(returns, 840), trials, surface)
