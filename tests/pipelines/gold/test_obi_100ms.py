"""Quotes to partials of 100 ms, and the view that folds them."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pyarrow as pa
import pytest

from pipelines.gold.obi_100ms import KEY, OBI_100MS, READS, build_obi_partials
from schemas.gold import OBI_PARTIALS
from schemas.silver import SILVER_QUOTES
from tests.conftest import assert_rows
from tests.pipelines.gold.conftest import Fold
from tests.pipelines.gold.partials import START, columns_of, obi_partial

MEASURES = ("quote_count", "obi", "obi_levels", "micro_price", "spread_bps", "spread_min_bps", "spread_max_bps")
MEASURE_TYPES = (
    "quote_count BIGINT, obi DOUBLE, obi_levels DOUBLE, micro_price DOUBLE, "
    "spread_bps DOUBLE, spread_min_bps DOUBLE, spread_max_bps DOUBLE"
)


def quotes_of(*rows: tuple[datetime, float | None, float | None]) -> pa.Table:
    """Quotes by time, obi and spread_bps."""
    return columns_of(
        SILVER_QUOTES,
        READS,
        [("S", "V", ts, ts.date(), obi, obi, None if bps is None else 100.25, bps) for ts, obi, bps in rows],
    )


def test_build_obi_partials_gives_the_columns_of_the_table() -> None:
    built = build_obi_partials(quotes_of())
    assert built.schema.equals(OBI_PARTIALS.arrow_schema)
    assert built.num_rows == 0


def test_build_obi_partials_adds_up_in_integer_units() -> None:
    quotes = quotes_of((START, 0.5, 2.0), (START, -0.25, 1.5), (START, 1.0, None))
    (row,) = build_obi_partials(quotes).drop_columns(KEY).to_pylist()
    assert row == {
        "quote_count": 3,
        "obi_count": 3,
        "obi_sum": 1_250_000_000,
        "obi_levels_count": 3,
        "obi_levels_sum": 1_250_000_000,
        "micro_price_count": 2,
        "micro_price_sum": Decimal(200_500_000_000),
        "spread_bps_count": 2,
        "spread_bps_sum": 3_500_000,
        "spread_bps_square_sum": Decimal(6_250_000_000_000),
        "spread_bps_min": 1_500_000,
        "spread_bps_max": 2_000_000,
    }


def test_build_obi_partials_of_the_widest_spread_and_the_largest_price() -> None:
    quotes = columns_of(SILVER_QUOTES, READS, [("S", "V", START, START.date(), 1.0, 1.0, 999_999_999.0, 2e4)] * 3)
    (row,) = build_obi_partials(quotes).to_pylist()
    assert (row["micro_price_sum"], row["spread_bps_square_sum"]) == (3 * 999_999_999 * 10**9, 3 * (2 * 10**10) ** 2)


def test_build_obi_partials_of_null_measures_counts_the_quote() -> None:
    (row,) = build_obi_partials(quotes_of((START, None, None))).to_pylist()
    expected = {"quote_count": 1, "obi_count": 0, "obi_sum": None, "micro_price_count": 0, "micro_price_sum": None}
    expected |= {"spread_bps_count": 0, "spread_bps_square_sum": None, "spread_bps_min": None}
    assert {name: row[name] for name in expected} == expected


def test_build_obi_partials_at_the_borders_of_a_window() -> None:
    micros = (0, 99_999, 100_000, 199_999)
    midnight = datetime(2024, 8, 9, tzinfo=UTC)
    times = [*(START + timedelta(microseconds=each) for each in micros), midnight - timedelta(microseconds=1), midnight]
    built = build_obi_partials(quotes_of(*[(ts, 0.0, 1.0) for ts in times]))
    found = built.select(("window_start", "event_date", "quote_count")).to_pylist()
    assert [tuple(row.values()) for row in found] == [
        (START, START.date(), 2),
        (START + timedelta(milliseconds=100), START.date(), 2),
        (midnight - timedelta(milliseconds=100), date(2024, 8, 8), 1),
        (midnight, date(2024, 8, 9), 1),
    ]


@pytest.mark.spark
def test_obi_100ms_folds_the_partials_of_a_window(fold: Fold) -> None:
    first = {
        "quote_count": 3,
        "obi_count": 2,
        "obi_sum": 500_000_000,
        "obi_levels_count": 1,
        "obi_levels_sum": -(10**9),
    }
    both = {"micro_price_count": 2, "micro_price_sum": Decimal(200_500_000_000)}
    spread = {"spread_bps_count": 2, "spread_bps_sum": 3_500_000, "spread_bps_min": 1_500_000}
    rows = [
        obi_partial(**first, **both, **spread, spread_bps_max=2_000_000),
        obi_partial(quote_count=2, obi_count=2, obi_sum=-1_500_000_000),
        obi_partial(
            quote_count=1, spread_bps_count=1, spread_bps_sum=10**6, spread_bps_min=10**6, spread_bps_max=10**6
        ),
        obi_partial(quote_count=7, venue="XNYS"),
    ]
    folded = fold(OBI_100MS, quotes=rows)
    assert folded.columns == [name for name, _ in OBI_100MS.columns]
    assert_rows(
        folded.select("venue", *MEASURES),
        [("XNAS", 6, -0.25, -1.0, 100.25, 1.5, 1.0, 2.0), ("XNYS", 7, None, None, None, None, None, None)],
        f"venue STRING, {MEASURE_TYPES}",
    )
