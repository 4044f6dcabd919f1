"""The experiment that tests of backtests share; the lake is the fixture `recorded`."""

from datetime import UTC, date, datetime
from decimal import Decimal

from pipelines.research.settings import Latency, Settings
from spark_jobs.backtests.experiment import Dataset, Experiment
from spark_jobs.refresh import Days

DAY = date(2024, 8, 8)
NOON = datetime(2024, 8, 9, 12, tzinfo=UTC)
DATASET = Dataset("BTCUSDT", "BINANCE", Days(DAY, DAY))
SETTINGS = Settings(
    order_quantity=Decimal("0.01"),
    inventory_limit=Decimal("0.01"),
    taker_fee_bps=1.0,
    order_latency=Latency(5_000_000),
)


def obi(threshold: float = 0.8, settings: Settings = SETTINGS) -> Experiment:
    """The mission's strategy."""
    return Experiment("obi_threshold", {"threshold": threshold}, DATASET, settings)
