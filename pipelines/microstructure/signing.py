"""Who took the initiative in a trade: +1 the buyer, −1 the seller, 0 nobody, or it is not known."""

import math

import numpy as np

from pipelines.microstructure.asof import asof_index
from pipelines.microstructure.series import UNITS_PER_ONE, Ints, Touches, Trades, compiled, take_known
from schemas.proto import market_pb2 as pb


def sign_by_flag(aggressor_side: Ints) -> Ints:
    """Signs (n,) of the feed's own flag (n,), the `Side` of a trade's message.

    Trades that were matched beside the book (insurance fund, auto-deleveraging) have no aggressor: 0.
    """
    return np.select([aggressor_side == pb.SIDE_BUY, aggressor_side == pb.SIDE_SELL], [1, -1]).astype(np.int64)


def sign_by_tick(price: Ints) -> Ints:
    """Signs (n,) by the tick test: +1 when the last other price was lower, −1 when higher, 0 before the first change.

    Lee and Ready, Inferring Trade Direction from Intraday Data, 1991.
    """
    return _tick_test(price)


def sign_lee_ready(trades: Trades, touches: Touches, *, strict: bool = True) -> Ints:
    """Signs (n,) by the quote rule against the touch before the trade, at mid (or without mid) by the tick test.

    Lee and Ready, Inferring Trade Direction from Intraday Data, 1991. The touch is the last with time < the trade's
    where `strict`, else <=. On a USD-M perpetual capture (ETH, 14,076 trades, transaction times) signs agree with the
    feed's flag for 0.9996 when strict and for 0.5629 when inclusive: the touch that a trade leaves behind bears the
    trade's own time. The trades' own signs are not looked at.
    """
    mid = take_known(touches.mid, asof_index(trades.ns, touches.ns, strict=strict))
    away = np.nan_to_num(np.sign(trades.price / UNITS_PER_ONE - mid)).astype(np.int64)
    return np.where(away != 0, away, sign_by_tick(trades.price))


def sign_accuracy(signs: Ints, flags: Ints) -> float:
    """The share of signs (n,) that agree with flags (n,), in [0, 1]; NaN when no trade has a flag.

    Trades without a flag (0) are left out; one without a sign, but with a flag, counts as wrong.
    """
    is_known = flags != 0
    return float((signs == flags)[is_known].mean()) if is_known.any() else math.nan


@compiled
def _tick_test(price: Ints) -> Ints:
    signs = np.zeros(len(price), np.int64)
    for row in range(1, len(price)):
        if price[row] == price[row - 1]:
            signs[row] = signs[row - 1]
        else:
            signs[row] = 1 if price[row] > price[row - 1] else -1
    return signs
