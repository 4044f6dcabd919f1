"""`depthlake quality`: which suites it runs, what it prints, what it refuses."""

from datetime import date
from pathlib import Path

import pytest
from great_expectations.core import ExpectationSuiteValidationResult
from typer.testing import CliRunner

from expectations.checks import above, unique
from expectations.suites import SUITES
from schemas.errors import QualityError
from spark_jobs.cli.app import app
from spark_jobs.cli.quality import choose_suites, lines_of
from spark_jobs.quality import Outcome, QualityResult

DAY = date(2024, 8, 8)


def result_of(*outcomes: Outcome, day: date | None = None) -> QualityResult:
    document = ExpectationSuiteValidationResult(True, [], "silver.trades")
    return QualityResult("silver.trades", day, outcomes, 1.25, document)


def test_choose_suites_without_names_are_all() -> None:
    assert choose_suites([], None) == list(SUITES)


def test_choose_suites_of_a_day_are_those_with_days() -> None:
    without = {"gold.venues", "gold.ats_weekly", "gold.execution_quality_1mo"}
    assert set(SUITES) - set(choose_suites([], DAY)) == without


def test_choose_suites_by_name() -> None:
    assert choose_suites(["silver.trades", "gold.venues"], None) == ["silver.trades", "gold.venues"]


@pytest.mark.parametrize(
    ("tables", "day", "sentence"),
    [
        (["silver.trade"], None, r"^silver.trade has no suite of expectations: there are .*\.$"),
        (["gold.venues", "silver.trades"], DAY, r"^gold.venues has no days: leave --day out, or the name.$"),
    ],
)
def test_choose_suites_refuses_bad_names(tables: list[str], day: date | None, sentence: str) -> None:
    with pytest.raises(QualityError, match=sentence):
        choose_suites(tables, day)


def test_lines_of_a_suite_that_passes() -> None:
    assert lines_of(result_of(Outcome(above("price", 0), True))) == ["silver.trades: passed 1 of 1, 1.2 s"]


def test_lines_of_a_suite_that_fails() -> None:
    bad = Outcome(above("price", 0), False, "-1", 1200, ('{"seq":3}', '{"seq":4}'))
    twice = Outcome(unique("seq"), False, "2", None)
    assert lines_of(result_of(bad, twice, day=DAY)) == [
        "silver.trades of 2024-08-08: passed 0 of 2, 1.2 s",
        "  critical: price is above 0, but not of 1,200",
        '    {"seq":3}',
        '    {"seq":4}',
        "  critical: no two rows have the same seq",
    ]


def test_quality_of_a_bad_day(tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["--home", str(tmp_path), "quality", "--day", "yesterday"])
    assert done.exit_code == 2
    assert "Invalid value for '--day'" in done.output


def test_quality_without_an_instance(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEPTHLAKE_CONNECT_PORT", "1")
    done = CliRunner().invoke(app, ["--home", str(tmp_path), "quality", "silver.trades"])
    assert str(done.exception) == "Nothing answers at sc://127.0.0.1:1: run depthlake up."
