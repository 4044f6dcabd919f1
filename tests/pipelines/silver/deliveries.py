"""Deliveries as bronze holds them, from messages given by their columns."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from functools import partial

import numpy as np
import pyarrow as pa

from expectations.silver import find_violations
from pipelines.silver.decode import type_messages
from pipelines.silver.judge import Judged, judge_deliveries
from pipelines.silver.levels import Flags
from pipelines.silver.repeats import LastSequences
from pipelines.wire import batch_of, encode
from schemas.bronze import COLUMNS
from schemas.registry import Table, Topic
from schemas.topics import QUOTES, TRADES
from spark_jobs.jobs import job_of

KAFKA_TS = datetime(2024, 8, 8, 12, tzinfo=UTC)
INGEST_TS = datetime(2024, 8, 8, 12, 0, 1, tzinfo=UTC)
VENUE_NS = int(KAFKA_TS.timestamp()) * 10**9
ONE = 10**9

GOOD = {"producer_id": "p", "symbol": "S", "venue": "XNAS", "venue_ts_ns": VENUE_NS, "receive_ts_ns": VENUE_NS + 1}
GOOD_OF = {
    TRADES: GOOD | {"trade_id": "t", "price": 100 * ONE, "quantity": ONE},
    QUOTES: GOOD
    | {"bid_prices": [99 * ONE], "bid_quantities": [3 * ONE], "ask_prices": [101 * ONE], "ask_quantities": [ONE]},
}


def payloads_of(topic: Topic, *changes: dict[str, object]) -> list[bytes]:
    """A message a change, good but for what the change says, numbered from 1."""
    good = GOOD_OF.get(topic, GOOD)
    rows = [good | {"seq": seq} | change for seq, change in enumerate(changes, 1)]
    columns = {name: [row.get(name, 0) for row in rows] for name in {name: None for row in rows for name in row}}
    kinds = {name: pa.list_(pa.int64()) for name in columns if name.endswith(("prices", "quantities"))}
    arrays = {name: pa.array(values, kinds.get(name)) for name, values in columns.items()}
    return encode(topic, batch_of(topic, arrays)).to_pylist()


def deliver(topic: Topic, payloads: Sequence[bytes | None]) -> pa.RecordBatch:
    """Bronze rows, at offsets from 0 of partition 0."""
    schema = job_of(topic.name).bronze.arrow_schema
    assert schema.names == [column.name for column in COLUMNS]
    rows = [
        (topic.name, 0, offset, KAFKA_TS, b"S", payload, INGEST_TS, date(2024, 8, 8))
        for offset, payload in enumerate(payloads)
    ]
    return pa.RecordBatch.from_pylist([dict(zip(schema.names, row, strict=True)) for row in rows], schema)


def judge(topic: Topic, *payloads: bytes | None, last: LastSequences | None = None) -> Judged:
    """Deliveries of these payloads, judged by the rules of their silver table."""
    table = job_of(topic.name).silver
    return judge_deliveries(deliver(topic, payloads), table, partial(find_violations, table.name), last or {})


def every(judged: Judged) -> Flags:
    """All rows chosen."""
    return np.ones(len(judged.rows), bool)


def typed(topic: Topic, batches: Sequence[pa.RecordBatch], table: Table) -> pa.Table:
    """Batches of the wire as rows of their silver table, delivered one after the other."""
    rows = pa.Table.from_batches(batches)
    (message,) = rows.combine_chunks().to_batches()
    schema = job_of(topic.name).bronze.arrow_schema
    kinds = {"kafka_topic": topic.name, "kafka_partition": 0, "kafka_ts": KAFKA_TS, "ingest_ts": INGEST_TS}
    columns = {name: pa.array([value] * len(rows), schema.field(name).type) for name, value in kinds.items()}
    columns["kafka_offset"] = pa.array(np.arange(len(rows)))
    return pa.Table.from_batches([type_messages(message, pa.RecordBatch.from_pydict(columns), table)]).select(
        table.column_names
    )
