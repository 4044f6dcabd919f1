"""Momentum, mean reversion, noise, institutions: from views to orders."""

import numpy as np
import pytest

from pipelines.source.participants.config import DARK, RESTLESS
from pipelines.source.participants.institutions import EVEN_CURVE, SLICES, VOLUME_CURVE, Institutions, schedule
from pipelines.source.participants.noise import LARGEST, PATIENCE_NS, SMALLEST, Noise, heavy_sizes
from pipelines.source.participants.requests import BUY, CANCEL, DAY, IOC, MARKET, NEW, SELL, Requests
from pipelines.source.participants.towards import cancel_older, some
from pipelines.source.participants.trends import Momentum, Reversion
from pipelines.source.participants.view import View
from tests.pipelines.source.participants.views import NOW, PAIR, open_orders, quiet_view, risen

ALL = 1e6
TERMS = ["symbol", "side", "tick", "shares"]
BOUGHT = np.array([[150, 0]])


def _rng() -> np.random.Generator:
    return np.random.default_rng(1)


def _terms(rows: Requests) -> list[tuple[int, ...]]:
    return rows[TERMS].tolist()


@pytest.mark.parametrize(
    ("view", "expected"),
    [
        (quiet_view(1), []),
        (quiet_view(1, history=risen(0, 9)), []),  # less than a spread
        (quiet_view(1, history=risen(0, 11)), [(0, BUY, 10_005, 100)]),
        (quiet_view(1, history=risen(0, -11)), [(0, SELL, 9_995, 100)]),
        (quiet_view(1, history=risen(1, 130)), [(1, BUY, 5_010, 400)]),  # three units wanted, two an order
        (quiet_view(1, history=risen(0, 11), inventory=BOUGHT), [(0, SELL, 9_995, 50)]),
        (quiet_view(1, inventory=BOUGHT), [(0, SELL, 9_995, 150)]),  # it rises no more
        (quiet_view(1, history=risen(0, 11), orders=open_orders({"side": BUY, "shares": 100})), []),
    ],
)
def test_momentum_takes_what_has_risen(view: View, expected: list[tuple[int, ...]]) -> None:
    rows = Momentum(PAIR, 1).decide(view, _rng(), ALL)
    assert _terms(rows) == expected
    assert set(rows["tif"].tolist()) <= {IOC}


@pytest.mark.parametrize(
    ("view", "expected"),
    [
        (quiet_view(1), []),
        (quiet_view(1, history=risen(0, 11)), [(0, SELL, 10_005, 100)]),
        (quiet_view(1, history=risen(0, -25)), [(0, BUY, 9_995, 200)]),
        (quiet_view(1, inventory=BOUGHT), [(0, SELL, 10_005, 150)]),
    ],
)
def test_reversion_waits_for_what_has_risen_to_fall(view: View, expected: list[tuple[int, ...]]) -> None:
    rows = Reversion(PAIR, 1).decide(view, _rng(), ALL)
    assert _terms(rows) == expected
    assert set(rows[["tif", "post_only"]].tolist()) <= {(DAY, 1)}


def test_returns_look_back_further_for_later_accounts() -> None:
    history = risen(0, 0)
    history[-8:, 0] *= np.exp(20 / 1e4)  # it rose eight seconds ago
    returns = Momentum(PAIR, 3).returns(quiet_view(3, history=history))
    np.testing.assert_allclose(returns[:, 0], [0, 2, 2], atol=1e-9)


@pytest.mark.parametrize(("age_ns", "is_busy", "expected"), [(5, 0, [CANCEL]), (4, 0, []), (5, 1, [])])
def test_cancel_older_ends_what_waited_in_vain(age_ns: int, is_busy: int, expected: list[int]) -> None:
    orders = open_orders({"side": BUY, "shares": 1, "sent_ns": NOW - age_ns, "is_busy": is_busy})
    assert cancel_older(quiet_view(1, orders=orders), 4)["action"].tolist() == expected


def test_some_keeps_order_and_budget() -> None:
    rows = cancel_older(quiet_view(1, orders=open_orders(*[{"shares": 1}] * 10)), 4)
    assert [len(some(rows, budget, _rng())) for budget in (0.0, 3.0, 99.0)] == [0, 3, 10]
    kept = some(rows, 5.0, _rng())["number"].tolist()
    assert kept == sorted(kept)


def _noise(view: View, budget: float) -> Requests:
    return Noise(PAIR, 50).decide(view, _rng(), budget)


def test_noise_is_priced_at_or_behind_the_touch_and_in_the_dark_at_the_mid() -> None:
    rows = _noise(quiet_view(50), 4_000)
    assert len(rows) == pytest.approx(3_000 * np.exp(-RESTLESS.variance / 2), rel=0.08)
    tight = rows[(rows["symbol"] == 0) & (rows["side"] == BUY)]
    dark = tight[tight["venue"] == DARK]
    assert set(dark["tick"].tolist()) == {10_000}
    lit = tight[tight["venue"] != DARK]
    assert set(lit["tick"][lit["type"] == MARKET].tolist()) == {0}
    assert set(lit["tick"][(lit["type"] != MARKET) & (lit["tif"] == IOC)].tolist()) == {10_005}
    assert lit["tick"][lit["tif"] == DAY].max() == 9_995
    assert np.mean(rows["side"] == BUY) == pytest.approx(0.5, abs=0.04)


