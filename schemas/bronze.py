"""Bronze: what arrived, as bytes, with the identity of its delivery."""

from schemas import types as t
from schemas.registry import Column, Table, Topic
from schemas.topics import DEPTH, ORDER_EVENTS, ORDERS, QUOTES, TRADES

DELIVERY = (
    Column("kafka_topic", t.TEXT, "Topic of the delivery"),
    Column("kafka_partition", t.PARTITION, "Partition of the delivery; -1: imported from a file"),
    Column("kafka_offset", t.OFFSET, "Offset of the delivery: (topic, partition, offset) names it"),
    Column("kafka_ts", t.TIME, "The record's Kafka time; of an import, when it began"),
)

# With its time: a topic that is deleted and made again gives its offsets a second time.
DELIVERY_IDENTITY = ("kafka_topic", "kafka_partition", "kafka_offset", "kafka_ts")

RAW = (
    Column("raw_key", t.BYTES, "Key as it arrived"),
    Column("raw_value", t.BYTES, "Payload as it arrived"),
)

COLUMNS = (
    *DELIVERY,
    *RAW,
    Column("ingest_ts", t.TIME, "When the micro-batch that wrote this row began"),
    Column("ingest_date", t.DATE, "UTC date of ingest_ts: the partition"),
)


def _table(topic: Topic) -> Table:
    comment = f"Every delivery on {topic.name} that could be decoded, byte for byte"
    return Table(f"bronze.{topic.noun}", comment, COLUMNS, (topic,), "ingest_date")


BRONZE_ORDERS = _table(ORDERS)
BRONZE_TRADES = _table(TRADES)
BRONZE_QUOTES = _table(QUOTES)
BRONZE_DEPTH = _table(DEPTH)
BRONZE_ORDER_EVENTS = _table(ORDER_EVENTS)

TABLES = (BRONZE_ORDERS, BRONZE_TRADES, BRONZE_QUOTES, BRONZE_DEPTH, BRONZE_ORDER_EVENTS)
