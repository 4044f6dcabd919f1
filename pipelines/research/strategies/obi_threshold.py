"""Follow the order-book imbalance."""

from collections.abc import Mapping

from pipelines.microstructure.series import Floats
from pipelines.research.layout import Desk, inner
from pipelines.research.orders import follow
from pipelines.research.signals import NS_PER_MS, obi, trailing_mean
from pipelines.research.strategy import Parameter, Strategy
from pipelines.research.tape import Tape


def signal(tape: Tape, parameters: Mapping[str, float]) -> Floats:
    """OBI (n,) of the first levels, its mean over a window."""
    values = obi(tape, int(parameters["levels"]))
    width_ns = int(parameters["window_ms"] * NS_PER_MS)
    return trailing_mean(tape, values, width_ns) if width_ns else values


@inner
def decide(x: Desk, j: int) -> None:
    """Long above the threshold, short below its negative, flat inside `exit` or after the holding time."""
    p = x.parameters
    follow(x, x.signal[j], p[2], p[3], p[4] * 1e6)


STRATEGY = Strategy(
    "obi_threshold",
    "Long when the order-book imbalance is above a threshold, short when it is below its negative",
    (
        Parameter("levels", 1, 1, 10, "Levels of the book that count"),
        Parameter("window_ms", 0, 0, 3_600_000, "Mean of the imbalance over this time; 0: the last one"),
        Parameter("threshold", 0.6, 0, 1, "Imbalance to enter at"),
        Parameter("exit", 0.0, -1, 1, "Imbalance on the side of the position to leave at"),
        Parameter("hold_ms", 0, 0, 86_400_000, "Longest time in a position; 0: any"),
    ),
    decide,
    signal,
    ("levels", "window_ms"),
)
