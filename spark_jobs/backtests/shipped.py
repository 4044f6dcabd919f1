"""What is backtested by itself: every shipped strategy on a day, the search for thresholds on a week."""

from dataclasses import replace
from datetime import datetime
from decimal import Decimal

import numpy as np

from pipelines.research.lookahead import draw_counts, find_leaks
from pipelines.research.registry import STRATEGIES
from pipelines.research.settings import Latency, Settings
from pipelines.research.signals import NS_PER_MS
from pipelines.research.tape import MONEY_UNITS, Tape
from schemas.errors import ResearchError
from spark_jobs.backtests.experiment import QUOTES, Dataset, Experiment
from spark_jobs.backtests.refine import Grid, Refined, refine
from spark_jobs.backtests.results import Stored
from spark_jobs.backtests.run import read, store_runs
from spark_jobs.backtests.surface import Axes, compute_surface
from spark_jobs.refresh import Days
from spark_jobs.tables import Session

PART = 10  # an order is the tenth part of what the touch shows
POSITION = 5  # orders, the largest position
SETTINGS = Settings(
    maker_fee_bps=0.0,
    taker_fee_bps=1.0,
    feed_latency=Latency(NS_PER_MS),
    order_latency=Latency(5 * NS_PER_MS),
)
SEARCHED = "obi_threshold"
SPACE = Grid({"threshold": (0.5, 0.6, 0.7, 0.8, 0.9), "window_ms": (0.0, 1_000.0, 10_000.0), "exit": (0.0, 0.3)})
MINUTE_NS = 60_000 * NS_PER_MS


def markets_of(session: Session, days: Days) -> list[tuple[str, str]]:
    """Symbol and venue of every market with quotes on some days, in order."""
    rows = session.table(QUOTES).where(days.condition).select("symbol", "venue").distinct()
    return sorted((row.symbol, row.venue) for row in rows.collect())


def sized(settings: Settings, tape: Tape) -> Settings:
    """Settings whose orders are small beside what the touch of a tape shows. Raises ResearchError where none does."""
    shown = np.concatenate([side[side > 0] for side in (tape.bid_quantity, tape.ask_quantity)])
    if not len(shown):
        raise ResearchError("No market of the tape shows a quantity.")
    lots = max(int(np.median(shown)) // PART, 1)
    quantity = Decimal(lots * tape.lot) / MONEY_UNITS
    return replace(settings, order_quantity=quantity, inventory_limit=POSITION * quantity)


def run_shipped(session: Session, dataset: Dataset, moment: datetime) -> list[Stored]:
    """A run of each shipped strategy with its own parameters. Raises ResearchError where there is no market."""
    given = read(session, dataset)
    settings = sized(SETTINGS, given.tape)
    experiments = [Experiment(strategy.name, {}, dataset, settings) for strategy in STRATEGIES]
    return [run for run, _ in store_runs(session, experiments, given, moment)]


def refine_shipped(session: Session, dataset: Dataset, moment: datetime) -> Refined:
    """The search for thresholds and windows, judged by the minute, with the surface of the best run."""
    settings = replace(sized(SETTINGS, read(session, dataset).tape), sample_ns=MINUTE_NS)
    found = refine(session, Experiment(SEARCHED, {}, dataset, settings), SPACE, moment)
    compute_surface(session, found.best, Axes())
    return found


def find_all_leaks(session: Session, dataset: Dataset, cuts: int, seed: int = 1) -> list[str]:
    """A sentence for each cut of a tape before which a shipped strategy trades otherwise than on the whole."""
    tape = read(session, dataset).tape
    settings, counts = sized(SETTINGS, tape), draw_counts(tape, cuts, seed)
    return [leak for strategy in STRATEGIES for leak in find_leaks(tape, strategy, settings, counts)]
