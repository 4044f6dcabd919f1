"""Bet against bars that rose or fell too often."""

from collections.abc import Mapping

from pipelines.microstructure.series import Floats
from pipelines.research.layout import Desk, inner
from pipelines.research.orders import follow
from pipelines.research.signals import NS_PER_S, bar_closes, by_bar, relative_strength
from pipelines.research.strategy import Parameter, Strategy
from pipelines.research.tape import Tape


def signal(tape: Tape, parameters: Mapping[str, float]) -> Floats:
    """50 less the relative strength index of the bars that are over (n,)."""
    bar, closes = bar_closes(tape, int(parameters["bar_s"] * NS_PER_S))
    return by_bar(bar, 50 - relative_strength(closes, int(parameters["length"])))


@inner
def decide(x: Desk, j: int) -> None:
    """Long when the index is far below 50, short when it is far above, flat when it has come back."""
    p = x.parameters
    follow(x, x.signal[j], p[2], p[3], 0.0)


STRATEGY = Strategy(
    "rsi",
    "Long when the relative strength index of the bars is low, short when it is high",
    (
        Parameter("bar_s", 60, 0.001, 86_400, "Width of a bar"),
        Parameter("length", 14, 1, 10_000, "Changes that the index is over"),
        Parameter("distance", 20, 0, 50, "Distance of the index from 50 to enter at"),
        Parameter("exit", 0, -50, 50, "Distance on the side of the position to leave at"),
    ),
    decide,
    signal,
    ("bar_s", "length"),
)
