"""Laws of the exact conversions."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.source.importers.columns import to_nanoseconds, to_units


@given(st.lists(st.integers(-(2**63), 2**63 - 1)))
def test_to_units_is_exact(units: list[int]) -> None:
    texts = [f"{Decimal(value).scaleb(-9):f}" for value in units]
    assert to_units(texts).to_pylist() == units


@given(st.integers(2**63, 10**28) | st.integers(-(10**28), -(2**63) - 1))
def test_to_units_refuses_what_does_not_fit(units: int) -> None:
    with pytest.raises(ValueError, match="fit"):
        to_units([f"{Decimal(units).scaleb(-9):f}"])


@given(st.integers(10**11, 9 * 10**12))
def test_to_nanoseconds_reads_ms_and_us_alike(milliseconds: int) -> None:
    in_ms, in_us = to_nanoseconds([milliseconds]), to_nanoseconds([milliseconds * 1000])
    assert in_ms == in_us
    assert in_ms.to_pylist() == [milliseconds * 10**6]
