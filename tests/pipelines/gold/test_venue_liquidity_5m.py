"""The view of where a symbol traded in five rolling minutes, by hand."""

import math
from datetime import UTC, date, datetime, timedelta

import pytest
from pyspark.sql import functions as F
from pyspark.sql.types import StructType

from pipelines.gold.venue_liquidity_5m import VENUE_LIQUIDITY_5M
from pipelines.gold.venue_liquidity_known_at import VENUE_LIQUIDITY_KNOWN_AT
from pipelines.gold.venues import VENUES_VIEW
from schemas.places import PLACES
from schemas.venue_reports import VENUE_QUOTES
from schemas.venues import VENUES
from spark_jobs.io import Lake
from spark_jobs.lakehouse import function_statement
from tests.conftest import assert_rows
from tests.pipelines.gold.conftest import Fold
from tests.pipelines.gold.partials import START, minute, trades

VENUES_OF = ("UBSA", "XNAS")
CONCENTRATION = (
    "symbol STRING, venue STRING, venue_type STRING, share DOUBLE, hhi DOUBLE, effective_venues DOUBLE, "
    "lit_share DOUBLE, dark_share DOUBLE"
)


VALUES = [  # symbol, venue, value, and what follows: CONCENTRATION from venue_type on
    ("alone", "XNAS", 8, "LIT", 1.0, 1.0, 1.0, 1.0, 0.0),
    ("two", "XNAS", 1, "LIT", 0.5, 0.5, 2.0, 1.0, 0.0),
    ("two", "XNYS", 1, "LIT", 0.5, 0.5, 2.0, 1.0, 0.0),
    ("four", "XNAS", 1, "LIT", 0.25, 0.25, 4.0, 0.5, 0.5),
    ("four", "XNYS", 1, "LIT", 0.25, 0.25, 4.0, 0.5, 0.5),
    ("four", "UBSA", 1, "DARK", 0.25, 0.25, 4.0, 0.5, 0.5),
    ("four", "SGMT", 1, "DARK", 0.25, 0.25, 4.0, 0.5, 0.5),
    ("uneven", "XNAS", 3, "LIT", 0.75, 0.625, 1.6, 0.75, 0.25),
    ("uneven", "UBSA", 1, "DARK", 0.25, 0.625, 1.6, 0.75, 0.25),
    ("dark", "UBSA", 2, "DARK", 1.0, 1.0, 1.0, 0.0, 1.0),
    ("unlisted", "XNAS", 1, "LIT", 0.5, 0.5, 2.0, 0.5, 0.0),
    ("unlisted", "NOWHERE", 1, None, 0.5, 0.5, 2.0, 0.5, 0.0),
    ("nothing", "XNAS", 0, "LIT", None, None, None, None, None),
]
ENTROPY = {
    "alone": 0.0,
    "two": math.log(2),
    "four": math.log(4),
    "uneven": math.log(4) - 0.75 * math.log(3),
    "dark": 0.0,
    "unlisted": math.log(2),
    "nothing": None,
}


@pytest.mark.spark
def test_venue_liquidity_5m_concentration(fold: Fold) -> None:
    traded = [trades(symbol, START, venue=venue, quantity=1, value=value) for symbol, venue, value, *_ in VALUES]
    rows = fold(VENUE_LIQUIDITY_5M, trades=traded)
    assert rows.columns == [name for name, _ in VENUE_LIQUIDITY_5M.columns]
    first_window = rows.where(rows.window_end == minute(1)).select(*StructType.fromDDL(CONCENTRATION).names)
    assert_rows(first_window, [(symbol, venue, *rest) for symbol, venue, _, *rest in VALUES], CONCENTRATION)
    found = {row.symbol: row.entropy for row in rows.select("symbol", "entropy").collect()}
    assert found == {symbol: pytest.approx(expected, abs=1e-15) for symbol, expected in ENTROPY.items()}


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


