import re

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.microstructure.asof import asof_index
from pipelines.microstructure.series import take_known
from schemas.errors import MeasureError
from tests.pipelines.microstructure.arrays import ints, untimed

times = st.lists(st.integers(0, 30), max_size=40).map(sorted)


@pytest.mark.parametrize(
    ("strict", "tolerance_ns", "expected"),
    [
        (True, None, [-1, -1, 0, 2, 3]),
        (False, None, [-1, 0, 2, 2, 3]),
        (True, 4, [-1, -1, -1, 2, 3]),
        (True, 5, [-1, -1, 0, 2, 3]),
        (False, 0, [-1, 0, 2, -1, -1]),
    ],
)
def test_asof_index_of_ties_and_ends(strict: bool, tolerance_ns: int | None, expected: list[int]) -> None:
    left, right = ints([5, 10, 15, 16, 21]), ints([10, 15, 15, 20])
    assert asof_index(left, right, strict=strict, tolerance_ns=tolerance_ns).tolist() == expected


@untimed
@given(left=times, right=times, strict=st.booleans(), tolerance=st.none() | st.integers(0, 10))
def test_asof_index_is_merge_asof(left: list[int], right: list[int], strict: bool, tolerance: int | None) -> None:
    rights = pd.DataFrame({"ns": ints(right), "row": np.arange(len(right))})
    merged = pd.merge_asof(
        pd.DataFrame({"ns": ints(left)}), rights, on="ns", allow_exact_matches=not strict, tolerance=tolerance
    )
    expected = merged["row"].fillna(-1).tolist()
    assert asof_index(ints(left), ints(right), strict=strict, tolerance_ns=tolerance).tolist() == expected


@untimed
@given(left=times, right=times)
def test_asof_index_strict_sees_nothing_of_its_own_time(left: list[int], right: list[int]) -> None:
    index = asof_index(ints(left), ints(right), strict=True)
    assert all(at == -1 or right[at] < ns for at, ns in zip(index, left, strict=True))


@pytest.mark.parametrize(("left", "right"), [([1, 3, 2], [1]), ([1], [1, 3, 2])])
def test_asof_index_of_times_out_of_order(left: list[int], right: list[int]) -> None:
    with pytest.raises(MeasureError, match=re.escape("row 2 is before row 1. Sort by (ns, seq).")):
        asof_index(ints(left), ints(right), strict=True)


@pytest.mark.parametrize(("values", "expected"), [([7, 8], [8.0, np.nan]), ([], [np.nan, np.nan])])
def test_take_known(values: list[int], expected: list[float]) -> None:
    index = ints([1, -1]) if values else ints([-1, -1])
    np.testing.assert_array_equal(take_known(ints(values), index), expected)
