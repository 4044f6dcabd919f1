"""Suites of bronze, and of what silver refused."""

from expectations.checks import Check, Suite, at_least, never, of_day, one_of, present, suite_of, unique
from schemas import bronze, silver
from schemas.bronze import DELIVERY_IDENTITY
from schemas.registry import Table


def _deliveries(table: Table) -> tuple[Check, ...]:
    return (
        *present(*DELIVERY_IDENTITY, "ingest_ts", "ingest_date"),
        one_of("kafka_topic", [table.topic.name]),
        at_least("kafka_partition", -1),
        at_least("kafka_offset", 0),
        of_day("ingest_date", "ingest_ts"),
        unique(*DELIVERY_IDENTITY),
    )


def _bronze(table: Table) -> Suite:
    return suite_of(table, DELIVERY_IDENTITY, *_deliveries(table), *present("raw_value"))


def _rejected(table: Table) -> Suite:
    said = never("size(violations) = 0", "violations says why the row was refused", "violations")
    return suite_of(table, DELIVERY_IDENTITY, *_deliveries(table), *present("violations", "is_decodable"), said)


SUITES = (*map(_bronze, bronze.TABLES), *map(_rejected, silver.REJECTED_TABLES))
