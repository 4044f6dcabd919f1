import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.microstructure.micro_price import Calibration, calibrate_micro_price, micro_price, micro_price_stoikov
from pipelines.microstructure.series import Floats, Ints, Touches
from schemas.errors import MeasureError
from tests.pipelines.microstructure.arrays import ONE, TICK, drawn_touches, ints, mirror, touches_of, untimed

# A market with states spread (1, 2 ticks) × imbalance (low, high). Chances of mid going half a tick down and up, which
# changes the spread, from high imbalance; low is the mirror image. Chances of high afterwards, by what happened.
DOWN, UP = np.array([[0.3, 0.1], [0.4, 0.1]]), np.array([[0.1, 0.3], [0.1, 0.4]])
HIGH_IF_KEPT, HIGH_AFTER_DOWN, HIGH_AFTER_UP = np.array([[0.2, 0.8], [0.4, 0.6]]), 0.7, 0.3


def true_adjustment() -> Floats:
    """G* of the market above in ticks (2, 2), by the formulas of the paper."""
    q, r = np.zeros((4, 4)), np.zeros((4, 4))
    for spread, high in np.ndindex(2, 2):
        state, down, up, kept = 2 * spread + high, DOWN[spread, high], UP[spread, high], HIGH_IF_KEPT[spread, high]
        q[state, 2 * spread : 2 * spread + 2] = (1 - down - up) * np.array([1 - kept, kept])
        after = down * HIGH_AFTER_DOWN + up * HIGH_AFTER_UP
        r[state, 2 - 2 * spread : 4 - 2 * spread] = down + up - after, after
    fundamental = np.linalg.inv(np.eye(4) - q)
    first, onward = fundamental @ (UP - DOWN).ravel() / 2, fundamental @ r
    return sum((np.linalg.matrix_power(onward, i) @ first for i in range(6)), np.zeros(4)).reshape(2, 2)


def simulate(count: int) -> Touches:
    """A path of the market above."""
    rng = np.random.default_rng(7)
    bid, spread, high, rows = 1000, 0, 0, []
    for row, (chance, next_chance) in enumerate(rng.random((count, 2))):
        rows.append((row, bid, bid + spread + 1, 1 + 2 * high, 3 - 2 * high))
        after = HIGH_IF_KEPT[spread, high]
        if chance < DOWN[spread, high]:
            bid, spread, after = bid - (spread == 0), 1 - spread, HIGH_AFTER_DOWN
        elif chance > 1 - UP[spread, high]:
            bid, spread, after = bid + (spread == 1), 1 - spread, HIGH_AFTER_UP
        high = int(next_chance < after)
    return touches_of(*rows)


def path_of(bid: Ints, bid_quantity: Ints) -> Touches:
    """A book that is always one tick wide, and 8 deep."""
    return Touches(np.arange(len(bid)), bid * TICK, (bid + 1) * TICK, bid_quantity * ONE, (8 - bid_quantity) * ONE)


@pytest.fixture(scope="module")
def calibration() -> Calibration:
    return calibrate_micro_price(simulate(100_000), TICK, buckets=2)


@pytest.mark.parametrize(
    ("bid_quantity", "ask_quantity", "expected"), [(20, 471, 14.330407), (25, 148, 14.331445), (31, 95, 14.332460)]
)
def test_micro_price_vectors(bid_quantity: int, ask_quantity: int, expected: float) -> None:
    touches = touches_of((0, 1433, 1434, bid_quantity, ask_quantity))
    np.testing.assert_allclose(micro_price(touches), [expected], rtol=0, atol=5e-7)


@pytest.mark.parametrize(("bid_quantity", "ask_quantity"), [(0, 1), (1, 0), (0, 0)])
def test_micro_price_of_an_empty_side(bid_quantity: int, ask_quantity: int) -> None:
    touches = touches_of((0, 1433, 1434, bid_quantity, ask_quantity))
    np.testing.assert_array_equal(micro_price(touches), [math.nan])


