"""The best bid and offer over venues, and how long each was at it, against plain Python."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.microstructure.nbbo import MEASURES, Quotes, consolidate, first_at_most, measure_times
from pipelines.microstructure.series import Ints
from schemas.errors import MeasureError
from tests.pipelines.microstructure.arrays import ONE, TICK, ints, touches_of, untimed

Row = tuple[int, int, int, int, int, int]  # ns, venue, bid and ask in ticks, their quantities
VENUES = 3
WINDOW = 10


def quotes_of(*rows: Row, venues: int = VENUES) -> Quotes:
    return Quotes(touches_of(*((ns, *touch) for ns, _, *touch in rows)), ints([row[1] for row in rows]), venues)  # type: ignore[misc]  # five numbers a touch


@st.composite
def drawn_rows(draw: st.DrawFn) -> list[Row]:
    price, quantity = st.integers(98, 103), st.integers(0, 2)
    steps = st.tuples(st.integers(0, 15), st.integers(0, VENUES - 1), price, price, quantity, quantity)
    ns, rows = 95, []
    for step, *touch in draw(st.lists(steps, max_size=20)):
        ns += step
        rows.append((ns, *touch))
    return rows


def touches_at(rows: list[Row], count: int) -> dict[int, tuple[int, int, int, int]]:
    """The touch of each venue after `count` rows."""
    return {row[1]: row[2:] for row in rows[:count]}


def best(touches: dict[int, tuple[int, int, int, int]]) -> tuple[list[int], list[int]]:
    """The bids and asks of all venues, best first."""
    bids = [touch[0] for touch in touches.values() if touch[2]]
    return sorted(bids, reverse=True), sorted(touch[1] for touch in touches.values() if touch[3])


def reference_times(rows: list[Row], end: int) -> dict[tuple[str, int, int], int]:
    """Nanosecond by nanosecond."""
    spent: dict[tuple[str, int, int], int] = {}
    borders = [*(row[0] for row in rows), max(end, rows[-1][0])] if rows else []
    for number, (begin, until) in enumerate(pairwise(borders), 1):
        touches = touches_at(rows, number)
        bids, asks = best(touches)
        for venue, (bid, ask, bid_quantity, ask_quantity) in touches.items():
            if not bid_quantity or not ask_quantity:
                continue
            is_bid, is_ask = bid == bids[0], ask == asks[0]
            alone = (is_bid and bids.count(bid) == 1, is_ask and asks.count(ask) == 1)
            for name, holds in zip(MEASURES, (True, is_bid, is_ask, is_bid and is_ask, *alone), strict=True):
                for ns in range(begin, until) if holds else ():
                    key = (name, ns // WINDOW, venue)
                    spent[key] = spent.get(key, 0) + 1
    return spent


def test_consolidate_takes_the_best_of_each_side() -> None:
    found = consolidate(quotes_of((1, 0, 99, 102, 5, 5), (2, 1, 100, 102, 1, 2), (3, 1, 0, 101, 0, 7), venues=2))
    assert (found.bid_price // TICK).tolist() == [99, 100, 99]
    assert (found.bid_quantity // ONE).tolist() == [5, 1, 5]
    assert (found.ask_price // TICK).tolist() == [102, 102, 101]
    assert (found.ask_quantity // ONE).tolist() == [5, 7, 7]


@untimed
@given(drawn_rows())
def test_consolidate_is_the_best_of_all_touches(rows: list[Row]) -> None:
    found = consolidate(quotes_of(*rows))
    for number in range(len(rows)):
        touches = touches_at(rows, number + 1)
        bids, asks = best(touches)
        held = [sum(touch[2] for touch in touches.values() if bids and touch[0] == bids[0])]
        held.append(sum(touch[3] for touch in touches.values() if asks and touch[1] == asks[0]))
        assert [found.bid_quantity[number] // ONE, found.ask_quantity[number] // ONE] == held
        assert not bids or found.bid_price[number] == bids[0] * TICK
        assert not asks or found.ask_price[number] == asks[0] * TICK


@untimed
@given(drawn_rows(), st.integers(0, 40))
def test_measure_times_counts_every_nanosecond(rows: list[Row], more: int) -> None:
    end = (rows[-1][0] if rows else 0) + more
    first, spent = measure_times(quotes_of(*rows), end, WINDOW)
    found = {
        (MEASURES[measure], first + window, venue): int(spent[measure, window, venue])
        for measure, window, venue in zip(*np.nonzero(spent), strict=True)
    }
    assert found == reference_times(rows, end)


def test_measure_times_splits_at_the_end_of_a_window() -> None:
    first, spent = measure_times(quotes_of((95, 0, 99, 101, 1, 1), (98, 1, 99, 102, 1, 1), venues=2), 112, WINDOW)
    assert (first, spent.shape) == (9, (len(MEASURES), 3, 2))
    assert dict(zip(MEASURES, spent[:, :, 0].tolist(), strict=True)) == {
        "quoted": [5, 10, 2],
        "best_bid": [5, 10, 2],
        "best_ask": [5, 10, 2],
        "best_both": [5, 10, 2],
        "alone_bid": [3, 0, 0],
        "alone_ask": [5, 10, 2],
    }


def test_quotes_out_of_order_are_refused() -> None:
    backwards = quotes_of((2, 0, 1, 2, 1, 1), (1, 0, 1, 2, 1, 1))
    with pytest.raises(MeasureError, match="Times of the quotes must not decrease"):
        consolidate(backwards)
    with pytest.raises(MeasureError, match="Times of the quotes must not decrease"):
        measure_times(backwards, 3, WINDOW)
    with pytest.raises(MeasureError, match="The window is 0"):
        measure_times(quotes_of((1, 0, 1, 2, 1, 1)), 3, 0)


@untimed
@given(st.lists(st.integers(0, 9), max_size=20), st.lists(st.tuples(st.integers(0, 40), st.integers(-1, 10))))
def test_first_at_most_is_the_first(values: list[int], questions: list[tuple[int, int]]) -> None:
    start, bound = ints(questions).reshape(-1, 2).T
    found = first_at_most(ints(values), start.copy(), bound.copy())
    assert found.tolist() == [first_plain(ints(values), *question) for question in questions]


def first_plain(values: Ints, start: int, bound: int) -> int:
    return next((at for at in range(start, len(values)) if values[at] <= bound), -1)
