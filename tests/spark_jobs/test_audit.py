"""The audit log over a real Delta table: who does what to it behind depthlake's back is found."""

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from pyspark.errors import PySparkException

from schemas.audit import AUDIT
from schemas.errors import InstanceError, LakeError, SourceError
from spark_jobs.audit import (
    Deed,
    Verdict,
    append,
    audited,
    holding,
    local_actor,
    read_entries,
    read_head,
    verify,
)
from spark_jobs.chain import Entry, Head
from spark_jobs.io import Lake
from spark_jobs.settings import Settings

pytestmark = pytest.mark.spark


@pytest.fixture
def log(lake: Lake) -> Lake:
    """A lake with an empty audit log."""
    lake.create(AUDIT)
    return lake


def do(log: Lake, *subjects: str) -> list[Entry]:
    """An entry for each subject."""
    return [append(log.spark, log.settings, Deed("REFRESH", each, {"day": "é"}), "DONE", None) for each in subjects]


def check(log: Lake, head: str | None = None) -> Verdict:
    return verify(log.spark, log.settings, head)


def tamper(log: Lake, *statements: str) -> None:
    """Statements on the table, once it no longer refuses them."""
    log.spark.sql("ALTER TABLE gold.audit_log UNSET TBLPROPERTIES IF EXISTS ('delta.appendOnly')")
    for statement in statements:
        log.spark.sql(statement)


def overwrite(log: Lake, entries: list[Entry]) -> None:
    """The table holds these entries and nothing else."""
    tamper(log)
    rows = [tuple(getattr(entry, name) for name in AUDIT.column_names) for entry in entries]
    frame = log.spark.createDataFrame(rows, AUDIT.schema)
    frame.write.insertInto(AUDIT.name, overwrite=True)


def head_file(log: Lake) -> Path:
    return log.settings.audit / "head.json"


def test_append_chains_entries_and_notes_the_last(log: Lake) -> None:
    written = do(log, "one", "two")
    assert read_entries(log.spark) == written
    assert [entry.number for entry in written] == [1, 2]
    assert written[1].previous_hash == written[0].hash
    assert json.loads(written[0].inputs) == {"day": "é"}
    assert json.loads(head_file(log).read_text()) == {"number": 2, "hash": written[1].hash}
    assert check(log) == Verdict(Head(2, written[1].hash), None)
    assert check(log, written[0].hash) == check(log)


def test_verify_of_an_empty_log(log: Lake) -> None:
    assert check(log) == Verdict(Head(), None)


def test_append_by_many_at_once_does_not_fork_the_chain(log: Lake) -> None:
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(partial(do, log), map(str, range(8))))
    assert check(log).head.number == 8
    assert sorted(entry.subject for entry in read_entries(log.spark)) == list(map(str, range(8)))


@pytest.mark.parametrize("statement", ["UPDATE gold.audit_log SET actor = 'x'", "DELETE FROM gold.audit_log"])
def test_log_refuses_changes(log: Lake, statement: str) -> None:
    do(log, "one")
    with pytest.raises(PySparkException, match="only allow appends"):
        log.spark.sql(statement)


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ("UPDATE gold.audit_log SET sentence = 'fine' WHERE number = 2", "Number 2 was changed"),
        ("DELETE FROM gold.audit_log WHERE number = 2", "Number 2 is missing: after 1 comes 3."),
        ("UPDATE gold.audit_log SET number = 5 - number WHERE number IN (2, 3)", "Number 2 is out of order: it was"),
        ("DELETE FROM gold.audit_log WHERE number > 2", "The log ends with number 2, but number 4 was written: 2 ent"),
        ("INSERT INTO gold.audit_log SELECT * FROM gold.audit_log WHERE number = 3", "Number 3 stands twice: the ch"),
        ("RESTORE TABLE gold.audit_log TO VERSION AS OF 2", "The log ends with number 2, but number 4 was written"),
        ("DELETE FROM gold.audit_log", "The log ends with number 0, but number 4 was written"),
    ],
)
def test_verify_finds_what_was_done_to_the_table(log: Lake, statement: str, expected: str) -> None:
    do(log, "one", "two", "three", "four")
    tamper(log, statement)
    with pytest.raises(LakeError, match=f"^gold.audit_log: {expected}"):
        check(log)


def test_verify_finds_a_fork_of_two_logs(log: Lake) -> None:
    one, two, three = do(log, "one", "two", "three")
    overwrite(log, [one])
    head_file(log).write_text(json.dumps({"number": 1, "hash": one.hash}))
    (other,) = do(log, "another")
    overwrite(log, [one, two, other, three])
    with pytest.raises(LakeError, match="Number 2 stands twice: the chain forks there"):
        check(log)