@untimed
@given(touches=drawn_touches(two_sided=True))
def test_micro_price_lies_in_the_spread_and_mirrors(touches: Touches) -> None:
    price = micro_price(touches)
    assert ((touches.bid_price / 1e9 <= price) & (price <= touches.ask_price / 1e9)).all()
    np.testing.assert_allclose(micro_price(mirror(touches)), -price, rtol=1e-15)


def test_calibrate_micro_price_finds_the_true_adjustment(calibration: Calibration) -> None:
    assert calibration.sample_size == 99_999
    assert calibration.visits.sum() == 2 * calibration.sample_size
    assert calibration.edges.tolist() == [0]
    np.testing.assert_allclose(calibration.adjustment_ticks, true_adjustment(), atol=0.01)


def test_calibrate_micro_price_is_antisymmetric(calibration: Calibration) -> None:
    np.testing.assert_array_equal(calibration.adjustment_ticks, -calibration.adjustment_ticks[:, ::-1])
    np.testing.assert_array_equal(calibration.edges, -calibration.edges[::-1])


@untimed
@given(touches=drawn_touches(), buckets=st.integers(1, 5), spreads=st.integers(1, 3))
def test_micro_price_stoikov_mirrors(touches: Touches, buckets: int, spreads: int) -> None:
    fitted = calibrate_micro_price(touches, TICK, buckets=buckets, spreads=spreads)
    price = micro_price_stoikov(touches, fitted)
    np.testing.assert_allclose(micro_price_stoikov(mirror(touches), fitted), -price, rtol=1e-12)


@untimed
@given(touches=drawn_touches(two_sided=True), buckets=st.integers(1, 6))
def test_calibrate_micro_price_from_either_side_is_the_same(touches: Touches, buckets: int) -> None:
    one, other = (calibrate_micro_price(side, TICK, buckets=buckets) for side in (touches, mirror(touches)))
    np.testing.assert_array_equal(one.edges, other.edges)
    has_equal = (touches.bid_quantity == touches.ask_quantity).any()
    if not has_equal:
        np.testing.assert_allclose(one.adjustment_ticks, other.adjustment_ticks, atol=1e-9)


def test_micro_price_stoikov_adds_the_adjustment() -> None:
    nan = math.nan
    fitted = Calibration(TICK, np.array([0.0]), np.array([[-0.2, 0.2], [nan, nan]]), ints([[1, 1], [0, 0]]), 1)
    touches = touches_of(
        (0, 100, 101, 1, 3),
        (1, 100, 101, 3, 1),
        (2, 100, 101, 2, 2),
        (3, 100, 102, 3, 1),
        (4, 100, 101, 0, 1),
        (5, 101, 101, 3, 1),
    )
    expected = [1.003, 1.007, 1.005, nan, nan, nan]
    np.testing.assert_allclose(micro_price_stoikov(touches, fitted), expected, rtol=1e-12)


def test_calibrate_micro_price_without_moves_adds_nothing() -> None:
    fitted = calibrate_micro_price(path_of(np.full(50, 9), 2 * (np.arange(50) % 4) + 1), TICK, buckets=4, spreads=2)
    np.testing.assert_array_equal(fitted.adjustment_ticks, [[0] * 4, [math.nan] * 4])


def test_calibrate_micro_price_leaves_large_moves_out() -> None:
    touches = path_of(ints([9, 10, 40, 41, 9]), ints([7, 1, 7, 7, 1]))
    assert calibrate_micro_price(touches, TICK).sample_size == 4
    assert calibrate_micro_price(touches, TICK, largest_move=1).sample_size == 2


@pytest.mark.parametrize("wrong", [{"tick": 0}, {"buckets": 0}, {"spreads": 0}, {"largest_move": 0}])
def test_calibrate_micro_price_of_bad_arguments(wrong: dict[str, int]) -> None:
    with pytest.raises(MeasureError, match="must be above 0"):
        calibrate_micro_price(path_of(ints([9]), ints([1])), **({"tick": TICK} | wrong))
