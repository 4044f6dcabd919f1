"""The captures as the rows of silver that tables by the day follow from."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from pipelines.gold.daily.declare import Daily
from pipelines.gold.daily.tables import DAILY
from pipelines.silver.book_rows import READS
from pipelines.silver.books import build_books
from pipelines.source.importers.binance import read_captures
from schemas.daily import BOOK_INTEGRITY
from schemas.registry import Table
from schemas.silver import BOOKS, SILVER_DEPTH, SILVER_ORDER_EVENTS, SILVER_ORDERS, SILVER_QUOTES, SILVER_TRADES
from tests.house_rules import ROOT
from tests.pipelines.silver.deliveries import typed

DATA = ROOT.parent / "shared" / "data" / "binance"


@dataclass(frozen=True)
class Day:
    """Tables of one symbol, venue and day; those by the day are built of them when they are asked for."""

    tables: Mapping[str, pa.Table]

    def on(self, day: date) -> "Day":
        """Only the rows of that UTC day."""
        return Day({name: rows.filter(pc.equal(rows.column("event_date"), day)) for name, rows in self.tables.items()})

    def near(self, day: date) -> "Day":
        """The rows of that UTC day, and those of others that were received on it."""
        return Day({name: rows.filter(_is_near(rows, day)) for name, rows in self.tables.items()})

    def build_on(self, daily: Daily, day: date) -> pa.Table:
        """A day's rows of a table by the day, from what `refresh` reads for it."""
        of_day, near = self.on(day), self.near(day)
        parts = enumerate(daily.inputs)
        inputs = {each.name: (near if each.by_receipt else of_day).input(daily, n) for n, each in parts}
        rows = daily.build(inputs)
        return rows.filter(pc.equal(rows.column("event_date"), day))

    def build(self, daily: Daily) -> pa.Table:
        """The rows of a table by the day."""
        return daily.build({each.name: self.input(daily, number) for number, each in enumerate(daily.inputs)})

    def integrity(self) -> pa.Table:
        """Its rows of gold.book_integrity_1m."""
        return self.build(DAILY[0])

    def input(self, daily: Daily, number: int) -> pa.Table:
        """An input of a table by the day, as `refresh` gives it."""
        given = daily.inputs[number]
        rows = self.tables.get(given.name)
        if rows is None:
            rows = self.build(next(each for each in DAILY if each.table.name == given.name))
        return rows.select(given.reads).sort_by([(name, "ascending") for name in given.order]).combine_chunks()


def _is_near(rows: pa.Table, day: date) -> pa.ChunkedArray:
    received = rows.column("receive_ns").cast(pa.timestamp("ns")).cast(pa.date32(), safe=False)
    return pc.or_(pc.equal(rows.column("event_date"), day), pc.equal(received, day))


def replace(day: Day, table: Table, column: str, values: pa.Array) -> Day:
    """A day of which a column is another."""
    rows = day.tables[table.name]
    place = rows.schema.get_field_index(column)
    return Day({**day.tables, table.name: rows.set_column(place, rows.schema.field(place), values)})


def distrust(day: Day, *places: int) -> Day:
    """A day whose minutes at some places are not to be trusted."""
    integrity = day.integrity()
    trusted = [place not in places for place in range(len(integrity))]
    return replace(Day({**day.tables, BOOK_INTEGRITY.name: integrity}), BOOK_INTEGRITY, "is_trusted", pa.array(trusted))


@cache
def read_day(name: str, without_early_diffs: bool = False) -> Day:
    """A capture's day."""
    batches = list(read_captures(Path(DATA / f"{name}_20240808.gz")))
    tables = {
        table.name: typed(table.topic, [rows for topic, rows in batches if topic == table.topic], table)
        for table in (SILVER_TRADES, SILVER_QUOTES, SILVER_DEPTH)
    }
    tables |= {table.name: table.arrow_schema.empty_table() for table in (SILVER_ORDERS, SILVER_ORDER_EVENTS)}
    depth = tables[SILVER_DEPTH.name]
    if without_early_diffs:
        depth = depth.slice(depth.column("kind").index("SNAPSHOT").as_py())
    return Day(tables | {SILVER_DEPTH.name: depth, BOOKS.name: build_books(depth.select(READS))})


@pytest.fixture(scope="session")
def day() -> Callable[..., Day]:
    """`day(name)` is a capture's."""
    return read_day
