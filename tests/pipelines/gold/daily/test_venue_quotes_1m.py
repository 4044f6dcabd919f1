"""gold.venue_quotes_1m: time at the best price, venue by venue and market by market."""

from datetime import timedelta

import pyarrow as pa
import pytest

from pipelines.gold.daily.venue_quotes_1m import DAILY
from schemas.venue_reports import VENUE_QUOTES
from tests.pipelines.gold.daily.exchange_rows import Rows, inputs_of, quoted
from tests.pipelines.gold.partials import START, minute

SECOND = 10**9
TIMES = ("quoted_ns", "best_bid_ns", "best_ask_ns", "best_both_ns", "alone_bid_ns", "alone_ask_ns")


def build(quotes: Rows, *distrusted: dict[str, object]) -> dict[tuple[str, int], dict[str, object]]:
    """Rows by venue and minute after noon."""
    rows = DAILY.build(inputs_of(DAILY, quotes=quotes, distrusted=list(distrusted)))
    assert rows.schema.equals(VENUE_QUOTES.arrow_schema)
    return {(row["venue"], (row["window_start"] - START) // timedelta(minutes=1)): row for row in rows.to_pylist()}


def seconds(row: dict[str, object]) -> tuple[float, ...]:
    """TIMES of a row."""
    return tuple(row[name] / SECOND for name in TIMES)  # type: ignore[operator]  # whole numbers


def test_quotes_of_two_venues_are_compared_side_by_side() -> None:
    rows = build(
        [
            quoted(0, 99, 101),
            quoted(10_000, 99, 100, "DLXB"),
            quoted(30_000, 98, 100),
            quoted(45_000, None, 100, "DLXB"),
            quoted(70_000, 98, 100),
        ]
    )
    assert {key: seconds(row) for key, row in rows.items()} == {
        ("DLXA", 0): (60, 45, 40, 25, 25, 10),
        ("DLXA", 1): (10, 10, 10, 10, 10, 0),
        ("DLXB", 0): (35, 35, 35, 35, 15, 20),
    }
    assert {row["market"] for row in rows.values()} == {"DEPTHLAKE"}
    assert [rows["DLXA", at]["quote_count"] for at in (0, 1)] == [2, 1]
    assert rows["DLXA", 1]["window_end"] == minute(2)


def test_venues_of_other_markets_and_dark_ones_are_not_compared() -> None:
    rows = build(
        [
            *(quoted(0, 99, 101, venue) for venue in ("DLXA", "XNAS", "NOWHERE", "DLXD")),
            *(quoted(1_000, 100, 101, venue) for venue in ("XNYS", "DLXA")),
            *(quoted(2_000, 100, 101, venue) for venue in ("XNYS", "NOWHERE")),
        ]
    )
    assert {venue: seconds(row)[:2] for (venue, _), row in rows.items()} == {
        "DLXA": (1, 1),
        "NOWHERE": (2, 2),
        "XNAS": (2, 1),
        "XNYS": (1, 1),
    }


def test_minutes_not_to_be_trusted_are_left_out_and_counted() -> None:
    quotes = [
        *(quoted(at, 99, 101) for at in (0, 70_000, 80_000, 150_000, 180_000)),
        *(quoted(at, 98, 102, "DLXB") for at in (0, 180_000)),
    ]
    rows = build(quotes, {"venue": "DLXA", "window_start": minute(1)}, {"venue": "DLXA", "window_start": minute(99)})
    assert {key: seconds(row)[:2] for key, row in rows.items()} == {
        ("DLXA", 0): (60, 60),
        ("DLXA", 1): (0, 0),
        ("DLXA", 2): (30, 30),  # from its first quote after the minute
        ("DLXA", 3): (0, 0),
        ("DLXB", 0): (60, 0),
        ("DLXB", 1): (60, 60),
        ("DLXB", 2): (60, 30),
        ("DLXB", 3): (0, 0),
    }
    assert [rows["DLXA", at]["is_excluded"] for at in range(4)] == [False, True, False, False]
    assert [rows["DLXA", at]["excluded_quote_count"] for at in range(4)] == [0, 2, 0, 0]
    assert [rows["DLXA", at]["quote_count"] for at in range(4)] == [1, 0, 1, 1]


@pytest.mark.parametrize("quotes", [[], [quoted(0, 99, 101, "DLXD")]])
def test_no_displayed_quote_gives_no_row(quotes: Rows) -> None:
    assert DAILY.build(inputs_of(DAILY, quotes=quotes)).equals(pa.Table.from_pylist([], VENUE_QUOTES.arrow_schema))
