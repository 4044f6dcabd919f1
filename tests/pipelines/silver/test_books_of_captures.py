"""silver.books of recorded markets, against the venue's own best bid and offer."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from pipelines.silver.book_rows import READS
from pipelines.silver.books import build_books
from pipelines.source.importers.binance import read_captures
from schemas.registry import Table
from schemas.silver import BOOKS, SILVER_DEPTH, SILVER_QUOTES
from tests.house_rules import ROOT
from tests.pipelines.silver.deliveries import typed

DATA = ROOT.parent / "shared" / "data" / "binance"


@pytest.fixture(scope="module", params=["spot_btcusdt", "spot_ethusdt", "usdm_ethusdt"])
def capture(request: pytest.FixtureRequest) -> tuple[str, pa.Table, pa.Table]:
    """Name of a capture, its rows of silver.depth and of silver.quotes."""
    batches = list(read_captures(Path(DATA / f"{request.param}_20240808.gz")))
    tables: list[Table] = [SILVER_DEPTH, SILVER_QUOTES]
    of_topic = [[rows for topic, rows in batches if topic == table.topic] for table in tables]
    return request.param, *(typed(t.topic, rows, t) for t, rows in zip(tables, of_topic, strict=True))


TOUCH = ("bid_price", "bid_quantity", "ask_price", "ask_quantity")
FACTS = {"spot_btcusdt": 2894, "spot_ethusdt": 2671, "usdm_ethusdt": 5590}
FINAL = {
    "spot_btcusdt": ("61685.99", "61686.00"),
    "spot_ethusdt": ("2682.50", "2682.51"),
    "usdm_ethusdt": ("2681.38", "2681.39"),
}


def compared(books: pa.Table, quotes: pa.Table) -> Iterator[bool]:
    """Of each diff that the venue's best bid and offer follows within its updates: whether the touch equals it."""
    seqs = quotes.column("venue_seq").to_numpy()
    touches = list(zip(*(quotes.column(name).to_pylist() for name in TOUCH), strict=True))
    for row in books.to_pylist():
        if row["kind"] == "DIFF" and row["book_seq"] == row["venue_seq"]:
            at = int(np.searchsorted(seqs, row["venue_seq"], "right")) - 1
            if at >= 0 and seqs[at] >= row["first_venue_seq"]:
                yield touches[at] == tuple(row[name] for name in TOUCH)


def test_books_of_a_capture_equal_the_venues_best_bid_and_offer(capture: tuple[str, pa.Table, pa.Table]) -> None:
    name, rows, quotes = capture
    books = build_books(rows.select(READS))
    assert list(compared(books, quotes)) == [True] * FACTS[name]
    assert pc.sum(books.column("is_gap")).as_py() == pc.sum(books.column("is_crossed")).as_py() == 0
    last = books.to_pylist()[-1]
    assert (f"{last['bid_price']:.2f}", f"{last['ask_price']:.2f}") == FINAL[name]


def test_books_without_the_early_diffs_are_invalid(capture: tuple[str, pa.Table, pa.Table]) -> None:
    name, rows, _ = capture
    if name == "spot_ethusdt":
        return  # its early diffs are older than the snapshot
    first = pc.index(rows.column("kind"), "SNAPSHOT").as_py()
    books = build_books(rows.slice(first).select(READS))
    assert books.schema == BOOKS.arrow_schema
    assert books.column("state").to_pylist() == ["VALID", *["GAP"] * (len(books) - 1)]
