"""What a strategy is: a kernel that decides, a signal that is computed before, and named parameters with ranges."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from pipelines.microstructure.series import Floats
from pipelines.research.layout import Desk
from pipelines.research.tape import Tape
from schemas.errors import ResearchError

STATE = 16  # words of a strategy that does not say


@dataclass(frozen=True)
class Parameter:
    """A number that a strategy can be told."""

    name: str
    default: float
    lowest: float
    highest: float
    comment: str


def no_signal(tape: Tape, parameters: Mapping[str, float]) -> Floats:
    """Of a strategy that looks at the touch alone: nothing."""
    return np.empty(0)


@dataclass(frozen=True)
class Strategy:
    """`decide(desk, j)` is compiled and called when the strategy sees event j.

    `signal(tape, parameters)` gives a number for each event (n,) from the events up to it, never later ones; it is
    computed once for all trials that have the parameters `signal_reads` in common. `state` is what `decide` remembers,
    at the start.
    """

    name: str
    comment: str
    parameters: tuple[Parameter, ...]
    decide: Callable[[Desk, int], None]
    signal: Callable[[Tape, Mapping[str, float]], Floats] = no_signal
    signal_reads: tuple[str, ...] = ()
    state: tuple[float, ...] = (0.0,) * STATE

    def with_defaults(self, given: Mapping[str, float]) -> dict[str, float]:
        """All parameters by name, in their order.

        Raises ResearchError when one is not known, no number, or outside its range.
        """
        known = {parameter.name: parameter for parameter in self.parameters}
        for name in given:
            if name not in known:
                names = ", ".join(known) or "none"
                raise ResearchError(f"Strategy {self.name} has no parameter {name}; it has {names}.")
        values = {name: float(given.get(name, parameter.default)) for name, parameter in known.items()}
        for name, value in values.items():
            each = known[name]
            if not each.lowest <= value <= each.highest:
                raise ResearchError(
                    f"Parameter {name} of strategy {self.name} is {value:g}; "
                    f"it must lie in [{each.lowest:g}, {each.highest:g}]."
                )
        return values