@pytest.mark.parametrize(("owned", "share"), [(30, 0.0), (15, 0.25), (-30, 1.0)])
def test_noise_turns_back_the_further_it_is_from_home(owned: int, share: float) -> None:
    inventory = np.tile([owned * 100, owned * 200], (50, 1))
    rows = _noise(quiet_view(50, inventory=inventory), 2_000)
    assert np.mean(rows["side"] == BUY) == pytest.approx(share, abs=0.05)


@pytest.mark.parametrize(("off", "share"), [(0, 0.5), (-5, 0.8), (5, 0.2), (-50, 0.8)])
def test_noise_buys_what_is_cheap(off: int, share: float) -> None:
    quiet = quiet_view(50)
    lit = (quiet.bid > 0) * off * np.array([[1], [2]])
    rows = _noise(quiet_view(50, bid=quiet.bid + lit, ask=quiet.ask + lit), 2_000)
    assert np.mean(rows["side"] == BUY) == pytest.approx(share, abs=0.05)


def test_noise_clusters_with_the_stress() -> None:
    counts = [len(_noise(quiet_view(50, stress=stress), 2_000)) for stress in (-0.5, 0.0, 0.5)]
    np.testing.assert_allclose(np.diff(np.log(counts)), 0.5, atol=0.1)


def test_noise_cancels_what_waited_in_vain() -> None:
    old = {"side": SELL, "tick": 10_005, "shares": 3, "sent_ns": NOW - PATIENCE_NS - 1}
    rows = _noise(quiet_view(50, orders=open_orders(old, {"side": BUY, "shares": 3})), 0.0)
    assert rows[["action", "number"]].tolist() == [(CANCEL, 1)]


def test_heavy_sizes_have_the_tail_of_their_law() -> None:
    sizes = heavy_sizes(_rng(), 100_000)
    assert (sizes.min() >= SMALLEST, sizes.max()) == (True, LARGEST)
    beyond = [np.mean(sizes > SMALLEST * factor) for factor in (2, 4, 8)]
    np.testing.assert_allclose(beyond, [2**-1.5, 4**-1.5, 8**-1.5], rtol=0.05)


@pytest.mark.parametrize("curve", [EVEN_CURVE, VOLUME_CURVE], ids=["twap", "vwap"])
@pytest.mark.parametrize("shares", [1, 7, -1_000, 123_457])
def test_schedule_sums_up_to_the_parent_and_follows_its_curve(shares: int, curve: np.ndarray) -> None:
    done = schedule(shares, tuple(curve))
    slices = np.diff(done, prepend=0)
    assert (len(done), slices.sum()) == (SLICES, shares)
    np.testing.assert_allclose(slices, shares * curve / curve.sum(), atol=1)


def test_parent_undoes_the_one_before_and_starts_where_it_ended() -> None:
    strategy = Institutions(PAIR, 3, 7, NOW)
    first, second = strategy.parent(2, 0), strategy.parent(2, 1)
    assert (second.symbol, second.shares, second.curve) == (first.symbol, -first.shares, first.curve)
    assert second.start_ns == first.start_ns + first.horizon_ns == NOW + 2 * strategy.slice_ns + strategy.horizon_ns
    assert strategy.targets(second.start_ns + second.horizon_ns - 1)[2].tolist() == [0, 0]


@pytest.mark.parametrize(
    ("slice_number", "done", "ways"),
    [
        (0, 0.0, {"rest", "hide"}),
        (10, 0.0, {"take"}),  # far behind
        (10, 1.0, {"rest", "hide"}),  # on schedule but for the slice that begins
        (SLICES - 1, 1.0, {"take"}),  # the last slice
    ],
)
def test_institutions_wait_on_schedule_and_take_when_late(slice_number: int, done: float, ways: set[str]) -> None:
    strategy = Institutions(PAIR, 1, 7, NOW)
    parent, time_ns = strategy.parent(0, 0), NOW + slice_number * strategy.slice_ns
    inventory = np.zeros((1, 2), np.int64)
    inventory[0, parent.symbol] = round(parent.due(time_ns - 1) * done)
    view = quiet_view(1, time_ns=time_ns, inventory=inventory)
    asked = [strategy.decide(view, np.random.default_rng(seed), ALL) for seed in range(20)]
    rows = np.concatenate(asked)
    found = {"take" if row["tif"] == IOC else "hide" if row["venue"] == DARK else "rest" for row in rows}
    assert found == ways
    assert set(rows[["action", "side"]].tolist()) == {(NEW, BUY if parent.shares > 0 else SELL)}
    assert rows["shares"].max() <= abs(parent.due(time_ns) - inventory[0, parent.symbol])
