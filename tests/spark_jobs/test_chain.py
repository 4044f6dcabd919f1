"""The chain of the audit log without Spark: what a hash covers, and each way in which entries do not hold together."""

import json
from collections.abc import Callable
from dataclasses import asdict, replace
from datetime import UTC, date, datetime
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spark_jobs.chain import GENESIS, Entry, Finding, Head, compare_head, digest, find_break, seal

TIME = datetime(2024, 8, 8, 12, 0, 0, 7, tzinfo=UTC)
BLANK = Entry(0, TIME, "me@here", "REFRESH", "gold.bars", '{"day": "é"}', "DONE", None, "run", "", "", TIME.date())

Tamper = Callable[[list[Entry]], list[Entry]]


def chain_of(count: int, subject: str = "gold.bars") -> list[Entry]:
    """Entries 1 to `count` that hold together."""
    entries: list[Entry] = []
    head = Head()
    for number in range(count):
        entries.append(seal(replace(BLANK, subject=f"{subject} {number}"), head))
        head = head_of(entries)
    return entries


def head_of(entries: list[Entry]) -> Head:
    return Head(entries[-1].number, entries[-1].hash)


def changed(entries: list[Entry], number: int, **columns: object) -> list[Entry]:
    """The entry of that number with other columns; its hash stays."""
    at = number - 1
    return [*entries[:at], replace(entries[at], **columns), *entries[at + 1 :]]  # type: ignore[arg-type]  # by name


def swapped(entries: list[Entry]) -> list[Entry]:
    """Numbers 2 and 3 change places."""
    first, second, third, *rest = entries
    return [first, replace(third, number=2), replace(second, number=3), *rest]


def sealed_again(entries: list[Entry]) -> list[Entry]:
    """Number 2 with another actor, and a hash that fits."""
    other = replace(entries[1], actor="nobody@there")
    return [entries[0], replace(other, hash=digest(other)), *entries[2:]]


def forked(entries: list[Entry]) -> list[Entry]:
    """A second entry of number 3 follows on number 2."""
    other = seal(replace(BLANK, actor="nobody@there"), head_of(entries[:2]))
    return [*entries[:3], other, *entries[3:]]


def test_digest_is_that_of_json_that_anyone_can_write() -> None:
    (entry,) = chain_of(1)
    columns = asdict(entry) | {"entry_ts": "2024-08-08T12:00:00.000007Z", "entry_date": "2024-08-08"}
    del columns["hash"]
    pairs = (f"{json.dumps(name)}:{json.dumps(columns[name], ensure_ascii=False)}" for name in sorted(columns))
    assert entry.hash == digest(entry) == sha256(f"{{{','.join(pairs)}}}".encode()).hexdigest()
    assert (entry.number, entry.previous_hash) == (1, GENESIS)


OTHER = {"number": 9, "entry_ts": TIME.replace(year=2023), "entry_date": date(2023, 8, 8), "previous_hash": GENESIS}


@given(st.sampled_from([name for name in asdict(BLANK) if name != "hash"]))
def test_digest_covers_every_column(name: str) -> None:
    entry = chain_of(2)[1]
    other = replace(entry, **{name: OTHER.get(name, "another")})  # type: ignore[arg-type]  # each has its own type
    assert digest(other) != digest(entry)


@pytest.mark.parametrize("count", [0, 1, 5])
def test_find_break_in_a_whole_chain(count: int) -> None:
    assert find_break(chain_of(count)) is None


@pytest.mark.parametrize(
    ("tamper", "expected"),
    [
        (lambda all_: changed(all_, 3, actor="nobody@there"), "Number 3 was changed: its hash is not that of its"),
        (lambda all_: changed(all_, 3, sentence=""), "Number 3 was changed"),
        (lambda all_: changed(all_, 4, hash="0"), "Number 4 was changed"),
        (lambda all_: [*all_[:2], *all_[3:]], "Number 3 is missing: after 2 comes 4."),
        (lambda all_: all_[2:], "Number 1 is missing: first comes 3."),
        (swapped, "Number 2 is out of order: it was written as number 3."),
        (sealed_again, "Number 3 does not follow on number 2: it names another hash than that entry has"),
        (forked, "Number 3 stands twice: the chain forks there."),
        (lambda all_: [*all_[:2], all_[1], *all_[2:]], "Number 2 stands twice"),
        (lambda all_: [replace(BLANK, number=0), *all_], "An entry has the number 0: the first is 1."),
        (lambda all_: changed(all_, 1, previous_hash="1" * 64), "Number 1 was changed"),
    ],
)
def test_find_break_names_the_first_bad_number(tamper: Tamper, expected: str) -> None:
    assert (find_break(tamper(chain_of(5))) or "").startswith(expected)


@given(st.integers(1, 6), st.integers(0, 6), st.integers(1, 3))
def test_find_break_and_compare_head_find_any_removal(count: int, first: int, length: int) -> None:
    whole = chain_of(count)
    left = whole[:first] + whole[first + length :]
    is_found = bool(find_break(left) or compare_head(left, head_of(whole)))
    assert is_found == (len(left) < count)


@pytest.mark.parametrize(
    ("count", "head", "expected"),
    [
        (0, Head(), None),
        (3, head_of(chain_of(3)), None),
        (3, head_of(chain_of(4)), Finding("The log ends with number 3, but number 4 was written: 1 entry is gone")),
        (0, head_of(chain_of(2)), Finding("The log ends with number 0, but number 2 was written: 2 entries are gone")),
        (3, head_of(chain_of(3, "another")), Finding("Number 3 is not the entry that was noted as the head")),
        (3, head_of(chain_of(2, "another")), Finding("Number 2 is not the entry that was noted as the head")),
        (3, head_of(chain_of(1)), Finding("Numbers 2 to 3 came after the head that was noted, number 1")),
        (2, Head(), Finding("There are 2 entries, but none is noted as the head")),
        (3, head_of(chain_of(2)), Finding("Number 3 was committed, but not noted as the head", is_crash=True)),
        (1, Head(), Finding("Number 1 was committed, but not noted as the head", is_crash=True)),
    ],
)
def test_compare_head(count: int, head: Head, expected: Finding | None) -> None:
    found = compare_head(chain_of(count), head)
    assert (found is None) == (expected is None)
    if found and expected:
        assert found.sentence.startswith(expected.sentence)
        assert found.is_crash == expected.is_crash
