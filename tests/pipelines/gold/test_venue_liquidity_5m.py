"""The view of where a symbol traded in five rolling minutes, by hand."""

from datetime import UTC, date, datetime, timedelta

import pytest
from pyspark.sql.types import StructType

from pipelines.gold.venue_liquidity_5m import VENUE_LIQUIDITY_5M
from schemas.venues import VENUES
from tests.conftest import assert_rows
from tests.pipelines.gold.conftest import Fold
from tests.pipelines.gold.partials import START, minute, trades

CONCENTRATION = (
    "symbol STRING, venue STRING, venue_type STRING, "
    "share DOUBLE, hhi DOUBLE, effective_venues DOUBLE, dark_share DOUBLE"
)


VALUES = [  # symbol, venue, value, and what follows: venue_type, share, hhi, effective_venues, dark_share
    ("alone", "XNAS", 8, "LIT", 1.0, 1.0, 1.0, 0.0),
    ("two", "XNAS", 1, "LIT", 0.5, 0.5, 2.0, 0.0),
    ("two", "XNYS", 1, "LIT", 0.5, 0.5, 2.0, 0.0),
    ("four", "XNAS", 1, "LIT", 0.25, 0.25, 4.0, 0.5),
    ("four", "XNYS", 1, "LIT", 0.25, 0.25, 4.0, 0.5),
    ("four", "UBSA", 1, "DARK", 0.25, 0.25, 4.0, 0.5),
    ("four", "SGMT", 1, "DARK", 0.25, 0.25, 4.0, 0.5),
    ("uneven", "XNAS", 3, "LIT", 0.75, 0.625, 1.6, 0.25),
    ("uneven", "UBSA", 1, "DARK", 0.25, 0.625, 1.6, 0.25),
    ("dark", "UBSA", 2, "DARK", 1.0, 1.0, 1.0, 1.0),
    ("unlisted", "XNAS", 1, "LIT", 0.5, 0.5, 2.0, 0.0),
    ("unlisted", "NOWHERE", 1, None, 0.5, 0.5, 2.0, 0.0),
]


@pytest.mark.spark
def test_venue_liquidity_5m_concentration(fold: Fold) -> None:
    traded = [trades(symbol, START, venue=venue, quantity=1, value=value) for symbol, venue, value, *_ in VALUES]
    rows = fold(VENUE_LIQUIDITY_5M, trades=traded)
    assert rows.columns == [name for name, _ in VENUE_LIQUIDITY_5M.columns]
    first_window = rows.where(rows.window_end == minute(1)).select(*StructType.fromDDL(CONCENTRATION).names)
    assert_rows(first_window, [(symbol, venue, *rest) for symbol, venue, _, *rest in VALUES], CONCENTRATION)


@pytest.mark.spark
def test_venue_liquidity_5m_rolls_by_the_minute(fold: Fold) -> None:
    partials = [
        trades("S", minute(0), count=2, quantity=1, value=10),
        trades("S", minute(0), count=1, quantity=1, value=20),
        trades("S", minute(4), count=4, quantity=2, value=30),
        trades("S", minute(4), count=1, quantity=3, value=60, venue="UBSA"),
    ]
    rows = fold(VENUE_LIQUIDITY_5M, trades=partials)
    found = rows.where("venue = 'XNAS'").orderBy("window_end").collect()
    assert [(row.trade_count, row.quantity, row.value, row.dark_share) for row in found] == [
        *[(3, 2, 30, 0.0)] * 4,
        (7, 4, 60, 0.5),
        *[(4, 2, 30, 2 / 3)] * 4,
    ]
    assert [row.window_end.astimezone(UTC) for row in found] == [minute(n) for n in range(1, 10)]
    assert {row.window_end - row.window_start for row in found} == {timedelta(minutes=5)}


@pytest.mark.spark
def test_venue_liquidity_5m_belongs_to_the_day_of_its_last_minute(fold: Fold) -> None:
    last = datetime(2024, 8, 8, 23, 59, tzinfo=UTC)
    rows = fold(VENUE_LIQUIDITY_5M, trades=[trades("S", last, quantity=1, value=1)])
    dates = [row.event_date for row in rows.orderBy("window_end").collect()]
    assert dates == [date(2024, 8, 8), *[date(2024, 8, 9)] * 4]


@pytest.mark.spark
def test_venue_liquidity_5m_of_no_trades(fold: Fold) -> None:
    assert fold(VENUE_LIQUIDITY_5M, trades=[]).collect() == []


def test_venue_codes_are_unique() -> None:
    assert len({venue.code for venue in VENUES}) == len(VENUES)
