"""What a backtest is made of, and the hash that names it."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from decimal import Decimal
from functools import cache
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path

import pipelines
from pipelines.research.registry import find_strategy
from pipelines.research.settings import Latency, Settings
from schemas.errors import SettingsError
from spark_jobs.refresh import Days

QUOTES, BOOKS, TRADES = "silver.quotes", "silver.books", "silver.trades"
MARKETS = (QUOTES, BOOKS)
EXACT = ("order_quantity", "inventory_limit", "capital", "stop_loss")
LATENCIES = ("feed_latency", "order_latency")
# What a result depends on besides its inputs, below `pipelines`.
CODE = ("exact.py", "microstructure", "research")
DIGITS = 16  # of an id


@dataclass(frozen=True)
class Dataset:
    """One symbol at one venue on some UTC days; `market` is silver.quotes or silver.books."""

    symbol: str
    venue: str
    days: Days
    market: str = QUOTES

    def __post_init__(self) -> None:
        if self.market not in MARKETS:
            raise SettingsError(f"{self.market} is no market: give {' or '.join(MARKETS)}.")
        if self.days.begin > self.days.end:
            raise SettingsError(f"The days go from {self.days.begin} to {self.days.end}: give the earlier one first.")

    @property
    def tables(self) -> tuple[str, str]:
        """The tables of silver that its tape is made of."""
        return (self.market, TRADES)

    def __str__(self) -> str:
        """As in BTCUSDT at BINANCE, 2024-08-08."""
        return f"{self.symbol} at {self.venue}, {self.days}"


@dataclass(frozen=True)
class Experiment:
    """A strategy with parameters by name on a data set. Parameters that are not given are the strategy's own.

    Raises ResearchError for a strategy that there is not, or parameters that it has not.
    """

    strategy: str
    parameters: Mapping[str, float]
    dataset: Dataset
    settings: Settings

    def __post_init__(self) -> None:
        known = find_strategy(self.strategy).with_defaults(self.parameters)
        object.__setattr__(self, "parameters", known)

    def columns(self) -> dict[str, object]:
        """The same as the columns of gold.backtest_runs and its neighbours have it."""
        return {
            "strategy": self.strategy,
            "parameters": canonical(self.parameters),
            "symbol": self.dataset.symbol,
            "venue": self.dataset.venue,
            "begin_date": self.dataset.days.begin,
            "end_date": self.dataset.days.end,
            "market": self.dataset.market,
            "settings": write_settings(self.settings),
        }


def experiment_of(row: Mapping[str, object]) -> Experiment:
    """An experiment from its columns."""
    days = Days(row["begin_date"], row["end_date"])  # type: ignore[arg-type]  # dates, as the schema says
    dataset = Dataset(str(row["symbol"]), str(row["venue"]), days, str(row["market"]))
    parameters = json.loads(str(row["parameters"]))
    return Experiment(str(row["strategy"]), parameters, dataset, read_settings(str(row["settings"])))


def write_settings(settings: Settings) -> str:
    """Settings as JSON, equal for equal settings."""
    values = asdict(settings)
    return canonical(values | {name: _plain(values[name]) for name in EXACT})


def read_settings(text: str) -> Settings:
    """Settings from their JSON."""
    values = json.loads(text)
    exact = {name: None if values[name] is None else Decimal(values[name]) for name in EXACT}
    late = {name: Latency(**values[name] | {"table_ns": tuple(values[name]["table_ns"])}) for name in LATENCIES}
    return Settings(**values | exact | late)


def canonical(value: object) -> str:
    """JSON with sorted keys and no blanks."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=str)


def digest(*parts: object) -> str:
    """A name for what is made of these parts: hexadecimal digits."""
    return sha256(canonical(parts).encode()).hexdigest()[:DIGITS]


@cache
def code_version() -> str:
    """Version of the package, and a hash of the code that a result depends on."""
    root, found = Path(pipelines.__file__).parent, sha256()
    paths = (path for name in CODE for path in ([root / name] if name.endswith(".py") else (root / name).rglob("*.py")))
    for path in sorted(paths):
        found.update(f"{path.relative_to(root).as_posix()}\0".encode() + path.read_bytes())
    return f"{version('depthlake')}+{found.hexdigest()[:12]}"


def _plain(number: Decimal | None) -> str | None:
    return None if number is None else f"{number.normalize():f}"