@pytest.mark.spark
def test_venue_liquidity_5m_says_how_long_a_venue_was_at_the_best_price(fold: Fold, lake: Lake) -> None:
    lake.create(VENUE_QUOTES)
    second = 10**9
    quoted = {"venue": "XNAS", "quoted_ns": 60 * second, "best_bid_ns": 30 * second, "best_ask_ns": 15 * second}
    minutes = [quoted | {"symbol": "S", "best_both_ns": 0, "window_end": minute(1)}]
    minutes.append(minutes[0] | {"window_end": minute(2), "best_bid_ns": 60 * second, "best_both_ns": 15 * second})
    minutes.append(minutes[0] | {"symbol": "silent", "quoted_ns": 0})
    rows = [tuple(row.get(name) for name in VENUE_QUOTES.column_names) for row in minutes]
    lake.spark.createDataFrame(rows, VENUE_QUOTES.schema).write.format("delta").mode("append").saveAsTable(
        VENUE_QUOTES.name
    )
    traded = [trades(symbol, START, quantity=1, value=1, venue=at) for symbol in ("S", "silent") for at in VENUES_OF]
    found = fold(VENUE_LIQUIDITY_5M, trades=traded).where(F.col("window_end") <= minute(2)).orderBy("window_end")
    at_best = [(row.symbol, row.time_at_best_bid, row.time_at_best_ask, row.time_at_best) for row in found.collect()]
    assert [each for each in at_best if each[1] is not None] == [("S", 0.5, 0.25, 0.0), ("S", 0.75, 0.25, 0.125)]
    assert len(at_best) == 8


@pytest.mark.spark
def test_venue_liquidity_5m_says_from_when_a_row_is_known(fold: Fold) -> None:
    late = timedelta(minutes=20, microseconds=7)
    partials = [
        *(trades("S", START, quantity=1, value=3, venue=venue) for venue in VENUES_OF),
        trades("S", START, quantity=1, value=2, venue="UBSA", late=late, block_count=1, block_value=2),
    ]
    rows = fold(VENUE_LIQUIDITY_5M, trades=partials).where(F.col("window_end") == minute(1)).orderBy("venue").collect()
    known = [(row.venue, row.known_from.astimezone(UTC), row.block_count, row.block_value) for row in rows]
    assert known == [("UBSA", START + late, 1, 2), ("XNAS", START, 0, 0)]


@pytest.mark.spark
@pytest.mark.parametrize(
    ("at", "expected"),
    [
        (minute(0.9), []),
        (minute(1), [("XNAS", 3.0, 0.0)]),
        (minute(3.9), [("XNAS", 3.0, 0.0)]),
        (minute(4), [("UBSA", 1.0, 0.25), ("XNAS", 3.0, 0.25)]),
        (minute(22), [("UBSA", 5.0, 0.625), ("XNAS", 3.0, 0.625)]),
    ],
)
def test_venue_liquidity_known_at_leaves_out_what_came_later(
    fold: Fold, lake: Lake, at: datetime, expected: list[tuple]
) -> None:
    delayed = [("XNAS", 3, 0.0), ("UBSA", 1, 3.5), ("UBSA", 4, 21)]
    partials = [
        trades("S", START, quantity=1, value=value, venue=venue, late=timedelta(minutes=late))
        for venue, value, late in delayed
    ]
    fold(VENUE_LIQUIDITY_5M, trades=partials)
    lake.spark.sql(function_statement(VENUE_LIQUIDITY_KNOWN_AT))
    query = f"SELECT * FROM gold.venue_liquidity_known_at(TIMESTAMP'{at:%Y-%m-%d %H:%M:%S}Z')"
    found = lake.spark.sql(query).where(F.col("window_end") == minute(1)).orderBy("venue").collect()
    assert [(row.venue, float(row.value), row.dark_share) for row in found] == expected


def test_venue_codes_are_unique_and_have_a_place() -> None:
    assert len({venue.code for venue in VENUES}) == len(VENUES)
    assert {venue.code for venue in VENUES} <= set(PLACES)


@pytest.mark.spark
def test_venues_are_on_the_map(fold: Fold) -> None:
    rows = fold(VENUES_VIEW)
    assert rows.columns == [name for name, _ in VENUES_VIEW.columns]
    found = {row.venue: row for row in rows.collect()}
    assert set(found) == {venue.code for venue in VENUES}
    assert all(-90 < row.latitude < 90 and -180 < row.longitude < 180 and row.city for row in found.values())
    assert (found["XNAS"].city, found["ARCX"].operator_mic, found["DLXA"].location_type) == (
        "Carteret",
        "XNYS",
        "NOMINAL",
    )
    assert {row.market for row in rows.where("venue LIKE 'DLX%'").collect()} == {"DEPTHLAKE"}
