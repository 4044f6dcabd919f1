"""The entry points: those of the registry compiled once a machine, of any other strategy once a process.

numba keeps a compiled function while the function's own file stays as it is, whatever happens to the kernels in it. So
an entry point takes in a fingerprint of all sources of this package: another fingerprint is another function. Each
strategy is an entry point of its own, chosen by its number in the registry, which numba can keep.
"""

from collections.abc import Callable
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any, cast

from numba import njit

from pipelines.research.layout import Desk, inner
from pipelines.research.registry import STRATEGIES
from pipelines.research.simulate import build_loop
from pipelines.research.strategy import Strategy

Run = Callable[[Desk], bool]
Decide = Callable[[Desk, int], None]


def _fingerprint() -> int:
    sources = sorted(Path(__file__).parent.rglob("*.py"))
    return int.from_bytes(sha256(b"".join(source.read_bytes() for source in sources)).digest()[:7])


FINGERPRINT = _fingerprint()


def _numbered(number: int, decide: Decide, others: Callable[[Desk, int, int], None]) -> Callable[..., Any]:
    @inner
    def choose(x: Desk, at: int, j: int) -> None:
        if at == number:
            decide(x, j)
        else:
            others(x, at, j)

    return choose


@inner
def _nobody(x: Desk, at: int, j: int) -> None:
    """No strategy has such a number."""


def _chain(decides: list[Decide]) -> Callable[..., Any]:
    chain: Callable[..., Any] = _nobody
    for number, decide in enumerate(decides):
        chain = _numbered(number, decide, chain)
    return chain


loop = build_loop(_chain([each.decide for each in STRATEGIES]))


@cache
def _registered(number: int, fingerprint: int) -> Run:
    def run(x: Desk) -> bool:
        assert fingerprint
        return loop(x, number)

    return cast(Run, njit(cache=True, nogil=True, error_model="numpy")(run))


@cache
def _own(decide: Decide) -> Run:
    own_loop = build_loop(_chain([decide]))

    def run(x: Desk) -> bool:
        return own_loop(x, 0)

    return cast(Run, njit(nogil=True, error_model="numpy")(run))


def run_of(strategy: Strategy) -> Run:
    """The compiled run of a strategy: true when the tape is over, false when the fills need more rows."""
    numbers = [number for number, each in enumerate(STRATEGIES) if each.decide is strategy.decide]
    return _registered(numbers[0], FINGERPRINT) if numbers else _own(strategy.decide)
