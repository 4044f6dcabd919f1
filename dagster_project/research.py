"""Backtests by schedule: the shipped strategies on each day of a market, the search for thresholds on each week."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

import dagster as dg

from dagster_project.days import DAYS, days_of_run
from dagster_project.lineage import key_of, spec_of_table
from dagster_project.recompute import RETRY
from dagster_project.resources import SPARK, Lakehouse, actor
from dagster_project.tear_sheets import write_sheets
from schemas import research
from schemas.errors import InstanceError, ResearchError

if TYPE_CHECKING:
    from spark_jobs.backtests.experiment import Dataset
    from spark_jobs.backtests.results import Stored
    from spark_jobs.tables import Session

MARKETS = dg.DynamicPartitionsDefinition(name="markets")  # as BTCUSDT@BINANCE
BY_DAY = dg.MultiPartitionsDefinition({"day": DAYS, "market": MARKETS})
WEEK = timedelta(days=6)  # from the first day to the last
OF_RUNS = (research.RUNS, research.TRADES_OF_RUNS, research.EQUITY)
OF_SEARCHES = (research.TRIALS, research.VERDICTS, research.SURFACE)
MARKET_TAG = "dagster/partition/market"
Results = Iterator[dg.MaterializeResult[None]]
Asked = list[dg.RunRequest] | dg.SkipReason


class Work(NamedTuple):
    """A session in the lakehouse, what to backtest on, and the sentences that the audit log is to have."""

    session: "Session"
    dataset: "Dataset"
    said: list[str]


@dg.multi_asset(
    name="backtests",
    specs=[spec_of_table(table) for table in OF_RUNS],
    partitions_def=BY_DAY,
    retry_policy=RETRY,
    pool=SPARK,
)
def backtests(context: dg.AssetExecutionContext, lakehouse: dg.ResourceParam[Lakehouse]) -> Results:
    """A run of every shipped strategy on a day of a market."""
    from spark_jobs.backtests.shipped import run_shipped

    with _working(context.run, lakehouse, "BACKTEST", timedelta()) as (session, dataset, said):
        runs = run_shipped(session, dataset, datetime.now(UTC))
        said.append(f"{len(runs)} runs.")
        sheets = write_sheets(session, lakehouse.settings.home, runs)
    metadata = {"runs": dg.MetadataValue.md(runs_table(runs)), **sheets}
    yield from (dg.MaterializeResult(key_of(table.name), metadata=metadata) for table in OF_RUNS)


@dg.multi_asset(
    name="refinements",
    specs=[spec_of_table(table) for table in OF_SEARCHES],
    partitions_def=BY_DAY,
    retry_policy=RETRY,
    pool=SPARK,
)
def refinements(context: dg.AssetExecutionContext, lakehouse: dg.ResourceParam[Lakehouse]) -> Results:
    """The search for thresholds on the week that ends on a day, its verdict, the surface of the best run."""
    from spark_jobs.backtests.shipped import refine_shipped

    with _working(context.run, lakehouse, "REFINE", WEEK) as (session, dataset, said):
        found = refine_shipped(session, dataset, datetime.now(UTC))
        said.append(found.verdict.sentence)
        sheets = write_sheets(session, lakehouse.settings.home, [found.best])
    metadata = {
        "verdict": dg.MetadataValue.text(found.verdict.decision),
        "why": dg.MetadataValue.text(found.verdict.sentence),
        "trials": dg.MetadataValue.int(found.verdict.trial_count),
        "lifetime_trials": dg.MetadataValue.int(found.verdict.lifetime_trial_count),
        **sheets,
    }
    yield from (dg.MaterializeResult(key_of(table.name), metadata=metadata) for table in OF_SEARCHES)


def runs_table(runs: "Sequence[Stored]") -> str:
    """A Markdown table of runs: strategy, profit or loss, fills, Sharpe ratio a year, deepest fall, id."""
    lines = [
        f"| {run.row['strategy']} | {run.row['total_pnl']:,.2f} | {run.row['trade_count']:,} | "
        f"{_said(run.row['sharpe'])} | {_said(run.row['max_drawdown'])} | `{run.row['run_id']}` |"
        for run in runs
    ]
    return "\n".join(["| strategy | PnL | fills | Sharpe | drawdown | run |", "|---|---:|---:|---:|---:|---|", *lines])


def _said(value: float | None) -> str:
    return "undefined" if value is None else f"{value:.4g}"


@contextmanager
def _working(run: dg.DagsterRun, lakehouse: Lakehouse, action: str, before: timedelta) -> Iterator[Work]:
    """The lakehouse at work on a run's market, its day and those `before`; without a market no other try helps."""
    from spark_jobs.audit import Deed, audited
    from spark_jobs.backtests.experiment import Dataset
    from spark_jobs.refresh import Days

    end = days_of_run(run).end
    symbol, _, venue = run.tags[MARKET_TAG].rpartition("@")
    dataset = Dataset(symbol, venue, Days(end - before, end))
    deed = Deed(action, research.RUNS.name, {"market": str(dataset)}, actor(), run.run_id)
    try:
        with lakehouse.session() as session, audited(session, lakehouse.settings, deed) as said:
            yield Work(session, dataset, said)
    except ResearchError as error:
        raise dg.Failure(str(error), allow_retries=False) from None


