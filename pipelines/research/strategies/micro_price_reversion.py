"""Bet that the mid comes back to the mean of the micro-price."""

from collections.abc import Mapping

from pipelines.microstructure.series import Floats
from pipelines.research.layout import Desk, inner
from pipelines.research.orders import follow
from pipelines.research.signals import NS_PER_MS, micro_price, trailing_mean
from pipelines.research.strategy import Parameter, Strategy
from pipelines.research.tape import Tape

BPS = 10_000


def signal(tape: Tape, parameters: Mapping[str, float]) -> Floats:
    """How far the mean micro-price of a window lies above the mid (n,), in bps of the mid."""
    mean = trailing_mean(tape, micro_price(tape), int(parameters["window_ms"] * NS_PER_MS))
    return (mean - tape.mid) / tape.mid * BPS


@inner
def decide(x: Desk, j: int) -> None:
    """Long when the mid is far below the mean, short when it is far above, flat when it has come back."""
    p = x.parameters
    follow(x, x.signal[j], p[1], p[2], p[3] * 1e6)


STRATEGY = Strategy(
    "micro_price_reversion",
    "Long when the mid lies below the mean of the micro-price, short when it lies above",
    (
        Parameter("window_ms", 10_000, 1, 3_600_000, "Mean of the micro-price over this time"),
        Parameter("entry_bps", 1.0, 0, 1_000, "Distance to enter at, in bps of the mid"),
        Parameter("exit_bps", 0.0, -1_000, 1_000, "Distance on the side of the position to leave at"),
        Parameter("hold_ms", 0, 0, 86_400_000, "Longest time in a position; 0: any"),
    ),
    decide,
    signal,
    ("window_ms",),
)
