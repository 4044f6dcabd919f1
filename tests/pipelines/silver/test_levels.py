"""Facts and measures of book levels, against plain Python on one message at a time."""

from fractions import Fraction

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.silver.levels import Levels, Ragged, judge_levels, measure_levels, touch_levels

NAMES = ("bid_prices", "bid_quantities", "ask_prices", "ask_quantities")
ONE = 10**9
LARGEST = 10**18 - 1
HIGHEST, LOWEST = 2**63 - 1, -(2**63)

Message = tuple[list[int], list[int], list[int], list[int]]


def levels_of(messages: list[Message], start: int = 0, stop: int | None = None) -> Levels:
    lists = pa.list_(pa.int64())
    columns = [pa.array([m[i] for m in messages], lists)[start:stop] for i in range(4)]
    return Levels.of(pa.RecordBatch.from_arrays(columns, list(NAMES)))


def measures_of(*messages: Message) -> dict[str, list[float | None]]:
    return {name: column.to_pylist() for name, column in measure_levels(levels_of(list(messages))).items()}


def facts_of(*messages: Message) -> dict[str, list[object]]:
    return {name: column.to_pylist() for name, column in judge_levels(levels_of(list(messages))).items()}


def sides(price: st.SearchStrategy[int], quantity: st.SearchStrategy[int]) -> st.SearchStrategy[tuple]:
    pairs = st.lists(st.tuples(price, quantity), max_size=12)
    return pairs.map(lambda levels: ([p for p, _ in levels], [q for _, q in levels]))


ACCEPTED = sides(st.integers(1, LARGEST - 1), st.integers(0, LARGEST - 1))
QUOTES = st.lists(st.tuples(ACCEPTED, ACCEPTED).map(lambda both: (*both[0], *both[1])), min_size=1, max_size=5)
ANY_LIST = st.lists(st.integers(LOWEST, HIGHEST), max_size=4)
ANYTHING = st.lists(st.tuples(ANY_LIST, ANY_LIST, ANY_LIST, ANY_LIST), min_size=1, max_size=5)


def ratio(numerator: Fraction | int, denominator: Fraction | int) -> float | None:
    return float(Fraction(numerator) / denominator) if denominator else None


def reference_measures(message: Message) -> dict[str, float | None]:
    (pb, qb), (pa_, qa) = message[:2], message[2:]
    first_b, first_a = (side[0] if side else 0 for side in (qb, qa))
    both = pb and pa_
    return {
        "obi": ratio(first_b - first_a, first_b + first_a),
        "obi_levels": ratio(sum(qb) - sum(qa), sum(qb) + sum(qa)),
        "micro_price": ratio(pb[0] * qa[0] + pa_[0] * qb[0], (qb[0] + qa[0]) * ONE) if both else None,
        "spread_bps": ratio((pa_[0] - pb[0]) * 20_000, pa_[0] + pb[0]) if both else None,
    }


def reference_facts(message: Message) -> dict[str, object]:
    bids, bid_quantities, asks, ask_quantities = message
    return {
        "lowest_price": min(bids + asks, default=HIGHEST),
        "lowest_quantity": min(bid_quantities + ask_quantities, default=HIGHEST),
        "highest_level": max([x for side in message for x in side], default=LOWEST),
        "is_paired": len(bids) == len(bid_quantities) and len(asks) == len(ask_quantities),
        "is_best_first": (not bids or bids[0] == max(bids)) and (not asks or asks[0] == min(asks)),
    }


@given(QUOTES)
def test_measure_levels_equals_exact_arithmetic(quotes: list[Message]) -> None:
    measured = measures_of(*quotes)
    for row, quote in enumerate(quotes):
        for name, expected in reference_measures(quote).items():
            found = measured[name][row]
            assert found is expected is None or found == pytest.approx(expected, rel=1e-14, abs=1e-14)


@given(QUOTES)
def test_measure_levels_stays_in_range(quotes: list[Message]) -> None:
    measured = measures_of(*quotes)
    assert all(-1 <= obi <= 1 for name in ("obi", "obi_levels") for obi in measured[name] if obi is not None)


