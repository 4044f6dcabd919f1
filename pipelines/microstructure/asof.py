"""The state of one stream at the times of another."""

import numpy as np

from pipelines.microstructure.series import Ints, compiled, require_order

FOREVER = int(np.iinfo(np.int64).max)


def asof_index(left_ns: Ints, right_ns: Ints, *, strict: bool, tolerance_ns: int | None = None) -> Ints:
    """For each left row (n,) the index of the last right row (m,) with time < the left's where strict, else <=.

    −1 where there is none, or where it is more than `tolerance_ns` older. Of right rows with one time the last in
    order is taken, so rows are to be sorted by (ns, seq). The index takes a whole row, never the last known value of
    each column. Raises MeasureError when times decrease. Linear in n + m.

    Across streams of one venue only `strict` is safe: what a trade did to the touch bears the trade's own time.
    """
    require_order(left_ns, "the left stream")
    require_order(right_ns, "the right stream")
    return _merge(left_ns, right_ns, int(strict), FOREVER if tolerance_ns is None else tolerance_ns)


@compiled
def _merge(left: Ints, right: Ints, shift: int, tolerance: int) -> Ints:
    index = np.empty(len(left), np.int64)
    at = -1
    for row in range(len(left)):
        bound = left[row] - shift
        while at + 1 < len(right) and right[at + 1] <= bound:
            at += 1
        index[row] = at if at >= 0 and left[row] - right[at] <= tolerance else -1
    return index