def _requests(context: dg.ScheduleEvaluationContext, lakehouse: Lakehouse, before: timedelta) -> Asked:
    """A run for each market that had quotes yesterday, or in the days `before`; new markets become partitions."""
    from spark_jobs.backtests.shipped import markets_of
    from spark_jobs.refresh import Days

    end = context.scheduled_execution_time.date() - timedelta(days=1)
    days = Days(end - before, end)
    try:
        with lakehouse.session() as session:
            names = [f"{symbol}@{venue}" for symbol, venue in markets_of(session, days)]
    except InstanceError as error:
        return dg.SkipReason(str(error))
    if not names:
        return dg.SkipReason(f"silver.quotes has nothing of {days}.")
    context.instance.add_dynamic_partitions(MARKETS.name or "", names)
    keys = [dg.MultiPartitionKey({"day": str(end), "market": name}) for name in names]
    return [dg.RunRequest(run_key=str(key), partition_key=key) for key in keys]


backtests_of_a_day = dg.define_asset_job(
    "backtests_of_a_day",
    selection=dg.AssetSelection.assets(*(key_of(table.name) for table in OF_RUNS)),
    description="Every shipped strategy on a day of a market.",
)
refinements_of_a_week = dg.define_asset_job(
    "refinements_of_a_week",
    selection=dg.AssetSelection.assets(*(key_of(table.name) for table in OF_SEARCHES)),
    description="The search for thresholds on a week of a market, and its verdict.",
)
RUNNING = dg.DefaultScheduleStatus.RUNNING


@dg.schedule(job=backtests_of_a_day, cron_schedule="0 1 * * *", default_status=RUNNING)
def nightly_backtests(context: dg.ScheduleEvaluationContext, lakehouse: dg.ResourceParam[Lakehouse]) -> Asked:
    """Yesterday's markets, an hour after midnight UTC."""
    return _requests(context, lakehouse, timedelta())


@dg.schedule(job=refinements_of_a_week, cron_schedule="0 4 * * 1", default_status=RUNNING)
def weekly_refinements(context: dg.ScheduleEvaluationContext, lakehouse: dg.ResourceParam[Lakehouse]) -> Asked:
    """The markets of the week that ended on Sunday."""
    return _requests(context, lakehouse, WEEK)


ASSETS = [backtests, refinements]
ASSET_JOBS = [backtests_of_a_day, refinements_of_a_week]
SCHEDULES = [nightly_backtests, weekly_refinements]
