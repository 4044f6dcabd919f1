"""gold.stoikov_calibrations and gold.book_measures_1s: the book and the touch second by second."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from pipelines.gold.daily.book_measures_1s import DAILY
from pipelines.gold.daily.stoikov_calibrations import DAILY as FITTED
from pipelines.gold.daily.stoikov_calibrations import OPENING_QUOTES, calibration_of
from pipelines.microstructure.micro_price import micro_price_stoikov
from pipelines.microstructure.series import Touches
from schemas.measures import BOOK_MEASURES, CALIBRATIONS
from schemas.silver import BOOKS, SILVER_QUOTES
from tests.pipelines.gold.daily.conftest import Day, distrust, replace

Read = Callable[..., Day]
NAME = "usdm_ethusdt"
ON = date(2024, 8, 8)


def test_measures_are_those_of_the_last_book_of_a_second(day: Read) -> None:
    rows = day(NAME).build(DAILY).to_pylist()
    books = day(NAME).tables[BOOKS.name].filter(pc.invert(day(NAME).tables[BOOKS.name].column("is_recovered")))
    ns = books.column("event_ns").to_numpy()
    assert len(rows) == 346
    for row in rows[5::40]:
        at = int(np.searchsorted(ns, int(row["window_end"].timestamp()) * 10**9)) - 1
        book = books.slice(at, 1).to_pylist()[0]
        same = {"obi": book["obi"], "obi_10": book["obi_levels"], "micro_price": book["micro_price"]}
        assert {name: row[name] for name in same} == pytest.approx(same)
        assert row["spread_bps"] == pytest.approx(book["spread_bps"])
        assert row["mid"] == pytest.approx(float(book["bid_price"] + book["ask_price"]) / 2)
        assert -1 <= row["obi_weighted"] <= 1
        assert -1 <= row["obi_10bps"] <= 1
        assert row["known_ts"] == row["window_end"].replace(second=0) + timedelta(
            minutes=bool(row["window_end"].second)
        )


def test_measures_count_every_book_and_quote(day: Read) -> None:
    rows = day(NAME).build(DAILY)
    arrivals = pc.sum(pc.invert(day(NAME).tables[BOOKS.name].column("is_recovered"))).as_py()
    assert pc.sum(rows.column("book_count")).as_py() == arrivals
    assert pc.sum(rows.column("quote_count")).as_py() == 53_992


def test_measures_of_a_book_that_is_not_valid_are_null(day: Read) -> None:
    rows = day("spot_btcusdt").build(DAILY).to_pylist()
    assert rows[0]["obi"] is rows[0]["mid"] is None  # it waits for the snapshot
    assert (rows[0]["book_count"], rows[0]["quote_count"]) != (0, 0)
    tables = dict(day(NAME).tables)
    without = Day(tables | {BOOKS.name: tables[BOOKS.name].slice(0, 0)}).build(DAILY)
    assert without.column("obi").null_count == without.column("mid").null_count == len(without)
    assert without.column("quote_mid").null_count < len(without)


def test_minutes_not_to_be_trusted_have_no_second(day: Read) -> None:
    minute = day(NAME).integrity().column("window_start")[2].as_py()
    starts = distrust(day(NAME), 2).build(DAILY).column("window_start").to_pylist()
    assert not [start for start in starts if start.replace(second=0) == minute]
    assert len(starts) == 346 - 60


def test_stoikov_is_null_until_the_opening_is_known(day: Read) -> None:
    rows = day(NAME).on(ON).build(DAILY)
    fitted = day(NAME).on(ON).build(FITTED).to_pylist()
    opening = next(row for row in fitted if row["sample"] == "OPENING")
    early = pc.less(rows.column("window_start"), pa.scalar(opening["known_ts"], rows.schema.field("window_start").type))
    prices = rows.column("micro_price_stoikov")
    assert prices.filter(early).null_count == pc.sum(early).as_py() > 0
    assert prices.null_count == pc.sum(early).as_py()
    distance = pc.subtract(prices, rows.column("quote_mid")).drop_null().to_numpy()
    assert 0 < np.abs(distance).mean() < 0.1  # ten ticks


def test_stoikov_goes_by_an_earlier_day_from_the_start(day: Read) -> None:
    fitted = day(NAME).build(FITTED).filter(pc.equal(day(NAME).build(FITTED).column("sample"), "DAY"))
    earlier = replace(Day({CALIBRATIONS.name: fitted}), CALIBRATIONS, "event_date", pa.array([date(2024, 8, 7)]))
    earlier = replace(
        earlier,
        CALIBRATIONS,
        "known_ts",
        pa.array([datetime(2024, 8, 8, tzinfo=UTC)]).cast(pa.timestamp("us", tz="UTC")),
    )
    rows = Day({**day(NAME).on(ON).tables, **earlier.tables}).build(DAILY)
    assert rows.column("micro_price_stoikov").null_count == rows.column("quote_mid").null_count


def test_ofi_of_the_seconds_adds_up(day: Read) -> None:
    rows = day(NAME).on(ON).build(DAILY)
    assert rows.column("ofi").null_count == 1  # the first quote has none before it
    assert abs(pc.sum(rows.column("ofi")).as_py()) > 0


def test_calibrations_have_their_sample(day: Read) -> None:
    fitted = {row["sample"]: row for row in day(NAME).on(ON).build(FITTED).to_pylist()}
    quotes = day(NAME).on(ON).tables[SILVER_QUOTES.name]
    assert fitted["OPENING"]["sample_count"] == OPENING_QUOTES - 1
    assert fitted["DAY"]["sample_count"] == len(quotes) - 1
    assert fitted["DAY"]["known_ts"] == datetime(2024, 8, 9, tzinfo=UTC)
    assert {row["tick_units"] for row in fitted.values()} == {10**7}
    assert sum(fitted["DAY"]["visits"]) == 2 * fitted["DAY"]["sample_count"]
    calibration = calibration_of(fitted["DAY"])
    one = (np.array([value]) for value in (0, 100 * 10**9, 100 * 10**9 + 10**7, 9 * 10**9, 10**9))
    assert micro_price_stoikov(Touches(*one), calibration)[0] > 100.005


def test_no_calibration_on_few_quotes_and_no_row_of_nothing(day: Read) -> None:
    few = {name: rows.slice(0, 900) for name, rows in day(NAME).tables.items()}
    assert len(Day(few).build(FITTED)) == 0
    nothing = Day({name: rows.slice(0, 0) for name, rows in few.items()})
    assert nothing.build(FITTED).schema == CALIBRATIONS.arrow_schema
    assert nothing.build(DAILY).schema == BOOK_MEASURES.arrow_schema
