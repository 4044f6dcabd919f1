"""The partition ledger: which days of which tables were computed anew, from what, and which failed."""

import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime

from schemas.errors import DepthlakeError
from schemas.ledger import PARTITION_LEDGER
from spark_jobs.audit import Deed, audited, local_actor
from spark_jobs.backfill import Written, backfill, backfillable
from spark_jobs.mishaps import SPARK_ERRORS, sentence_of
from spark_jobs.refresh import Days
from spark_jobs.settings import Settings
from spark_jobs.tables import Session, append_rows

WRITTEN, FAILED = "WRITTEN", "FAILED"


@dataclass(frozen=True)
class Run:
    """A run: its id, when it began, and who runs it."""

    run_id: str
    run_ts: datetime
    actor: str = field(default_factory=local_actor)


def backfill_recorded(session: Session, settings: Settings, name: str, days: Days, run: Run) -> Written:
    """Backfill days of a table; the ledger says afterwards what they came to, or that they failed, and why.

    The audit log has an entry too. Raises what `backfill` raises, LakeError when that log is not as it was written.
    """
    inputs: dict[str, object] = {"table": name, "days": str(days)}
    deed = Deed("BACKFILL", f"{name}, {days}", inputs, run.actor, run.run_id)
    with audited(session, settings, deed) as said, _failure_recorded(session, name, days, run):
        written = backfill(session, name, days, run.run_ts)
        append_rows(session, PARTITION_LEDGER, _written_rows(written, days, run))
        inputs["versions"] = dict(written.versions_read)
        said.append(f"{written.row_count:,} rows, version {written.version}.")
    return written


def failed_days(session: Session) -> dict[str, list[Days]]:
    """The days, by table, of which the last attempt failed; the tables in the order in which they are computed."""
    query = f"""
SELECT table_name, event_date FROM {PARTITION_LEDGER.name}
GROUP BY table_name, event_date HAVING max_by(outcome, run_ts) = '{FAILED}' ORDER BY event_date"""
    found: dict[str, list[date]] = {}
    for row in session.sql(query).collect():
        found.setdefault(row.table_name, []).append(row.event_date)
    return {name: list(spans(found[name])) for name in backfillable() if name in found}


def spans(days: Iterable[date]) -> Iterator[Days]:
    """Days in order as runs of days without a hole."""
    begin = end = None
    for day in days:
        if end is not None and (day - end).days > 1:
            yield Days(begin or end, end)
            begin = None
        begin, end = begin or day, day
    if begin is not None and end is not None:
        yield Days(begin, end)


@contextmanager
def _failure_recorded(session: Session, name: str, days: Days, run: Run) -> Iterator[None]:
    began = time.monotonic()
    try:
        yield
    except (DepthlakeError, *SPARK_ERRORS) as error:
        failed = {"outcome": FAILED, "took_ms": int(1000 * (time.monotonic() - began)), "sentence": sentence_of(error)}
        try:
            append_rows(session, PARTITION_LEDGER, [_row(run, name, day, **failed) for day in each_day(days)])
        except SPARK_ERRORS as other:  # as on a full disk
            error.add_note(f"It is not in {PARTITION_LEDGER.name}: {sentence_of(other)}")
        raise


def each_day(days: Days) -> list[date]:
    """The days in order."""
    return [date.fromordinal(number) for number in range(days.begin.toordinal(), days.end.toordinal() + 1)]


def _written_rows(written: Written, days: Days, run: Run) -> list[tuple[object, ...]]:
    after, before = ({each.event_date: each for each in prints} for prints in (written.prints, written.before))
    return [
        _row(
            run,
            written.table_name,
            day,
            outcome=WRITTEN,
            took_ms=int(1000 * written.took_s),
            row_count=after[day].row_count if day in after else 0,
            hash=after[day].hash if day in after else None,
            row_count_before=before[day].row_count if day in before else 0,
            hash_before=before[day].hash if day in before else None,
            versions_read=dict(written.versions_read),
            version_written=written.version,
        )
        for day in each_day(days)
    ]


def _row(run: Run, name: str, day: date, **values: object) -> tuple[object, ...]:
    known = {"run_ts": run.run_ts, "run_id": run.run_id, "table_name": name, "event_date": day}
    row = {**known, **values, "run_date": run.run_ts.date()}
    return tuple(row.get(column) for column in PARTITION_LEDGER.column_names)
