"""Messages that come twice: cheap suspicion for every row, an exact answer for the suspects.

A producer numbers its messages upwards, and Kafka keeps the messages of one symbol in order. A row whose seq lies above
all that was seen of its (producer_id, symbol) is new for certain. Every other row is a suspect: a repeat, or a row that
was overtaken. Suspects are looked up among the rows that silver and its rejected table already hold.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyspark.sql import DataFrame

from pipelines.silver.levels import Flags

LastSequences = dict[tuple[str, str], int]
IDENTITY = ("producer_id", "seq")
DELIVERED = f"row_number() OVER (PARTITION BY {', '.join(IDENTITY)} ORDER BY kafka_partition, kafka_offset)"


def _nobody(found: LastSequences) -> None:
    """Nobody asks."""


@dataclass(frozen=True)
class SeenSequences:
    """The highest seq known of each (producer_id, symbol), and who is told, in the worker, of higher ones."""

    last: LastSequences = field(default_factory=dict)
    report: Callable[[LastSequences], None] = _nobody


def find_suspects(message: pa.RecordBatch, errors: Mapping[int, str], last: LastSequences) -> Flags:
    """Mark rows (n booleans) whose seq does not lie above every earlier one of their key; `last` is brought up to date.

    Rows in `errors`, and rows that name no producer, have no identity and are never suspects.
    """
    identified = pc.not_equal(message.column("producer_id"), "").to_numpy(zero_copy_only=False).copy()
    identified[list(errors)] = False
    suspects = np.zeros(len(message), bool)
    keys, codes = _keys(message)
    sequences = message.column("seq").to_numpy()
    for code, key in enumerate(keys):
        rows = np.flatnonzero((codes == code) & identified)
        if len(rows):
            before = np.maximum.accumulate(np.append(last.get(key, np.iinfo(np.int64).min), sequences[rows]))
            suspects[rows] = sequences[rows] <= before[:-1]
            last[key] = int(before[-1])
    return suspects


def _keys(message: pa.RecordBatch) -> tuple[list[tuple[str, str]], np.ndarray]:
    producers = pc.dictionary_encode(message.column("producer_id"))
    symbols = pc.dictionary_encode(message.column("symbol"))
    width = len(symbols.dictionary)
    pairs = producers.indices.to_numpy() * width + symbols.indices.to_numpy()
    present, codes = np.unique(pairs, return_inverse=True)
    names = producers.dictionary.to_pylist(), symbols.dictionary.to_pylist()
    return [(names[0][pair // width], names[1][pair % width]) for pair in present.tolist()], codes


def filter_first(suspects: DataFrame, known: DataFrame) -> DataFrame:
    """The suspects whose (producer_id, seq) is not among `known`; of several with one identity, the first delivered."""
    first = suspects.selectExpr("*", f"{DELIVERED} AS _delivery").where("_delivery = 1").drop("_delivery")
    return first.join(known.select(*IDENTITY), list(IDENTITY), "left_anti")


def fold_last_sequences(rows: DataFrame) -> DataFrame:
    """The highest seq of each (producer_id, symbol): producer_id, symbol, seq."""
    return rows.groupBy("producer_id", "symbol").agg({"seq": "max"}).withColumnRenamed("max(seq)", "seq")
