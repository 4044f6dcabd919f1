"""How deliveries become a silver table: decode, date, judge, keep what was accepted."""

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from pipelines.silver.decode import decode_messages
from pipelines.silver.repeats import SeenSequences
from schemas.registry import Table


def judge_deliveries(deliveries: DataFrame, table: Table, violations: Column, seen: SeenSequences) -> DataFrame:
    """Bronze rows to the columns of a silver table with violations, is_decodable and is_repeat_suspect beside them."""
    return (
        deliveries.transform(decode_messages, table, seen)
        .transform(with_event_date)
        .transform(with_violations, violations)
    )


def build_silver(judged: DataFrame, table: Table) -> DataFrame:
    """What a silver table keeps of judged rows: those that break no rule."""
    return judged.transform(filter_accepted).select(*table.column_names)


def with_event_date(rows: DataFrame) -> DataFrame:
    """Add event_date, the UTC date of event_ts."""
    return rows.withColumn("event_date", F.to_date("event_ts"))


def with_violations(rows: DataFrame, violations: Column) -> DataFrame:
    """Add violations, a sentence a broken rule: for a payload that is no message, only the decoder's."""
    undecodable = F.array(F.concat(F.lit("payload cannot be decoded: "), "decode_error"))
    judged = F.when(F.col("decode_error").isNotNull(), undecodable).otherwise(violations)
    return rows.withColumn("violations", judged).withColumn("is_decodable", F.col("decode_error").isNull())


def filter_accepted(judged: DataFrame) -> DataFrame:
    """Rows that break no rule."""
    return judged.where(F.size("violations") == 0)


def filter_rejected(judged: DataFrame) -> DataFrame:
    """Rows that break a rule, or could not be decoded."""
    return judged.where(F.size("violations") > 0)
