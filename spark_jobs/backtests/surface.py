"""A run with other latencies, queue models and fees: where its profit ends."""

from dataclasses import dataclass, replace
from itertools import product

import pyarrow as pa

from pipelines.research.layout import QUEUE_MODELS
from pipelines.research.settings import Latency, Settings
from pipelines.research.signals import NS_PER_MS
from pipelines.research.surface import AXES, Surface, read_surface
from schemas import research
from schemas.errors import SettingsError
from spark_jobs.backtests.experiment import experiment_of
from spark_jobs.backtests.results import Stored, as_rows, replace_rows
from spark_jobs.backtests.trials import Trial, run_trials
from spark_jobs.tables import Session, literal


@dataclass(frozen=True)
class Axes:
    """Order latencies in ns, queue models, and fees in bps that makers and takers pay alike."""

    latency_ns: tuple[int, ...] = (0, NS_PER_MS, 5 * NS_PER_MS, 20 * NS_PER_MS, 100 * NS_PER_MS)
    queue_models: tuple[str, ...] = tuple(QUEUE_MODELS)
    fee_bps: tuple[float, ...] = (-0.5, 0.0, 0.5, 1.0, 2.0, 5.0)

    def __post_init__(self) -> None:
        for name, values in (("latency", self.latency_ns), ("queue model", self.queue_models), ("fee", self.fee_bps)):
            if not values or len(set(values)) < len(values):
                raise SettingsError(
                    f"A surface needs a {name}, and each once: {', '.join(map(str, values)) or 'none'}."
                )

    def cells(self) -> list[tuple[int, str, float]]:
        """Every combination."""
        return list(product(self.latency_ns, self.queue_models, self.fee_bps))


def compute_surface(session: Session, run: Stored, axes: Axes) -> Surface:
    """The surface of a run on the data that it was made of, in parallel on Spark; the lake's is replaced.

    Raises ResearchError for a queue model or fee that cannot be.
    """
    experiment, cells = experiment_of(run.row), axes.cells()
    trials = [Trial(experiment.parameters, settle(experiment.settings, *cell)) for cell in cells]
    returns = run_trials(session, experiment, trials, run.row["data_versions"])
    earned = returns.sum(axis=1) * float(experiment.settings.capital)
    known = {"run_id": run.row["run_id"], "end_date": run.row["end_date"]}
    rows = [
        known | dict(zip(AXES, cell, strict=True)) | {"total_pnl": pnl}
        for cell, pnl in zip(cells, earned.tolist(), strict=True)
    ]
    written = as_rows(research.SURFACE, rows)
    replace_rows(session, research.SURFACE, written, f"run_id = {literal(run.row['run_id'])}")
    return read_surface(written)


def settle(settings: Settings, latency_ns: int, queue_model: str, fee_bps: float) -> Settings:
    """Settings with another order latency, queue model and fee."""
    return replace(
        settings,
        order_latency=Latency(latency_ns),
        queue_model=queue_model,
        maker_fee_bps=fee_bps,
        taker_fee_bps=fee_bps,
    )


def find_surface(session: Session, run_id: str) -> Surface | None:
    """The surface of a run, None where it has none."""
    rows: pa.Table = session.table(research.SURFACE.name).where(f"run_id = {literal(run_id)}").toArrow()
    return read_surface(rows) if rows.num_rows else None
