"""Makers: from views to quotes."""

import numpy as np
import pytest

from pipelines.source.participants.makers import Makers
from pipelines.source.participants.requests import BUY, CANCEL, NEW, REPLACE, SELL
from pipelines.source.participants.view import View
from tests.pipelines.source.participants.views import NOW, PAIR, TIGHT, open_orders, quiet_view

ONE = Makers((TIGHT,), 1, levels=2)
ALL = 1e6  # a budget for everything


def _view(reference: float = 10_000.0, inventory: int = 0, stress: float = 0.0, **changes: object) -> View:
    quiet = quiet_view(1)
    parts = {"reference": np.array([reference]), "bid": quiet.bid[:1], "ask": quiet.ask[:1]}
    return quiet_view(1, **parts, inventory=np.array([[inventory]]), stress=stress, **changes)


def _ticks(maker: Makers, view: View, budget: float = ALL) -> dict[str, list[int]]:
    rows = maker.decide(view, np.random.default_rng(1), budget)
    assert set(rows["action"].tolist()) <= {NEW}
    return {name: sorted(set(rows["tick"][rows["side"] == side].tolist())) for name, side in (("B", BUY), ("S", SELL))}


@pytest.mark.parametrize(
    ("view", "bids", "asks"),
    [
        (_view(), [9_990, 9_995], [10_005, 10_010]),
        (_view(stress=np.log(2)), [9_980, 9_990], [10_010, 10_020]),
        (_view(inventory=1_000), [9_988, 9_993], [10_003, 10_008]),  # a third of the limit: half of half lower
        (_view(inventory=-1_000), [9_993, 9_998], [10_008, 10_013]),
        (_view(inventory=3_000), [], [9_998, 10_003]),
        (_view(inventory=-3_000), [9_998, 10_003], []),
    ],
)
def test_decide_quotes_around_the_reservation_price(view: View, bids: list[int], asks: list[int]) -> None:
    assert _ticks(ONE, view) == {"B": bids, "S": asks}


def test_decide_quotes_every_venue_symbol_and_account_once() -> None:
    rows = Makers(PAIR, 3).decide(quiet_view(3), np.random.default_rng(1), ALL)
    places = {tuple(row) for row in rows[["account", "symbol", "venue", "side", "tick"]].tolist()}
    assert len(rows) == len(places) == 3 * 2 * 2 * 2 * 2
    assert np.all(rows["shares"] > 0)


def test_quotes_of_later_makers_are_wider() -> None:
    quotes, slots = Makers(PAIR, 3).quotes(quiet_view(3)), Makers(PAIR, 3).slots
    best = (slots.symbol == 0) & (slots.venue == 0) & (slots.level == 0) & (slots.sign < 0)
    np.testing.assert_allclose(quotes.price[best], [10_005, 10_005.75, 10_006.5])


@pytest.mark.parametrize(
    ("reference", "action", "tick"),
    [
        (10_002.0, None, 0),  # off by less than half of half
        (10_004.0, REPLACE, 9_999),
        (9_985.0, REPLACE, 9_980),
        (10_030.0, CANCEL, 9_995),  # off by more than two spreads
    ],
)
def test_decide_moves_a_quote_with_the_reference(reference: float, action: int | None, tick: int) -> None:
    rest = {"side": BUY, "tick": 9_995, "shares": 50, "tag": 0, "sent_ns": NOW}
    rows = ONE.decide(_view(reference, orders=open_orders(rest)), np.random.default_rng(1), ALL)
    named = rows[rows["number"] == 1]
    assert named[["action", "tick"]].tolist() == ([] if action is None else [(action, tick)])


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        ({"is_busy": 1}, []),
        ({"is_open": 0, "is_busy": 1}, []),
        ({"sent_ns": NOW - 10**9}, [REPLACE]),  # nothing better to do: it is renewed
    ],
)
def test_decide_leaves_busy_quotes_alone_and_renews_others(order: dict[str, int], expected: list[int]) -> None:
    rest = {"side": BUY, "tick": 9_995, "shares": 50, "tag": 0, **order}
    rows = ONE.decide(_view(orders=open_orders(rest)), np.random.default_rng(1), ALL)
    assert rows["action"][rows["number"] == 1].tolist() == expected
    assert len(rows[rows["action"] == NEW]) == len(ONE.slots.sign) - 1


def test_decide_does_the_most_urgent_within_its_budget() -> None:
    far, moved = {"side": BUY, "tick": 9_900, "tag": 0}, {"side": BUY, "tick": 9_985, "tag": 1}
    orders = open_orders({**far, "shares": 5}, {**moved, "shares": 5})
    actions = ONE.decide(_view(orders=orders), np.random.default_rng(1), 3.0)["action"].tolist()
    assert actions == [CANCEL, NEW, NEW]
