import math

import numpy as np
import pytest
from hypothesis import given

from pipelines.microstructure.flow import explain_by_ofi, explain_by_volume, ofi_events, sum_windows
from pipelines.microstructure.series import Touches, Trades
from schemas.errors import MeasureError
from tests.pipelines.microstructure.arrays import drawn_touches, drawn_trades, mirror, touches_of, trades_of, untimed


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        ((100, 102, 5, 3), 0),
        ((100, 102, 9, 3), 4),
        ((100, 102, 5, 7), -4),
        ((101, 102, 2, 3), 2),
        ((99, 102, 8, 3), -5),
        ((100, 101, 5, 4), -4),
        ((100, 103, 5, 9), 3),
        ((101, 103, 2, 9), 5),
        ((99, 101, 8, 4), -9),
        ((0, 102, 0, 3), math.nan),
    ],
)
def test_ofi_events_of_a_change(after: tuple[int, int, int, int], expected: float) -> None:
    touches = touches_of((0, 100, 102, 5, 3), (1, *after))
    np.testing.assert_array_equal(ofi_events(touches), [math.nan, expected])


def test_ofi_events_after_an_empty_side() -> None:
    touches = touches_of((0, 100, 102, 5, 3), (1, 0, 102, 0, 3), (2, 100, 102, 5, 3), (3, 100, 102, 6, 3))
    np.testing.assert_array_equal(ofi_events(touches), [math.nan, math.nan, math.nan, 1])


@untimed
@given(touches=drawn_touches())
def test_ofi_events_of_the_mirrored_market_are_negated(touches: Touches) -> None:
    np.testing.assert_array_equal(ofi_events(mirror(touches)), -ofi_events(touches))


def test_sum_windows() -> None:
    touches = touches_of(
        (12, 100, 102, 5, 3), (19, 100, 102, 6, 3), (20, 100, 102, 6, 1), (25, 101, 103, 2, 2), (41, 102, 104, 1, 1)
    )
    trades = trades_of((9, 101, 7, 1), (20, 102, 2, 1), (29, 101, 3, -1), (39, 101, 3, 0), (50, 102, 9, 1))
    windows = sum_windows(touches, trades, 10)
    assert windows.start_ns.tolist() == [10, 20, 30, 40]
    np.testing.assert_array_equal(windows.ofi, [math.nan, 2 + 2 + 1, 0, 1 + 2])
    np.testing.assert_array_equal(windows.signed_volume, [0, -1, 0, 0])
    np.testing.assert_array_equal(windows.mid_before, [math.nan, 1.01, 1.02, 1.02])
    np.testing.assert_array_equal(windows.mid_first, [1.01, 1.01, math.nan, 1.03])
    np.testing.assert_array_equal(windows.mid_last, [1.01, 1.02, 1.02, 1.03])
    np.testing.assert_allclose(windows.mid_change, [math.nan, 0.01, 0, 0.01])
    np.testing.assert_allclose(windows.mid_change_inside, [0, 0.01, math.nan, 0])


@untimed
@given(touches=drawn_touches(two_sided=True), trades=drawn_trades())
def test_sum_windows_conserves_flow(touches: Touches, trades: Trades) -> None:
    windows = sum_windows(touches, trades, 7)
    events = ofi_events(touches)
    later = touches.ns >= windows.start_ns[0] + 7
    np.testing.assert_allclose(windows.ofi[1:].sum(), events[later].sum(), atol=1e-9)
    inside = (trades.ns >= windows.start_ns[0]) & (trades.ns < windows.start_ns[-1] + 7)
    volume = (trades.sign * trades.quantity)[inside].sum() / 1e9
    np.testing.assert_allclose(windows.signed_volume.sum(), volume, atol=1e-9)
    np.testing.assert_allclose(windows.mid_change[1:].sum(), windows.mid_last[-1] - windows.mid_last[0], atol=1e-9)


def test_sum_windows_without_touches() -> None:
    assert len(sum_windows(touches_of(), trades_of((1, 100, 1, 1)), 10).ofi) == 0


def test_explain_by_ofi_and_by_volume_of_a_linear_market() -> None:
    touches = touches_of(*((10 * t, 100 + t % 3, 102 + t % 3, 4, 4) for t in range(1, 30)))
    windows = sum_windows(touches, trades_of((25, 102, 1, 1)), 10)
    assert explain_by_ofi(windows).r_squared == pytest.approx(1, abs=0.1)
    assert explain_by_volume(windows).r_squared < 0.1


def test_sum_windows_of_bad_arguments() -> None:
    late = touches_of((5, 100, 102, 1, 1), (4, 100, 102, 1, 1))
    with pytest.raises(MeasureError, match="Times of touches must not decrease"):
        sum_windows(late, trades_of(), 10)
    with pytest.raises(MeasureError, match="width of a window in ns is 0"):
        sum_windows(late, trades_of(), 0)
