"""The rows of a tape, read from the files of silver where the lake lies: in a task of Spark, without Spark's rows."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import urlparse
from urllib.request import url2pathname

import pyarrow as pa
import pyarrow.dataset as ds
from deltalake import DeltaTable
from pyspark.sql.types import BinaryType, StringType, StructField, StructType

from pipelines.research.tape import Tape, build_tape
from spark_jobs.backtests.experiment import BOOKS, QUOTES, TRADES, Dataset
from spark_jobs.tables import Session

KEYS = ("event_ns", "venue_seq", "seq", "producer_id")
SHARED = ("symbol", "venue", *KEYS, "receive_ns", "has_venue_ts")
READS = {
    TRADES: (*SHARED, "price", "quantity", "aggressor_side"),
    QUOTES: (*SHARED, "bid_price", "bid_quantity", "ask_price", "ask_quantity"),
    BOOKS: (
        *(*SHARED, "is_valid", "is_recovered"),
        *("bid_prices", "bid_quantities", "ask_prices", "ask_quantities"),
    ),
}
ROWS_A_PIECE = 65_536
PIECES = StructType([StructField("name", StringType()), StructField("rows", BinaryType())])
PIECE = pa.schema([("name", pa.string()), ("rows", pa.binary())])
PACKED = pa.ipc.IpcWriteOptions(compression="zstd")
Versions = Mapping[str, int]


@dataclass(frozen=True)
class Files:
    """A data set, and of each of its tables where it lies and which version is meant."""

    dataset: Dataset
    folders: Mapping[str, str]
    versions: Versions

    def read(self, name: str) -> pa.Table:
        """The rows of a table that belong to the data set, in any order: the columns that a tape needs.

        Raises DeltaError where the files of the version are gone, or the table needs more of a reader than files.
        """
        days = self.dataset.days
        of_days = (ds.field("event_date") >= days.begin) & (ds.field("event_date") <= days.end)
        is_there = (ds.field("symbol") == self.dataset.symbol) & (ds.field("venue") == self.dataset.venue)
        table = DeltaTable(self.folders[name], version=self.versions[name])
        return table.to_pyarrow_dataset().to_table(columns=list(READS[name]), filter=of_days & is_there)

    def read_tape(self) -> Tape:
        """The tape of the data set. Raises ResearchError where there is no market."""
        return make_tape(*(self.read(name) for name in self.dataset.tables))


def locate(session: Session, dataset: Dataset, versions: Versions) -> Files:
    """Where the tables of a data set lie, at some versions."""
    folders = {name: _folder(session, name) for name in dataset.tables}
    return Files(dataset, folders, {name: versions[name] for name in dataset.tables})


def fetch(session: Session, files: Files) -> dict[str, pa.Table]:
    """The rows of each table of a data set, by its name, from wherever the lake lies."""
    packed = session.range(0, 1, 1, 1).mapInArrow(pack(files), PIECES).toArrow()
    pieces: dict[str, list[pa.Table]] = {name: [] for name in files.dataset.tables}
    for row in packed.to_pylist():
        pieces[row["name"]].append(pa.ipc.open_stream(row["rows"]).read_all())
    return {name: pa.concat_tables(tables) for name, tables in pieces.items()}


def pack(files: Files) -> Callable[[Iterator[pa.RecordBatch]], Iterator[pa.RecordBatch]]:
    """What a task of Spark does: the rows of each table as streams of Arrow's, a piece at a time."""

    def work(_: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for name in files.dataset.tables:
            rows = files.read(name)
            for begin in range(0, max(len(rows), 1), ROWS_A_PIECE):
                piece = _packed(rows.slice(begin, ROWS_A_PIECE))
                yield pa.RecordBatch.from_pydict({"name": [name], "rows": [piece]}, PIECE)

    return work


def make_tape(market: pa.Table, trades: pa.Table) -> Tape:
    """The tape of rows in any order: the same rows give the same tape."""
    keys = [(name, "ascending") for name in KEYS]
    return build_tape(market.sort_by(keys), trades.sort_by(keys))


def _folder(session: Session, name: str) -> str:
    location = session.sql(f"DESCRIBE DETAIL {name}").select("location").collect()[0].location
    return url2pathname(urlparse(location).path)


def _packed(rows: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, rows.schema, options=PACKED) as stream:
        stream.write_table(rows)
    return bytes(sink.getvalue())
