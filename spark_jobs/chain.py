"""The chain of the audit log: what the hash of an entry covers, and where a chain does not hold; without Spark."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from hashlib import sha256

GENESIS = "0" * 64  # what the first entry names as the hash before it


@dataclass(frozen=True)
class Entry:
    """A row of gold.audit_log."""

    number: int
    entry_ts: datetime
    actor: str
    action: str
    subject: str
    inputs: str
    outcome: str
    sentence: str | None
    run_id: str
    previous_hash: str
    hash: str
    entry_date: date


@dataclass(frozen=True)
class Head:
    """The last entry of a log, by number and hash; of an empty log 0 and GENESIS."""

    number: int = 0
    hash: str = GENESIS


@dataclass(frozen=True)
class Finding:
    """What is wrong with a log. `is_crash`: it is what a writer leaves that dies after its commit."""

    sentence: str
    is_crash: bool = False


def digest(entry: Entry) -> str:
    """SHA-256 of all columns but `hash`, as JSON in UTF-8: keys in order, no blanks, times with six digits and Z."""
    columns = {name: value for name, value in asdict(entry).items() if name != "hash"}
    text = json.dumps(columns, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=_text)
    return sha256(text.encode()).hexdigest()


def seal(entry: Entry, head: Head) -> Entry:
    """The entry as the one after `head`: its number and both hashes are set."""
    placed = replace(entry, number=head.number + 1, previous_hash=head.hash)
    return replace(placed, hash=digest(placed))


def find_break(entries: Sequence[Entry]) -> str | None:
    """The first number, from 1 on, at which entries in the order of their numbers do not hold together, and why."""
    before = Head()
    for entry in entries:
        wrong = _misplaced(entry, before) or _changed(entry, entries)
        if wrong or entry.previous_hash != before.hash:
            return wrong or (
                f"Number {entry.number} does not follow on number {before.number}: it names another hash than that "
                "entry has, so one of the two was put in the place of another."
            )
        before = Head(entry.number, entry.hash)
    return None


def compare_head(entries: Sequence[Entry], head: Head) -> Finding | None:
    """What is wrong with entries that hold together, 1 to n, if the last one that was written is `head`."""
    if len(entries) < head.number:
        gone = head.number - len(entries)
        return Finding(
            f"The log ends with number {len(entries)}, but number {head.number} was written: {gone} "
            f"{'entries are' if gone > 1 else 'entry is'} gone from its end."
        )
    if head.number and entries[head.number - 1].hash != head.hash:
        return Finding(
            f"Number {head.number} is not the entry that was noted as the head: the log was written anew, from there "
            "or from some number before."
        )
    return _ahead(len(entries), head)


def _ahead(count: int, head: Head) -> Finding | None:
    first = head.number + 1
    if count == first:
        return Finding(
            f"Number {first} was committed, but not noted as the head: its writer died in between. The next entry "
            "makes that good.",
            is_crash=True,
        )
    if count > first and not head.number:
        return Finding(f"There are {count} entries, but none is noted as the head: audit/head.json is gone.")
    if count > first:
        return Finding(
            f"Numbers {first} to {count} came after the head that was noted, number {head.number}: depthlake notes "
            "each entry, so others wrote them or the note is an old one."
        )
    return None


def _misplaced(entry: Entry, before: Head) -> str | None:
    number, expected = entry.number or 0, before.number + 1
    if number > expected:
        return f"Number {expected} is missing: {f'after {before.number}' if before.number else 'first'} comes {number}."
    if number == before.number and number:
        return f"Number {number} stands twice: the chain forks there."
    return f"An entry has the number {entry.number}: the first is 1." if number < expected else None


def _changed(entry: Entry, entries: Sequence[Entry]) -> str | None:
    """That the columns of an entry are not those that were hashed; whether it stood elsewhere is tried out."""
    if digest(entry) == entry.hash:
        return None
    others = (other.number for other in entries if digest(replace(entry, number=other.number)) == entry.hash)
    if place := next(others, None):
        return f"Number {entry.number} is out of order: it was written as number {place}."
    return f"Number {entry.number} was changed: its hash is not that of its columns."


def _text(value: date) -> str:
    return f"{value:%Y-%m-%dT%H:%M:%S.%fZ}" if isinstance(value, datetime) else value.isoformat()
