"""Strings to integers and back."""

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from pipelines.exchange.identity import Identities

NAMES = st.lists(st.sampled_from(["", "a", "b", "o-1", "o-2", "ü", "x" * 50]), max_size=30)


def test_names_are_numbered_as_they_appear() -> None:
    identities = Identities()
    assert identities.number(pa.array(["b", "a", "b", "", None])).tolist() == [1, 2, 1, 0, 0]
    assert identities.number(pa.array(["c", "a"])).tolist() == [3, 2]
    assert identities.name(np.array([3, -1, 1, 0, 1])).to_pylist() == ["c", None, "b", "", "b"]
    assert len(identities) == 4


def test_empty_batch_has_no_numbers() -> None:
    assert Identities().number(pa.array([], pa.string())).tolist() == []
    assert Identities().name(np.array([], np.int64)).to_pylist() == []


def test_number_of_a_forgotten_name_is_given_again() -> None:
    identities = Identities()
    identities.number(pa.array(["a", "b"]))
    identities.forget(np.array([0, 1, 1]))
    assert identities.name(np.array([0, 1, 2])).to_pylist() == ["", None, "b"]
    assert identities.number(pa.array(["b", "c", "a", ""])).tolist() == [2, 1, 3, 0]
    assert len(identities) == 4


@given(names=NAMES, end=st.integers(0, 30))
def test_any_cut_gives_the_same_numbers(names: list[str], end: int) -> None:
    whole, parts = Identities(), Identities()
    expected = whole.number(pa.array(names, pa.string())).tolist()
    first, second = (pa.array(part, pa.string()) for part in (names[:end], names[end:]))
    assert [*parts.number(first).tolist(), *Identities(parts.names).number(second).tolist()] == expected