def test_verify_of_a_log_written_anew_needs_a_head_from_elsewhere(log: Lake) -> None:
    head = do(log, "one", "two")[1].hash
    overwrite(log, [])
    head_file(log).unlink()
    do(log, "one", "another")
    assert check(log).head.number == 2
    with pytest.raises(LakeError, match=f"no entry has the hash {head}: the log was cut or written anew"):
        check(log, head)


def test_append_to_a_log_that_was_cut_adds_nothing(log: Lake) -> None:
    do(log, "one", "two")
    tamper(log, "DELETE FROM gold.audit_log WHERE number = 2")
    with pytest.raises(LakeError, match=r"does not end where audit/head.json says, with number 2, .*audit verify"):
        do(log, "three")
    assert len(read_entries(log.spark)) == 1


@pytest.mark.parametrize("count", [1, 3])
def test_append_makes_good_what_a_crash_between_commit_and_note_left(log: Lake, count: int) -> None:
    *before, last = do(log, *map(str, range(count)))
    if before:
        head_file(log).write_text(json.dumps({"number": before[-1].number, "hash": before[-1].hash}))
    else:
        head_file(log).unlink()
    assert f"Number {count} was committed, but not noted as the head: its writer died" in (check(log).crash or "")
    (after,) = do(log, "after")
    assert after.previous_hash == last.hash
    assert check(log) == Verdict(Head(count + 1, after.hash), None)


def test_append_after_two_entries_that_were_not_noted_adds_nothing(log: Lake) -> None:
    one, *_ = do(log, "one", "two", "three")
    head_file(log).write_text(json.dumps({"number": 1, "hash": one.hash}))
    with pytest.raises(LakeError, match="nothing is added"):
        do(log, "four")
    with pytest.raises(LakeError, match="Numbers 2 to 3 came after the head that was noted, number 1"):
        check(log)


def test_verify_without_a_noted_head(log: Lake) -> None:
    do(log, "one", "two")
    head_file(log).unlink()
    with pytest.raises(LakeError, match=r"There are 2 entries, but none is noted as the head: audit/head.json is gone"):
        check(log)


@pytest.mark.parametrize("text", ["{", "3", '{"number": 1}', '{"number": "x", "hash": ""}'])
def test_read_head_of_another_file_says_what_to_do(log: Lake, text: str) -> None:
    log.settings.audit.mkdir(parents=True)
    head_file(log).write_text(text)
    with pytest.raises(LakeError, match=r"head.json does not hold number and hash of the last entry: put it back"):
        read_head(log.settings)


def test_holding_what_another_holds_gives_up(instance_settings: Settings) -> None:
    with (
        holding(instance_settings),
        pytest.raises(InstanceError, match=r"Another depthlake has held the audit log in .*audit for 0.1 s: wait"),
        holding(instance_settings, 0.1),
    ):
        pass
    with holding(instance_settings):
        pass


def test_audited_notes_what_was_done(log: Lake) -> None:
    with audited(log.spark, log.settings, Deed("REFRESH", "gold.bars", {})) as said:
        said += ["2 rows.", "1 day."]
    (entry,) = read_entries(log.spark)
    assert (entry.actor, entry.outcome, entry.sentence) == (local_actor(), "DONE", "2 rows. 1 day.")


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (SourceError("f.csv, line 1: no."), "f.csv, line 1: no."),
        (ValueError("a\nb"), "ValueError: a"),
        (KeyboardInterrupt(), "KeyboardInterrupt."),
    ],
)
def test_audited_notes_what_failed_and_raises_it(log: Lake, error: BaseException, expected: str) -> None:
    with pytest.raises(type(error)), audited(log.spark, log.settings, Deed("IMPORT", "f.csv", {}, "dagster")):
        raise error
    (entry,) = read_entries(log.spark)
    assert (entry.actor, entry.outcome, entry.sentence) == ("dagster", "FAILED", expected)


def test_audited_over_a_log_that_was_cut_does_not_begin(log: Lake) -> None:
    do(log, "one")
    tamper(log, "DELETE FROM gold.audit_log")
    done = []
    deed = Deed("REFRESH", "gold.bars", {})
    with pytest.raises(LakeError, match="run depthlake audit verify"), audited(log.spark, log.settings, deed):
        done.append("work")
    assert done == []


def test_audited_that_cannot_note_a_failure_raises_the_failure(log: Lake) -> None:
    deed = Deed("REFRESH", "gold.bars", {})
    with pytest.raises(SourceError, match="no") as caught, audited(log.spark, log.settings, deed):
        log.spark.sql("DROP TABLE gold.audit_log")
        raise SourceError("no")
    assert "It is not in gold.audit_log" in "".join(caught.value.__notes__)


def test_table_that_is_not_append_only_takes_changes(lake: Lake) -> None:
    lake.create(replace(AUDIT, name="gold.x", is_append_only=False))
    lake.spark.sql("DELETE FROM gold.x")
