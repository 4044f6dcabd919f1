"""A run as reports take it: what it was, what it did, what it came to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from pipelines.microstructure.series import Floats, Ints
from pipelines.research.metrics import Fills, Metrics
from pipelines.research.surface import Surface
from pipelines.research.verdict import Verdict
from schemas.errors import ResearchError


@dataclass(frozen=True)
class Origin:
    """What a result must name: without all of it nobody can repeat it. Latencies are in ns."""

    strategy: str
    symbol: str
    venue: str
    parameters: Mapping[str, object]
    data_versions: Mapping[str, int]
    queue_model: str
    fee_tier: str
    order_latency_ns: int
    feed_latency_ns: int
    seed: int
    code_version: str


@dataclass(frozen=True)
class Run:
    """One run: equity (n,) at ns (n,) in the quote currency, its fills, prices (p,) in units of 1 at price_ns (p,)."""

    origin: Origin
    ns: Ints
    equity: Floats
    fills: Fills
    metrics: Metrics
    price_ns: Ints
    price: Floats
    currency: str = "USDT"

    def __post_init__(self) -> None:
        if len(self.ns) != len(self.equity) or not len(self.ns):
            raise ResearchError(
                f"A run has {len(self.equity)} values of equity at {len(self.ns)} times: give one each."
            )
        if len(self.price_ns) != len(self.price):
            raise ResearchError(f"A run has {len(self.price)} prices at {len(self.price_ns)} times: give one each.")


@dataclass(frozen=True)
class Trials:
    """N trials: by parameter, the value of each trial; and their Sharpe ratios a period (N,), NaN where undefined."""

    parameters: Mapping[str, Sequence[object]]
    sharpe: Floats

    def __post_init__(self) -> None:
        uneven = [name for name, values in self.parameters.items() if len(values) != len(self.sharpe)]
        if uneven:
            raise ResearchError(f"Not each of the {len(self.sharpe)} trials has a value of {', '.join(uneven)}.")

    def varied(self) -> list[str]:
        """The parameters that differ between trials, in their order."""
        return [name for name, values in self.parameters.items() if len({str(value) for value in values}) > 1]


@dataclass(frozen=True)
class Evidence:
    """What else is known of a run: the verdict over its trials, the trials, and its surface."""

    verdict: Verdict | None = None
    trials: Trials | None = None
    surface: Surface | None = None


@dataclass(frozen=True)
class Line:
    """A curve to be drawn: values (n,) at ns (n,)."""

    ns: Ints
    values: Floats
    name: str = field(default="")

    def thinned(self, most: int = 4000) -> "Line":
        """The lowest and the highest of each part of the curve, its first and its last: at most `most` points."""
        if len(self.ns) <= most:
            return self
        parts = np.array_split(np.arange(len(self.ns)), most // 2 - 1)
        extremes = [part[at(self.values[part])] for part in parts for at in (np.argmin, np.argmax)]
        rows = np.unique([0, *extremes, len(self.ns) - 1])
        return Line(self.ns[rows], self.values[rows], self.name)
