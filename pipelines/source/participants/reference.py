"""The price that participants have in mind: the simulator's price process, the same for everybody."""

import numpy as np

from pipelines.source.simulator.book import LOWEST_TICK, TICKS_PER_UNIT
from pipelines.source.simulator.config import MarketConfig
from pipelines.source.simulator.prices import Floats, PriceProcess

SPAN_NS = 1_000_000_000  # what is drawn at a time, so that prices do not depend on when they are asked for


class Reference:
    """Prices and stress as time passes: whoever holds the same configuration sees the same."""

    def __init__(self, config: MarketConfig) -> None:
        """The first span, from the configuration's start on."""
        self._process = PriceProcess(config, np.random.default_rng(config.seed))
        self._path = self._process.advance(config.start_ns, SPAN_NS)

    def at(self, time_ns: int) -> tuple[Floats, float]:
        """Reference prices (symbols,) in ticks, and the stress; time must not go back."""
        while time_ns >= self._path.start_ns + SPAN_NS:
            self._path = self._process.advance(self._path.start_ns + SPAN_NS, SPAN_NS)
        point = self._path.points_at(np.array(time_ns))
        return np.maximum(self._path.prices[point] * TICKS_PER_UNIT, LOWEST_TICK), float(self._path.stress[point])
