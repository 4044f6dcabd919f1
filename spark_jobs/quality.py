"""Suites of expectations, run on the tables of the lake: what holds of a day, what does not, and which rows break it.

A suite is first asked only whether each expectation holds, which takes a scan; those that fail are asked again, with
what was seen and some of the rows.
"""

import threading
import time
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import great_expectations as gx
from great_expectations.core import ExpectationSuite, ExpectationSuiteValidationResult, ExpectationValidationResult
from great_expectations.data_context.types.base import (
    DataContextConfig,
    InMemoryStoreBackendDefaults,
    ProgressBarsConfig,
)
from great_expectations.datasource.fluent.interfaces import Batch
from pyspark.sql import DataFrame
from pyspark.sql.connect.session import SparkSession as ConnectSession

from expectations.checks import KEYS_UNIQUE, Check, Suite
from expectations.suites import suite_named
from expectations.validation import build_suite
from schemas.errors import QualityError
from schemas.quality import DATA_QUALITY
from spark_jobs.refresh import Days
from spark_jobs.settings import variable
from spark_jobs.tables import Session, append_rows

SAMPLE_ROWS = 10
BRIEF = {"result_format": "BOOLEAN_ONLY"}
DETAILS = {"result_format": "SUMMARY", "partial_unexpected_count": SAMPLE_ROWS}
_ALONE = threading.Lock()  # Great Expectations keeps its context in one place of the process


@dataclass(frozen=True)
class Outcome:
    """What became of a check: what was seen and how many rows break it where it fails, and some of them as JSON."""

    check: Check
    is_success: bool
    observed_value: str | None = None
    unexpected_count: int | None = 0
    sample: tuple[str, ...] = ()

    @property
    def is_blocking(self) -> bool:
        """Whether the table must not go on."""
        return not self.is_success and self.check.severity == "critical"


@dataclass(frozen=True)
class QualityResult:
    """What a suite said of a table, or of a day of it; `document` is the same as Great Expectations has it."""

    table_name: str
    day: date | None
    outcomes: tuple[Outcome, ...]
    seconds: float
    document: ExpectationSuiteValidationResult

    @property
    def failures(self) -> tuple[Outcome, ...]:
        """Those that do not hold."""
        return tuple(outcome for outcome in self.outcomes if not outcome.is_success)

    @property
    def is_blocked(self) -> bool:
        """Whether the table must not go on."""
        return any(outcome.is_blocking for outcome in self.outcomes)


def check(session: Session, name: str, day: date | None = None) -> QualityResult:
    """Run the suite of a table or view, on a day of its partition or on all of it.

    Raises QualityError when there is no such suite, when the table has no days, or when an expectation cannot be asked.
    """
    suite = suite_named(name)
    return run_suite(read_rows(session, suite, Days(day, day) if day else None), suite, day)


def run_suite(rows: DataFrame, suite: Suite, day: date | None = None) -> QualityResult:
    """Run a suite on rows, those of `day`. Raises QualityError when an expectation cannot be asked."""
    started = time.monotonic()
    with _ALONE, _functions_of(rows.sparkSession):
        batch = _batch(rows, suite)
        document = _validate(batch, build_suite(suite), BRIEF)
        failed = frozenset(_number(result) for result in document.results if not result.success)
        if failed:
            again = _validate(batch, build_suite(suite, failed), DETAILS)
            detailed = {_number(result): result for result in again.results}
            document.results = [detailed.get(_number(result), result) for result in document.results]
    by_number = {_number(result): result for result in document.results}
    outcomes = tuple(_outcome(rows, suite, number, by_number[number]) for number in range(len(suite.checks)))
    return QualityResult(suite.name, day, outcomes, time.monotonic() - started, document)


def read_rows(session: Session, suite: Suite, days: Days | None) -> DataFrame:
    """The rows that a suite is asked about. Raises QualityError when days are asked of what has none."""
    if days and not suite.day_column:
        raise QualityError(f"{suite.name} has no days: check all of it, without a day.")
    rows = session.table(suite.name)
    return rows.where(days.on(suite.day_column)) if days else rows


