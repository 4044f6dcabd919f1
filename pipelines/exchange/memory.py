"""Memory for reports, lent again when nobody looks at them any more: new pages can cost more than matching does."""

from weakref import ReferenceType, ref

import numpy as np
import pyarrow as pa

KEPT = 3  # blocks that wait for another use


class Pool:
    """Blocks of memory. Whoever holds a part of a block, as an Arrow buffer or a NumPy array, keeps it lent."""

    def __init__(self, count: int, size: int) -> None:
        """Some blocks of a size in bytes, their pages already there."""
        self._blocks: list[tuple[bytearray, ReferenceType[memoryview]]] = []
        first = [self.lend(size) for _ in range(count)]
        del first

    def lend(self, size: int) -> pa.Buffer:
        """A writable buffer of at least so many bytes, whatever they are."""
        for at, (block, holder) in enumerate(self._blocks):
            if holder() is None and len(block) >= size:
                del self._blocks[at]
                return self._lend(block)
        block = bytearray(size)
        np.frombuffer(block, np.uint8)[:] = 0
        return self._lend(block)

    def _lend(self, block: bytearray) -> pa.Buffer:
        """Hand out a view of a block; the view's end is the loan's."""
        view = memoryview(block)
        self._blocks = [*self._blocks[1 - KEPT :], (block, ref(view))]
        return pa.py_buffer(view)
