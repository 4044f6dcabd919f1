import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from pipelines.microstructure.imbalance import imbalance, imbalance_levels, imbalance_weighted, imbalance_within
from pipelines.microstructure.series import Floats, Ints, Ladders
from schemas.errors import MeasureError
from tests.pipelines.microstructure.arrays import ints, untimed

quantities = arrays(np.int64, (5, 3), elements=st.integers(0, 2**62))

BOOK = Ladders(
    bid_prices=ints([[99, 98, 90]]),
    bid_quantities=ints([[4, 2, 50]]),
    ask_prices=ints([[101, 102, 0]]),
    ask_quantities=ints([[1, 1, 0]]),
)


def ladders(bid: Ints, ask: Ints) -> Ladders:
    """Books with levels 1, 2, 3 away from 100."""
    away = np.broadcast_to(ints([1, 2, 3]), bid.shape)
    return Ladders(100 - away, bid, 100 + away, ask)


@pytest.mark.parametrize(
    ("bid", "ask", "expected"), [(3, 1, 0.5), (1, 3, -0.5), (2, 2, 0), (5, 0, 1), (0, 5, -1), (0, 0, math.nan)]
)
def test_imbalance_of_a_touch(bid: int, ask: int, expected: float) -> None:
    np.testing.assert_array_equal(imbalance(ints([bid]), ints([ask])), [expected])


@pytest.mark.parametrize(("levels", "expected"), [(1, 3 / 5), (2, 4 / 8), (3, 54 / 58)])
def test_imbalance_levels(levels: int, expected: float) -> None:
    np.testing.assert_array_equal(imbalance_levels(BOOK, levels), [expected])


@pytest.mark.parametrize(("pct", "expected"), [(0.5, math.nan), (1, 3 / 5), (2, 4 / 8), (9.9, 4 / 8), (10, 54 / 58)])
def test_imbalance_within_of_mid(pct: float, expected: float) -> None:
    np.testing.assert_array_equal(imbalance_within(BOOK, pct), [expected])


def test_imbalance_within_of_an_empty_side_has_no_mid() -> None:
    book = ladders(ints([[1, 1, 1]]), ints([[0, 0, 0]]))
    np.testing.assert_array_equal(imbalance_within(book, 50), [math.nan])
    np.testing.assert_array_equal(imbalance_levels(book, 3), [1])


def test_imbalance_weighted_decays_by_level() -> None:
    near, far = 1, math.exp(-0.5)
    expected = (4 * near + 2 * far - 1 * near - 1 * far) / (4 * near + 2 * far + 1 * near + 1 * far)
    np.testing.assert_allclose(imbalance_weighted(BOOK, 2), [expected], rtol=1e-15)


@pytest.mark.parametrize("levels", [0, 4])
def test_imbalance_of_levels_that_are_not_there(levels: int) -> None:
    for measure in (imbalance_levels, imbalance_weighted):
        with pytest.raises(MeasureError, match=f"{levels} levels are asked for; the ladders have 3"):
            measure(BOOK, levels)


@untimed
@given(bid=quantities, ask=quantities)
def test_imbalances_are_bounded_and_antisymmetric(bid: Ints, ask: Ints) -> None:
    def measure(book: Ladders) -> list[Floats]:
        return [imbalance_levels(book, 3), imbalance_weighted(book, 3), imbalance_within(book, 2)]

    for one, other in zip(measure(ladders(bid, ask)), measure(ladders(ask, bid)), strict=True):
        np.testing.assert_array_equal(one, -other)
        assert (np.abs(one[np.isfinite(one)]) <= 1).all()


@untimed
@given(bid=quantities, ask=quantities)
def test_imbalance_weighted_without_decay_is_imbalance_levels(bid: Ints, ask: Ints) -> None:
    book = ladders(bid, ask)
    np.testing.assert_allclose(imbalance_weighted(book, 3, decay=0), imbalance_levels(book, 3), atol=1e-15)