def sample_rows(rows: DataFrame, suite: Suite, check: Check) -> tuple[str, ...]:
    """At most ten rows that break a check, as JSON: the table's keys and the columns at stake."""
    names = tuple(dict.fromkeys((*suite.keys, *check.columns)))
    if check.kind == KEYS_UNIQUE:
        broken = rows.groupBy(*check.columns).count().where("count > 1")
        names = (*check.columns, "count")
    elif check.broken:
        broken = rows.where(check.broken)
    else:
        return ()
    record = f"to_json(struct({', '.join(names)}), map('ignoreNullFields', 'false')) AS record"
    return tuple(row.record for row in broken.limit(SAMPLE_ROWS).selectExpr(record).collect())


def append_results(session: Session, results: Sequence[QualityResult], run_id: str, check_ts: datetime) -> int:
    """Append what a run found to gold.data_quality of the lakehouse; gives the number of rows."""
    run = {"run_id": run_id, "check_ts": check_ts, "check_date": check_ts.date()}
    records = [run | _record(result, outcome) for result in results for outcome in result.outcomes]
    rows = [tuple(record[name] for name in DATA_QUALITY.column_names) for record in records]
    append_rows(session, DATA_QUALITY, rows)
    return len(rows)


def require_passed(results: Sequence[QualityResult]) -> None:
    """Raise QualityError, naming the tables, when a critical expectation failed."""
    if blocked := [result.table_name for result in results if result.is_blocked]:
        where = "see gold.data_quality where is_blocking"
        raise QualityError(f"Critical expectations do not hold, of {', '.join(blocked)}: {where}.")


def _record(result: QualityResult, outcome: Outcome) -> dict[str, Any]:
    return {
        "table_name": result.table_name,
        "event_date": result.day,
        "expectation": outcome.check.sentence,
        "kind": outcome.check.kind,
        "column_name": next(iter(outcome.check.columns), None),
        "severity": outcome.check.severity,
        "is_success": outcome.is_success,
        "is_blocking": outcome.is_blocking,
        "observed_value": outcome.observed_value,
        "unexpected_count": outcome.unexpected_count,
        "sample": list(outcome.sample),
    }


def _functions_of(session: Session) -> AbstractContextManager[None]:
    """Great Expectations builds columns with pyspark.sql.functions, which are Connect's where this variable says so."""
    return variable("SPARK_CONNECT_MODE_ENABLED", "1") if isinstance(session, ConnectSession) else nullcontext()


def _batch(rows: DataFrame, suite: Suite) -> Batch:
    config = DataContextConfig(
        store_backend_defaults=InMemoryStoreBackendDefaults(),
        analytics_enabled=False,
        progress_bars=ProgressBarsConfig(globally=False),
    )
    context = gx.get_context(mode="ephemeral", project_config=config)
    asset = context.data_sources.add_spark("lake", persist=False).add_dataframe_asset(suite.name)
    return asset.add_batch_definition_whole_dataframe("rows").get_batch({"dataframe": rows})


def _validate(batch: Batch, suite: ExpectationSuite, detail: dict[str, Any]) -> ExpectationSuiteValidationResult:
    """Raises QualityError when an expectation cannot be asked, which is not the fault of the rows."""
    document = batch.validate(suite, result_format=detail)
    for result in document.results:
        said = result.exception_info or {}
        for each in [said] if "raised_exception" in said else said.values():
            if each["raised_exception"]:
                why = str(each["exception_message"]).strip().splitlines()[0]
                raise QualityError(f"{suite.name} cannot be checked: {why}")
    return document


def _number(result: ExpectationValidationResult) -> int:
    """The place of its check in the suite."""
    assert result.expectation_config is not None
    return int(result.expectation_config.meta["check"])


def _outcome(rows: DataFrame, suite: Suite, number: int, result: ExpectationValidationResult) -> Outcome:
    check, said = suite.checks[number], result.result
    if result.success:
        return Outcome(check, True)
    values = said.get("partial_unexpected_list")
    observed = said["observed_value"] if "observed_value" in said else ", ".join(map(str, values or ()))
    return Outcome(check, False, str(observed), said.get("unexpected_count"), sample_rows(rows, suite, check))
