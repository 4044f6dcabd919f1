"""Follow the crossing of two moving averages of bars."""

from collections.abc import Mapping

from pipelines.microstructure.series import Floats
from pipelines.research.layout import Desk, inner
from pipelines.research.orders import follow
from pipelines.research.signals import NS_PER_S, bar_closes, by_bar, moving_average
from pipelines.research.strategy import Parameter, Strategy
from pipelines.research.tape import Tape


def signal(tape: Tape, parameters: Mapping[str, float]) -> Floats:
    """Fast less slow mean of the closes of the bars that are over (n,), in ticks."""
    bar, closes = bar_closes(tape, int(parameters["bar_s"] * NS_PER_S))
    fast, slow = (moving_average(closes, int(parameters[name])) for name in ("fast", "slow"))
    return by_bar(bar, fast - slow)


@inner
def decide(x: Desk, j: int) -> None:
    """Long while the fast average is above the slow one, else short; flat instead of short when long only."""
    value = x.signal[j]
    if x.parameters[3] != 0:
        follow(x, max(value, 0.0) if value == value else value, 0.0, 5e-324, 0.0)
    else:
        follow(x, value, 0.0, -1e300, 0.0)


STRATEGY = Strategy(
    "moving_average",
    "Long while the fast moving average of the bars is above the slow one, short while it is below",
    (
        Parameter("bar_s", 60, 0.001, 86_400, "Width of a bar"),
        Parameter("fast", 5, 1, 10_000, "Bars of the fast average"),
        Parameter("slow", 20, 1, 10_000, "Bars of the slow average"),
        Parameter("is_long_only", 0, 0, 1, "1: flat instead of short"),
    ),
    decide,
    signal,
    ("bar_s", "fast", "slow"),
)
