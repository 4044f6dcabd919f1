"""Words, blocks and bits: the ground that the kernels stand on.

Kernels are compiled into the entry points that Python calls, and only these are cached: numba's cache looks at one
file, and would keep an entry point after a change of a kernel in another.
"""

from collections.abc import Callable
from typing import Any, Protocol, TypeVar, cast

from llvmlite import ir
from numba import njit, types
from numba.extending import intrinsic

from pipelines.exchange.layout import HIGH

Function = TypeVar("Function", bound=Callable[..., object])


# Kernels allocate nothing, so they need not count references; only other kernels call them, so they need no wrapper.
OPTIONS: dict[str, Any] = {
    "error_model": "numpy",
    "_nrt": False,
    "no_cpython_wrapper": True,
    "no_cfunc_wrapper": True,
}


class Words(Protocol):
    """The arena: int64 words (n,)."""

    def __len__(self) -> int:
        """How many."""

    def __getitem__(self, at: int) -> int:
        """A word."""

    def __setitem__(self, at: int, value: int) -> None:
        """Change a word."""


class Rows(Protocol):
    """Reports as kernels write them: int64 (columns, rows)."""

    shape: tuple[int, int]

    def __getitem__(self, at: tuple[int, int]) -> int:
        """A cell."""

    def __setitem__(self, at: tuple[int, int], value: int) -> None:
        """Change a cell."""


def kernel(function: Function) -> Function:
    """Compile a function that kernels alone can call."""
    return cast(Function, njit(**OPTIONS)(function))


@kernel
def take_block(m: Words, free: int, words: int) -> int:
    """A block of some words: one that was given back, else the next that was never used."""
    block = m[free]
    if block:
        m[free] = m[block]
        return block
    block = m[HIGH]
    m[HIGH] = block + words
    return block


@kernel
def give_block(m: Words, free: int, block: int) -> None:
    """Give a block back to the chain that begins at `free`."""
    m[block] = m[free]
    m[free] = block


def _count_zeros(instruction: str) -> Any:
    def typed(_: object, value: object) -> tuple[object, object]:
        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            return getattr(builder, instruction)(arguments[0], ir.Constant(ir.IntType(1), 0))

        return types.int64(types.int64), generate

    return intrinsic(typed)


lowest_bit = _count_zeros("cttz")
zeros_above = _count_zeros("ctlz")
