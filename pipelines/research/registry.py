"""The strategies there are: one module and one entry each."""

from pipelines.research.strategies import (
    market_making,
    micro_price_reversion,
    moving_average,
    obi_threshold,
    ofi_momentum,
    rsi,
)
from pipelines.research.strategy import Strategy
from schemas.errors import ResearchError

STRATEGIES: tuple[Strategy, ...] = (
    obi_threshold.STRATEGY,
    micro_price_reversion.STRATEGY,
    ofi_momentum.STRATEGY,
    market_making.STRATEGY,
    moving_average.STRATEGY,
    rsi.STRATEGY,
)


def find_strategy(name: str) -> Strategy:
    """A strategy by its name. Raises ResearchError when there is none."""
    found = next((each for each in STRATEGIES if each.name == name), None)
    if found is None:
        names = ", ".join(each.name for each in STRATEGIES)
        raise ResearchError(f"There is no strategy {name}; there are {names}.")
    return found
