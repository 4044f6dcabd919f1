import math

import numpy as np
import pytest
from hypothesis import given

from pipelines.microstructure.series import Touches, Trades
from pipelines.microstructure.signing import sign_accuracy, sign_by_flag, sign_by_tick, sign_lee_ready
from schemas.proto import market_pb2 as pb
from tests.pipelines.microstructure.arrays import (
    drawn_touches,
    drawn_trades,
    ints,
    mirror,
    touches_of,
    trades_of,
    untimed,
)

# A buy at 102 takes the ask away; the touch it leaves behind bears the trade's own time.
TOUCHES = touches_of((10, 100, 102, 1, 1), (20, 103, 105, 1, 1))


def test_sign_by_flag() -> None:
    sides = ints([pb.SIDE_BUY, pb.SIDE_SELL, pb.SIDE_UNSPECIFIED])
    assert sign_by_flag(sides).tolist() == [1, -1, 0]


@pytest.mark.parametrize(
    ("prices", "expected"),
    [([], []), ([5], [0]), ([5, 5, 6, 6, 5, 5, 7], [0, 0, 1, 1, -1, -1, 1])],
)
def test_sign_by_tick(prices: list[int], expected: list[int]) -> None:
    assert sign_by_tick(ints(prices)).tolist() == expected


@pytest.mark.parametrize(("strict", "expected"), [(True, 1), (False, -1)])
def test_sign_lee_ready_of_a_trade_at_the_time_of_a_touch(strict: bool, expected: int) -> None:
    assert sign_lee_ready(trades_of((20, 102, 1, 0)), TOUCHES, strict=strict).tolist() == [expected]


def test_sign_lee_ready_at_mid_goes_by_the_tick() -> None:
    trades = trades_of((5, 100, 1, 0), (11, 101, 1, 0), (12, 101, 1, 0), (13, 102, 1, 0), (14, 101, 1, 0))
    assert sign_lee_ready(trades, TOUCHES).tolist() == [0, 1, 1, 1, -1]


@untimed
@given(touches=drawn_touches(), trades=drawn_trades())
def test_sign_lee_ready_of_the_mirrored_market_is_negated(touches: Touches, trades: Trades) -> None:
    mirrored = Trades(trades.ns, -trades.price, trades.quantity, -trades.sign)
    assert (sign_lee_ready(mirrored, mirror(touches)) == -sign_lee_ready(trades, touches)).all()


@pytest.mark.parametrize(
    ("signs", "flags", "expected"),
    [([1, -1, 0, 1], [1, 1, 1, 0], 1 / 3), ([1], [0], math.nan), ([], [], math.nan)],
)
def test_sign_accuracy(signs: list[int], flags: list[int], expected: float) -> None:
    np.testing.assert_equal(sign_accuracy(ints(signs), ints(flags)), expected)
