"""Fair prices between bid and ask: the weighted mid, and Stoikov's micro-price."""

import math
from dataclasses import dataclass

import numpy as np

from pipelines.microstructure.imbalance import imbalance
from pipelines.microstructure.series import UNITS_PER_ONE, Flags, Floats, Ints, Touches, require_positive, sum_by

TERMS = 6


@dataclass(frozen=True)
class Calibration:
    """G* of Stoikov's micro-price by state: m spreads in ticks × n buckets of imbalance.

    `edges` (n − 1,) part the buckets of OBI, symmetric about 0; row s of `adjustment_ticks` (m, n) is for spreads of
    s + 1 ticks, the last for wider ones too; NaN where the sample never was in the state. `visits` (m, n) counts the
    transitions from each state, its mirror image counted in; `sample_size` those that were observed. `tick` is in
    units of 1e-9.
    """

    tick: int
    edges: Floats
    adjustment_ticks: Floats
    visits: Ints
    sample_size: int


@dataclass(frozen=True)
class _Transitions:
    """From state to state, with the move of mid in ticks: n each."""

    start: Ints
    end: Ints
    move: Floats

    def up_to(self, largest_move: float) -> "_Transitions":
        """Those that move mid by so many ticks or fewer."""
        is_small = np.abs(self.move) <= largest_move
        return _Transitions(self.start[is_small], self.end[is_small], self.move[is_small])

    def mirrored(self, buckets: int) -> "_Transitions":
        """The same transitions and those of the market seen from the other side."""
        start, end = (np.concatenate((state, _mirror(state, buckets))) for state in (self.start, self.end))
        return _Transitions(start, end, np.concatenate((self.move, -self.move)))


def micro_price(touches: Touches) -> Floats:
    """The weighted mid (Pb·Qa + Pa·Qb)/(Qb + Qa) (n,), a price in units of 1; NaN where a side is empty."""
    share = imbalance(touches.bid_quantity, touches.ask_quantity) / 2 + 0.5
    price = touches.bid_price + (touches.ask_price - touches.bid_price) * share
    return np.where(touches.is_two_sided, price / UNITS_PER_ONE, np.nan)


def calibrate_micro_price(
    touches: Touches, tick: int, *, buckets: int = 10, spreads: int = 2, largest_move: float = math.inf
) -> Calibration:
    """Estimate G* from consecutive touches: Stoikov, The Micro-Price, Quantitative Finance 18(12), 2018.

    States are `buckets` quantile classes of imbalance × `spreads` spreads in ticks (`tick` in units of 1e-9). Every
    transition counts a second time mirrored (bid for ask), so the sample is symmetric and G*(I, S) = −G*(1 − I, S).
    Q: probabilities of transitions that keep mid; R²: of those that move it, by their end; R¹k: the mean move.
    G¹ = (1 − Q)⁻¹R¹k is the expected first move, B = (1 − Q)⁻¹R², G* = G¹ + BG¹ + … + B⁵G¹: six terms.

    Moves of mid of more than `largest_move` ticks are left out: none here, those above 1 in the paper's k. The widest
    class of spread has no upper end; touches without both sides and crossed or locked ones are in no state. Raises
    MeasureError unless tick, buckets, spreads and largest move are above 0.
    """
    names = {"tick": tick, "number of buckets": buckets, "number of spreads": spreads, "largest move": largest_move}
    for what, value in names.items():
        require_positive(value, what)
    edges = _part(touches, buckets)
    observed = _observe(touches, tick, edges, spreads).up_to(largest_move)
    both = observed.mirrored(buckets)
    visits = np.bincount(both.start, minlength=spreads * buckets).reshape(spreads, buckets)
    adjustment = np.where(visits > 0, _sum_terms(both, spreads * buckets).reshape(spreads, buckets), np.nan)
    antisymmetric = (adjustment - adjustment[:, ::-1]) / 2  # so it is already, but for the rounding of the inverse
    return Calibration(tick, edges, antisymmetric, visits, len(observed.start))