@given(ANYTHING)
def test_judge_levels_equals_plain_python(messages: list[Message]) -> None:
    facts = facts_of(*messages)
    for row, message in enumerate(messages):
        assert {name: column[row] for name, column in facts.items()} == reference_facts(message)


@given(ANYTHING)
def test_touch_levels_is_the_first_of_each_side(messages: list[Message]) -> None:
    touch = touch_levels(levels_of(messages))
    for name, side in zip(("bid_price", "bid_quantity", "ask_price", "ask_quantity"), range(4), strict=True):
        units, missing = touch[name]
        assert missing.tolist() == [not message[side] for message in messages]
        assert units.tolist() == [(message[side] or [0])[0] for message in messages]


@given(ANYTHING, st.data())
def test_levels_of_a_slice_are_those_of_its_messages(messages: list[Message], data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(messages)))
    stop = data.draw(st.integers(start, len(messages)))
    sliced, alone = levels_of(messages, start, stop), levels_of(messages[start:stop])
    assert judge_levels(sliced) == judge_levels(alone)
    assert measure_levels(sliced) == measure_levels(alone)


@pytest.mark.parametrize(
    ("bid_quantity", "ask_quantity", "expected"), [(20, 471, 14.330407), (25, 148, 14.331445), (31, 95, 14.332460)]
)
def test_micro_price_vectors(bid_quantity: int, ask_quantity: int, expected: float) -> None:
    quote = ([14_330_000_000], [bid_quantity * ONE], [14_340_000_000], [ask_quantity * ONE])
    assert round(measures_of(quote)["micro_price"][0], 6) == expected


@pytest.mark.parametrize(
    ("quote", "obi", "obi_levels", "micro_price", "spread_bps"),
    [
        (([99 * ONE], [3 * ONE], [101 * ONE], [ONE]), 0.5, 0.5, 100.5, 200.0),
        (([99 * ONE], [ONE], [99 * ONE], [ONE]), 0.0, 0.0, 99.0, 0.0),
        (([2, 1], [ONE, 5 * ONE], [3], [ONE]), 0.0, 5 / 7, 2.5e-9, 4000.0),
        (([99 * ONE], [ONE], [], []), 1.0, 1.0, None, None),
        (([], [], [99 * ONE], [ONE]), -1.0, -1.0, None, None),
        (([], [], [], []), None, None, None, None),
        (([99 * ONE], [0], [101 * ONE], [0]), None, None, None, 200.0),
    ],
    ids=["both sides", "locked", "two levels", "no ask", "no bid", "empty", "no quantity"],
)
def test_measure_levels_by_hand(
    quote: Message, obi: float, obi_levels: float, micro_price: float, spread_bps: float
) -> None:
    expected = {"obi": [obi], "obi_levels": [obi_levels], "micro_price": [micro_price], "spread_bps": [spread_bps]}
    assert measures_of(quote) == expected


def test_obi_levels_beyond_the_sum_that_an_integer_holds() -> None:
    many = [LARGEST - 1] * 20
    assert measures_of((many, many, [1], [0]))["obi_levels"] == [1.0]


def test_ragged_keeps_what_a_slice_shows() -> None:
    lists = pa.array([[1, 2], [3], [], [4, 5, 6], [7]], pa.list_(pa.int64())).slice(1, 3)
    ragged = Ragged.of(lists)
    assert ragged.lengths.tolist() == [1, 0, 3]
    assert ragged.first().tolist() == [3, 0, 4]
    assert ragged.total().tolist() == [3, 0, 15]
    assert ragged.reduce(np.maximum, -1).tolist() == [3, -1, 6]


def test_ragged_of_no_lists() -> None:
    ragged = Ragged.of(pa.array([], pa.list_(pa.int64())))
    assert ragged.lengths.tolist() == ragged.first().tolist() == ragged.reduce(np.maximum, 0).tolist() == []
