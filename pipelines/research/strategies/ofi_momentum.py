"""Follow the order-flow imbalance."""

from collections.abc import Mapping

import numpy as np

from pipelines.microstructure.series import Floats
from pipelines.research.layout import Desk, inner
from pipelines.research.orders import follow
from pipelines.research.signals import NS_PER_MS, ofi, trailing_mean, trailing_sum
from pipelines.research.strategy import Parameter, Strategy
from pipelines.research.tape import Tape


def signal(tape: Tape, parameters: Mapping[str, float]) -> Floats:
    """OFI (n,) of a window, in mean quantities of the touch over that window."""
    width_ns = int(parameters["window_ms"] * NS_PER_MS)
    depth = np.where(tape.is_two_sided, (tape.bid_quantity + tape.ask_quantity) / 2, np.nan)
    return trailing_sum(tape, ofi(tape), width_ns) / trailing_mean(tape, depth, width_ns)


@inner
def decide(x: Desk, j: int) -> None:
    """Long above the threshold, short below its negative, flat inside `exit` or after the holding time."""
    p = x.parameters
    follow(x, x.signal[j], p[1], p[2], p[3] * 1e6)


STRATEGY = Strategy(
    "ofi_momentum",
    "Long when the order flow of a window comes to the bid, short when it comes to the ask",
    (
        Parameter("window_ms", 1_000, 1, 3_600_000, "Order flow over this time"),
        Parameter("threshold", 2.0, 0, 1_000, "Flow to enter at, in mean quantities of the touch"),
        Parameter("exit", 0.0, -1_000, 1_000, "Flow on the side of the position to leave at"),
        Parameter("hold_ms", 0, 0, 86_400_000, "Longest time in a position; 0: any"),
    ),
    decide,
    signal,
    ("window_ms",),
)
