"""Suites as Great Expectations has them, with two expectations of our own that run in Spark."""

from typing import Any, ClassVar

import great_expectations.expectations as gxe
from great_expectations.core import ExpectationSuite
from great_expectations.execution_engine.execution_engine import ExecutionEngine
from great_expectations.execution_engine.sparkdf_execution_engine import SparkDFExecutionEngine
from great_expectations.expectations.expectation import BatchExpectation, ColumnMapExpectation, Expectation
from great_expectations.expectations.metadata_types import FailureSeverity
from great_expectations.expectations.metrics.map_metric_provider.column_condition_partial import (
    column_condition_partial,
)
from great_expectations.expectations.metrics.map_metric_provider.column_map_metric_provider import (
    ColumnMapMetricProvider,
)
from great_expectations.expectations.metrics.metric_provider import metric_value
from great_expectations.expectations.metrics.table_metric_provider import TableMetricProvider
from pyspark.sql import Column
from pyspark.sql import functions as F

from expectations.checks import Check, Suite


class ColumnValuesSatisfySql(ColumnMapMetricProvider):
    """Rows of which a condition in SQL is true; it may read other columns too, and null passes."""

    condition_metric_name = "column_values.satisfy_sql"
    condition_value_keys = ("condition",)
    filter_column_isnull = False

    @column_condition_partial(engine=SparkDFExecutionEngine)
    def _spark(cls, column: Column, condition: str, **_: Any) -> Column:
        return F.expr(condition)


class ExpectColumnValuesToSatisfySql(ColumnMapExpectation):
    """Expect a condition in SQL to be true, or null, of every row."""

    condition: str
    map_metric: ClassVar[str] = "column_values.satisfy_sql"
    success_keys: ClassVar[tuple[str, ...]] = ("condition", "mostly")

    def _validate(
        self,
        metrics: dict[str, Any],
        runtime_configuration: dict[str, Any] | None = None,
        execution_engine: ExecutionEngine[Any] | None = None,
    ) -> dict[str, Any]:
        """As of any column, but a column without values does not pass for that alone."""
        said: dict[str, Any] = super()._validate(metrics, runtime_configuration, execution_engine)
        return said | {"success": not metrics[f"{self.map_metric}.unexpected_count"]}


class TableRepeatedKeys(TableMetricProvider):
    """How many keys more than one row has."""

    metric_name = "table.repeated_keys"
    value_keys = ("columns",)

    @metric_value(engine=SparkDFExecutionEngine)
    def _spark(
        cls,
        execution_engine: SparkDFExecutionEngine,
        metric_domain_kwargs: dict[str, Any],
        metric_value_kwargs: dict[str, Any],
        **_: Any,
    ) -> int:
        rows = execution_engine.get_domain_records(metric_domain_kwargs)
        return int(rows.groupBy(*metric_value_kwargs["columns"]).count().where("count > 1").count())


class ExpectKeysToBeUnique(BatchExpectation):
    """Expect no two rows to have the same values in some columns; null is a value."""

    columns: list[str]
    metric_dependencies: ClassVar[tuple[str, ...]] = ("table.repeated_keys",)
    success_keys: ClassVar[tuple[str, ...]] = ("columns",)

    def _validate(
        self,
        metrics: dict[str, Any],
        runtime_configuration: dict[str, Any] | None = None,
        execution_engine: ExecutionEngine[Any] | None = None,
    ) -> dict[str, Any]:
        count = metrics["table.repeated_keys"]
        return {"success": count == 0, "result": {"observed_value": count, "unexpected_count": count}}


OWN = {kind.__name__: kind for kind in (ExpectColumnValuesToSatisfySql, ExpectKeysToBeUnique)}


def build_suite(suite: Suite, chosen: frozenset[int] | None = None) -> ExpectationSuite:
    """The suite in Great Expectations, or those of its checks that `chosen` numbers; each says its number in `meta`."""
    numbered = [(number, check) for number, check in enumerate(suite.checks) if chosen is None or number in chosen]
    return ExpectationSuite(name=suite.name, expectations=[build_expectation(check, n) for n, check in numbered])


def build_expectation(check: Check, number: int) -> Expectation:
    """A check as an expectation that says the check's sentence in Data Docs."""
    kind = OWN.get(check.kind) or getattr(gxe, check.kind)
    built: Expectation = kind(
        **check.arguments,
        description=check.sentence,
        severity=FailureSeverity(check.severity),
        meta={"check": number},
    )
    return built
