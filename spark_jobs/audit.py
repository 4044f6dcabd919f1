"""The audit log: entries are added one after the other, each sealed to the last, whose hash is noted outside the table.

| below `audit` | what |
|---|---|
| `head.json` | number and hash of the last entry |
| `lock` | held by whoever adds an entry |
"""

import fcntl
import json
import os
import pwd
import socket
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import astuple, dataclass, field
from datetime import UTC, datetime
from types import TracebackType
from uuid import uuid4

from schemas.audit import AUDIT
from schemas.errors import DepthlakeError, InstanceError, LakeError
from spark_jobs.chain import Entry, Head, compare_head, digest, find_break, seal
from spark_jobs.mishaps import SPARK_ERRORS, sentence_of
from spark_jobs.settings import Settings
from spark_jobs.tables import Session, append_rows

DONE, FAILED = "DONE", "FAILED"
PATIENCE_S = 60  # that an entry waits for those of others
POLL_S = 0.02


def local_actor() -> str:
    """user@host of this process."""
    try:
        user = pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        user = str(os.getuid())
    return f"{user}@{socket.gethostname()}"


def new_run_id() -> str:
    """A name for a run, twelve hexadecimal digits."""
    return uuid4().hex[:12]


@dataclass(frozen=True)
class Deed:
    """Something that changes the lake: an action on a subject (tables and days, or a file) with inputs of JSON."""

    action: str
    subject: str
    inputs: Mapping[str, object]
    actor: str = field(default_factory=local_actor)
    run_id: str = field(default_factory=new_run_id)


@dataclass(frozen=True)
class Verdict:
    """A log that holds together: its last entry, and what a crash has left, if any did."""

    head: Head
    crash: str | None


@contextmanager
def audited(session: Session, settings: Settings, deed: Deed) -> Iterator[list[str]]:
    """Add an entry when the block is over: DONE with the sentences put into the list, FAILED with that of the error.

    Raises LakeError before the block begins when the log does not end as it was written.
    """
    with holding(settings):
        _last(session, read_head(settings))
    said: list[str] = []

    def note(kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if error is None:
            append(session, settings, deed, DONE, " ".join(said) or None)
            return
        try:
            append(session, settings, deed, FAILED, _sentence(error))
        except (DepthlakeError, OSError, *SPARK_ERRORS) as other:
            error.add_note(f"It is not in {AUDIT.name}: {_sentence(other)}")

    with ExitStack() as stack:
        stack.push(note)
        yield said


def append(session: Session, settings: Settings, deed: Deed, outcome: str, sentence: str | None) -> Entry:
    """Add an entry to gold.audit_log and note it as the head; gives the entry. Others wait meanwhile.

    An entry that was committed by a writer that died before it noted it is noted first. Raises LakeError when the log
    does not end as it was written, InstanceError when others have added entries for a minute.
    """
    inputs = json.dumps(deed.inputs, sort_keys=True, ensure_ascii=False, default=str)
    with holding(settings):
        noted = read_head(settings)
        last = _last(session, noted)
        if last != noted:
            _note(settings, last)
        moment = datetime.now(UTC)
        said = (deed.actor, deed.action, deed.subject, inputs, outcome, sentence, deed.run_id)
        entry = seal(Entry(0, moment, *said, "", "", moment.date()), last)
        append_rows(session, AUDIT, [astuple(entry)])
        _note(settings, Head(entry.number, entry.hash))
    return entry


def verify(session: Session, settings: Settings, elsewhere: str | None = None) -> Verdict:
    """Check every entry, their order and their end; `elsewhere` is the hash of an entry that was noted elsewhere.

    Raises LakeError with the first number that is wrong, and why.
    """
    with holding(settings):
        head = read_head(settings)
        entries = read_entries(session)
    if wrong := find_break(entries):
        raise LakeError(f"{AUDIT.name}: {wrong}")
    finding = compare_head(entries, head)
    if finding and not finding.is_crash:
        raise LakeError(f"{AUDIT.name}: {finding.sentence}")
    if elsewhere is not None and elsewhere not in {entry.hash for entry in entries}:
        raise LakeError(
            f"{AUDIT.name}: no entry has the hash {elsewhere}: the log was cut or written anew after it was noted."
        )
    last = Head(entries[-1].number, entries[-1].hash) if entries else Head()
    return Verdict(last, finding.sentence if finding else None)


def read_entries(session: Session, since: int | None = None) -> list[Entry]:
    """The entries of the log, or those from a number on, in the order of their numbers."""
    rows = session.table(AUDIT.name)
    found = (rows if since is None else rows.where(f"number >= {since}")).select(*AUDIT.column_names).toArrow()
    entries = (Entry(**row) for row in found.to_pylist())
    return sorted(entries, key=lambda entry: (entry.number or 0, entry.hash or ""))


def read_head(settings: Settings) -> Head:
    """The entry that was noted as the last one; of a log without any, Head(). Raises LakeError when it is no head."""
    path = settings.audit / "head.json"
    if not path.exists():
        return Head()
    try:
        found = json.loads(path.read_text())
        return Head(int(found["number"]), str(found["hash"]))
    except (ValueError, TypeError, KeyError):
        raise LakeError(f"{path} does not hold number and hash of the last entry: put it back as it was.") from None


@contextmanager
def holding(settings: Settings, patience_s: float = PATIENCE_S) -> Iterator[None]:
    """Keep others from adding entries in the block. Raises InstanceError when they do not let go in `patience_s`."""
    settings.audit.mkdir(parents=True, exist_ok=True)
    with (settings.audit / "lock").open("w") as lock:
        until = time.monotonic() + patience_s
        while not _is_held(lock.fileno()):
            if time.monotonic() > until:
                raise InstanceError(
                    f"Another depthlake has held the audit log in {settings.audit} for {patience_s} s: wait until it "
                    "ends, and try again."
                )
            time.sleep(POLL_S)
        yield


def _is_held(lock: int) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _last(session: Session, noted: Head) -> Head:
    """The last entry: the one that was noted, or one that follows on it, of a writer that died before it noted it."""
    entries = read_entries(session, noted.number)
    known = [entry.hash for entry in entries if entry.number == noted.number]
    after = [entry for entry in entries if entry.number > noted.number]
    is_whole = known == ([noted.hash] if noted.number else [])
    follows = (noted.number + 1, noted.hash)
    if not is_whole or any((e.number, e.previous_hash) != follows or digest(e) != e.hash for e in after) or after[1:]:
        raise LakeError(
            f"{AUDIT.name} does not end where audit/head.json says, with number {noted.number}, so nothing is added: "
            "run depthlake audit verify."
        )
    return Head(after[0].number, after[0].hash) if after else noted


def _note(settings: Settings, head: Head) -> None:
    """Note the head so that, whatever dies, either the old or the new one stands there."""
    new = settings.audit / "head.new"
    with new.open("w") as file:
        json.dump({"number": head.number, "hash": head.hash}, file)
        file.flush()
        os.fsync(file.fileno())
    new.replace(settings.audit / "head.json")
    folder = os.open(settings.audit, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _sentence(error: BaseException) -> str:
    said, kind = sentence_of(error), type(error).__name__
    if isinstance(error, DepthlakeError):
        return said
    return f"{kind}." if said == kind else f"{kind}: {said}"