def micro_price_stoikov(touches: Touches, calibration: Calibration) -> Floats:
    """Mid + G*(I, S) (n,), a price in units of 1; mid itself where both quantities are equal.

    NaN where a side is empty, the book is crossed or locked, or the calibration never saw the state.
    """
    table = calibration.adjustment_ticks
    spread = _spread_class(touches, calibration.tick, len(table))
    row, bucket = np.maximum(spread, 0), _bucket(touches, calibration.edges)
    ticks = np.where(touches.bid_quantity == touches.ask_quantity, table[row, bucket] * 0, table[row, bucket])
    return np.where(spread >= 0, touches.mid + ticks * (calibration.tick / UNITS_PER_ONE), np.nan)


def _mirror(state: Ints, buckets: int) -> Ints:
    spread, bucket = np.divmod(state, buckets)
    return spread * buckets + buckets - 1 - bucket


def _bucket(touches: Touches, edges: Floats) -> Ints:
    """The class of imbalance; one on an edge belongs to the class nearer to 0."""
    obi = np.nan_to_num(imbalance(touches.bid_quantity, touches.ask_quantity))
    bucket = np.searchsorted(edges, np.abs(obi), side="left")
    return np.where(obi < 0, len(edges) - bucket, bucket)


def _spread_class(touches: Touches, tick: int, spreads: int) -> Ints:
    """Spread in ticks, from 0 for one tick to spreads − 1 for so many and more; −1 where there is none."""
    ticks = np.rint((touches.ask_price - touches.bid_price) / tick).astype(np.int64)
    return np.where(_is_usable(touches), np.clip(ticks, 1, spreads) - 1, -1)


def _is_usable(touches: Touches) -> Flags:
    return touches.is_two_sided & (touches.ask_price > touches.bid_price)


def _part(touches: Touches, buckets: int) -> Floats:
    """Edges of the quantile classes of the symmetrised OBI, so the quantiles of its absolute value on either side."""
    is_usable = _is_usable(touches)
    size = np.abs(imbalance(touches.bid_quantity[is_usable], touches.ask_quantity[is_usable]))
    outer = np.arange(buckets // 2 + 1, buckets)
    upper = np.quantile(size, 2 * outer / buckets - 1) if len(size) else outer / buckets
    middle = np.zeros(1 if buckets % 2 == 0 else 0)
    return np.concatenate((-upper[::-1], middle, upper))


def _observe(touches: Touches, tick: int, edges: Floats, spreads: int) -> _Transitions:
    spread = _spread_class(touches, tick, spreads)
    state = spread * (len(edges) + 1) + _bucket(touches, edges)
    is_seen = (spread[1:] >= 0) & (spread[:-1] >= 0)
    doubled = np.diff(touches.bid_price + touches.ask_price)[is_seen]
    return _Transitions(state[:-1][is_seen], state[1:][is_seen], doubled / (2 * tick))


def _sum_terms(observed: _Transitions, states: int) -> Floats:
    """G* in ticks (states,); 0 for states from which mid never moves in the sample."""
    is_move = observed.move != 0
    pairs = observed.start * states + observed.end
    keep, move = (np.bincount(pairs[rows], minlength=states**2).reshape(states, states) for rows in (~is_move, is_move))
    total = np.bincount(observed.start, minlength=states)
    weight = np.where(_can_move(keep, move), 1 / np.maximum(total, 1), 0)[:, None]
    mean_move = sum_by(observed.start, observed.move, states)[:, None] * weight
    solved = np.linalg.solve(np.eye(states) - keep * weight, np.hstack((mean_move, move * weight)))
    first, onward = solved[:, 0], solved[:, 1:]
    result = first
    for _ in range(TERMS - 1):
        result = first + onward @ result
    return result.astype(np.float64, copy=False)


def _can_move(keep: Ints, move: Ints) -> Flags:
    """The states from which some path of the sample leads to a move: elsewhere 1 − Q has no inverse."""
    can: Flags = move.sum(axis=1) > 0
    for _ in range(len(can)):
        can = move.sum(axis=1) + keep[:, can].sum(axis=1) > 0
    return can
