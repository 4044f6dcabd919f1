"""gold.measures_1d: the known figures of the captures, and what is left out of them."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal

import pytest

from pipelines.gold.daily.measures_1d import DAILY
from schemas.measures import COSTS
from schemas.silver import SILVER_QUOTES, SILVER_TRADES
from tests.pipelines.gold.daily.conftest import Day, distrust

Read = Callable[..., Day]
ON = date(2024, 8, 8)


def test_measures_of_the_perpetual_are_the_known_figures(day: Read) -> None:
    (row,) = day("usdm_ethusdt").build(DAILY).to_pylist()
    assert round(row["effective_bps"], 4) == 1.6378
    assert (round(row["sign_accuracy"], 4), round(row["sign_accuracy_inclusive"], 4)) == (0.9996, 0.5629)
    assert (round(row["ofi_r_squared"], 4), round(row["ofi_inside_r_squared"], 4)) == (0.5785, 0.5790)
    assert row["volume_r_squared"] < row["ofi_r_squared"]
    assert (row["trade_count"], row["quote_count"], row["quantity"]) == (14_076, 53_992, Decimal("9164.948"))
    assert row["value"] / float(row["quantity"]) == pytest.approx(2681.3962, abs=5e-5)
    assert row["kyle_lambda"] > 0
    assert row["amihud"] > 0
    assert row["roll_spread"] is None  # its covariance is not negative
    assert {row[f"excluded_{what}_count"] for what in ("trade", "quote", "minute")} == {0}
    assert row["effective_bps"] == pytest.approx(row["realised_1s_bps"] + row["impact_1s_bps"])


def test_measures_leave_out_minutes_that_are_not_to_be_trusted(day: Read) -> None:
    (whole,), (row,) = (
        each.on(ON).build(DAILY).to_pylist() for each in (day("usdm_ethusdt"), distrust(day("usdm_ethusdt"), 2))
    )
    assert row["excluded_minute_count"] == 1
    assert 0 < row["excluded_trade_count"] < row["trade_count"] == whole["trade_count"]
    assert 0 < row["excluded_quote_count"] < row["quote_count"] == whole["quote_count"]
    assert row["quantity"] == whole["quantity"]
    assert row["effective_bps"] != whole["effective_bps"]


def test_measures_without_early_diffs_are_null_and_all_is_counted_as_left_out(day: Read) -> None:
    (row,) = day("usdm_ethusdt", without_early_diffs=True).build(DAILY).to_pylist()
    assert row["excluded_trade_count"] == row["trade_count"] == 14_076
    assert {row[name] for name in (*COSTS, "sign_accuracy", "ofi_slope", "kyle_lambda", "amihud")} == {None}


@pytest.mark.parametrize("missing", [SILVER_TRADES, SILVER_QUOTES], ids=lambda table: table.name)
def test_measures_of_one_stream_alone(day: Read, missing: object) -> None:
    tables = dict(day("usdm_ethusdt").tables)
    name = missing.name  # type: ignore[attr-defined]  # a table
    (row,) = Day(tables | {name: tables[name].slice(0, 0)}).build(DAILY).to_pylist()
    assert row["effective_bps"] is None
    assert (row["trade_count"] == 0) == (missing == SILVER_TRADES)
    assert (row["quote_count"] == 0) == (missing == SILVER_QUOTES)


def test_measures_of_nothing_are_no_row(day: Read) -> None:
    assert len(Day({name: rows.slice(0, 0) for name, rows in day("usdm_ethusdt").tables.items()}).build(DAILY)) == 0
