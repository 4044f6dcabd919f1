"""Every table and view has a suite, whose expectations name what is there; row rules and suites say the same."""

from collections.abc import Sequence
from decimal import Decimal

import pyarrow as pa
import pytest
from pyspark.sql import DataFrame, SparkSession

from expectations.checks import Suite
from expectations.silver import RULES
from expectations.suites import SUITES, suite_named
from expectations.suites_silver import checks_of_rules
from expectations.validation import build_suite
from pipelines.gold.views import VIEWS
from pipelines.silver.levels import Levels, judge_levels
from schemas.errors import QualityError
from schemas.quality import DATA_QUALITY
from schemas.silver import LEVEL_FACTS
from spark_jobs.io import Lake
from spark_jobs.lakehouse import TABLES, create_catalog
from spark_jobs.quality import run_suite
from tests.expectations.test_rules import CASES, LARGEST, Change, rows_of

COLUMNS = {table.name: set(table.column_names) for table in TABLES} | {
    view.name: {name for name, _ in view.columns} for view in VIEWS
}
FACTS = [fact.name for fact in LEVEL_FACTS]
SIDES = ("bid_prices", "bid_quantities", "ask_prices", "ask_quantities")
ONE, TWO = Decimal(1), Decimal(2)
LISTS: list[Change] = [
    {"bid_quantities": []},
    {"ask_prices": [Decimal(0)]},
    {"bid_prices": [-ONE]},
    {"ask_quantities": [Decimal("-1e-9")]},
    {"bid_prices": [LARGEST]},
    {"ask_quantities": [LARGEST]},
    {"bid_prices": [ONE, TWO], "bid_quantities": [ONE, ONE]},
    {"ask_prices": [TWO, ONE], "ask_quantities": [ONE, ONE]},
    {"bid_prices": [], "bid_quantities": [], "ask_prices": [], "ask_quantities": []},
]


def judged(table: str, changes: Sequence[Change]) -> pa.RecordBatch:
    """Rows of a silver table, of books with the facts that follow from their levels."""
    rows = rows_of(table, changes)
    if "bid_prices" not in rows.schema.names:
        return rows
    units = {name: [[int(n * 10**9) for n in side] for side in rows.column(name).to_pylist()] for name in SIDES}
    lists = pa.RecordBatch.from_pydict({n: pa.array(sides, pa.list_(pa.int64())) for n, sides in units.items()})
    columns = dict(zip(rows.schema.names, rows.columns, strict=True)) | judge_levels(Levels.of(lists))
    return pa.RecordBatch.from_pydict(columns)


def stored(spark: SparkSession, rows: pa.RecordBatch) -> DataFrame:
    """What a table holds of the rows, and their number."""
    table = pa.Table.from_batches([rows]).drop_columns([name for name in FACTS if name in rows.schema.names])
    return spark.createDataFrame(table.append_column("number", pa.array(range(len(rows)), pa.int64())))


def changes_of(table: str) -> list[Change]:
    """A good row, and the cases of the row rules that say something of stored columns."""
    plain = [change for change, _ in CASES[table] if not set(change) & set(FACTS)]
    return [{}, *plain, *(LISTS if table in ("silver.quotes", "silver.depth") else [])]


def test_every_table_and_view_has_a_suite_but_the_one_that_keeps_their_results() -> None:
    assert set(SUITES) == set(COLUMNS) - {DATA_QUALITY.name}


@pytest.mark.parametrize("suite", SUITES.values(), ids=lambda suite: suite.name)
def test_suite_names_columns_that_are_there(suite: Suite) -> None:
    named = {*suite.keys, *(column for check in suite.checks for column in check.columns)}
    assert named <= COLUMNS[suite.name]
    assert suite.day_column in {"", *COLUMNS[suite.name]}


@pytest.mark.parametrize("suite", SUITES.values(), ids=lambda suite: suite.name)
def test_build_suite_has_an_expectation_a_check(suite: Suite) -> None:
    built = build_suite(suite)
    said = [(each.description, each.severity.value, each.meta["check"]) for each in built.expectations if each.meta]
    assert said == [(check.sentence, check.severity, number) for number, check in enumerate(suite.checks)]
    assert len({check.sentence for check in suite.checks}) == len(suite.checks)


def test_build_suite_of_some_checks() -> None:
    built = build_suite(SUITES["silver.trades"], frozenset({1, 3}))
    assert [each.meta["check"] for each in built.expectations if each.meta] == [1, 3]


@pytest.mark.parametrize("table", RULES)
def test_suite_holds_what_every_row_rule_asks(table: str) -> None:
    assert [rule.check.sentence for rule in RULES[table] if rule.check not in SUITES[table].checks] == []


def test_suite_named_without_a_suite() -> None:
    with pytest.raises(QualityError, match=r"^silver.trade has no suite of expectations: there are bronze.depth, "):
        suite_named("silver.trade")


@pytest.mark.spark
@pytest.mark.parametrize("table", RULES)
def test_checks_find_the_rows_that_row_rules_refuse(spark: SparkSession, table: str) -> None:
    rows, rules = judged(table, changes_of(table)), RULES[table]
    marks = [f"coalesce({rule.check.broken}, false) AS rule_{number}" for number, rule in enumerate(rules)]
    found = stored(spark, rows).selectExpr("number", *marks).orderBy("number").collect()
    for number, rule in enumerate(rules):
        assert {row.number for row in found if row[f"rule_{number}"]} == set(rule.find(rows)), rule.check.sentence
        assert rule.find(rows), f"no case breaks: {rule.check.sentence}"


@pytest.mark.spark
@pytest.mark.parametrize("table", RULES)
def test_suite_counts_the_rows_that_row_rules_refuse(spark: SparkSession, table: str) -> None:
    rows = judged(table, changes_of(table))
    suite = Suite(table, ("number",), "", checks_of_rules(table))
    good = run_suite(stored(spark, rows.slice(0, 1)), suite)
    assert [outcome.check.sentence for outcome in good.failures] == []
    bad = run_suite(stored(spark, rows), suite)
    counted = {outcome.check.sentence: outcome.unexpected_count for outcome in bad.outcomes}
    assert counted == {rule.check.sentence: len(rule.find(rows)) for rule in RULES[table]}


@pytest.mark.spark
def test_every_check_is_sql_that_its_table_understands(lake: Lake) -> None:
    create_catalog(lake)
    for suite in SUITES.values():
        rows = lake.spark.table(suite.name)
        for check in suite.checks:
            assert rows.where(check.broken or "false").select(*suite.keys).columns == list(suite.keys)
