"""Rejected rows: what silver refused, with its bytes, so that it can be looked at and sent again."""

from pyspark.sql import DataFrame

from pipelines.silver.judge import filter_rejected
from schemas.bronze import DELIVERY_IDENTITY
from schemas.registry import Table


def build_rejected(judged: DataFrame, deliveries: DataFrame, table: Table) -> DataFrame:
    """Judged rows that broke a rule, beside the bytes of the delivery they came from."""
    bytes_of = deliveries.select(*DELIVERY_IDENTITY, "raw_key", "raw_value", "ingest_date")
    return judged.transform(filter_rejected).join(bytes_of, list(DELIVERY_IDENTITY)).select(*table.column_names)
