"""Runs, trials and verdicts of the lake as reports take them."""

import json
from collections.abc import Mapping
from dataclasses import fields
from typing import Any

import numpy as np

from pipelines.exact import units_of
from pipelines.research.metrics import Metrics
from pipelines.research.record import Origin, Run, Trials
from pipelines.research.verdict import Verdict
from schemas import research
from spark_jobs.backtests.results import METRICS, Stored, curve_of, fills_of
from spark_jobs.tables import Session, literal

MIDS_PER_ONE = 10**10
CURRENCIES = ("USDT", "USDC", "FDUSD", "USD", "EUR", "BTC", "ETH")
SAME_MARKET = ("strategy", "symbol", "venue", "market", "settings")


def record_of(run: Stored) -> Run:
    """A run as reports take it."""
    mid, ns = run.equity.column("mid"), run.equity.column("event_ns").to_numpy()
    known = np.asarray(mid.is_valid())
    return Run(
        *(origin_of(run.row), ns, curve_of(run.equity), fills_of(run.trades)),
        metrics=Metrics(**{name: run.row[name] for name in METRICS}),
        price_ns=ns[known],
        price=units_of(mid)[known] / MIDS_PER_ONE,
        currency=next((each for each in CURRENCIES if run.row["symbol"].endswith(each)), "USD"),
    )


def origin_of(row: Mapping[str, Any]) -> Origin:
    """What a run was made of, from its row."""
    fees = f"maker {row['maker_fee_bps']:g} bps, taker {row['taker_fee_bps']:g} bps"
    return Origin(
        strategy=row["strategy"],
        symbol=row["symbol"],
        venue=row["venue"],
        parameters={name: f"{value:g}" for name, value in json.loads(row["parameters"]).items()},
        data_versions=row["data_versions"],
        queue_model=row["queue_model"],
        fee_tier=fees,
        order_latency_ns=row["order_latency_ns"],
        feed_latency_ns=row["feed_latency_ns"],
        seed=row["seed"],
        code_version=row["code_version"],
    )


def find_verdict(session: Session, run_id: str) -> Verdict | None:
    """The verdict over a run that was the best of a search, the one with the most trials; None where it was of none."""
    found = session.table(research.VERDICTS.name).where(f"run_id = {literal(run_id)}")
    rows = found.orderBy("lifetime_trial_count", ascending=False).limit(1).collect()
    names = {each.name for each in fields(Verdict)} & set(research.VERDICTS.column_names)
    if not rows:
        return None
    known = {name: rows[0][name] for name in names}
    return Verdict(**known, independent_period_count=rows[0].independent_periods)


def find_trials(session: Session, run: Stored) -> Trials | None:
    """All trials of a run's strategy on its market and days with its settings; None where it is alone."""
    same = " AND ".join(f"{name} = {literal(run.row[name])}" for name in SAME_MARKET)
    days = f"begin_date = DATE'{run.row['begin_date']}' AND end_date = DATE'{run.row['end_date']}'"
    found = session.table(research.TRIALS.name).where(f"{same} AND {days}").orderBy("trial_id").toArrow()
    if found.num_rows < 2:
        return None
    told = [json.loads(text) for text in found.column("parameters").to_pylist()]
    sharpe = np.array([np.nan if value is None else value for value in found.column("sharpe").to_pylist()])
    return Trials({name: [each[name] for each in told] for name in told[0]}, sharpe)
