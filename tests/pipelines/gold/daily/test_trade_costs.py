"""gold.trade_costs: the quote strictly before each trade, and what minutes that are not to be trusted leave."""

from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from pipelines.gold.daily.trade_costs import DAILY
from schemas.daily import BOOK_INTEGRITY
from schemas.measures import HORIZONS
from schemas.silver import SILVER_QUOTES, SILVER_TRADES
from tests.pipelines.gold.daily.conftest import Day, distrust, replace

Read = Callable[..., Day]


def test_costs_of_the_perpetual_are_the_known_figure(day: Read) -> None:
    rows = day("usdm_ethusdt").build(DAILY)
    assert len(rows) == 14_076
    effective, quantity = (rows.column(name).to_numpy().astype(float) for name in ("effective_bps", "quantity"))
    assert round(float((effective * quantity).sum() / quantity.sum()), 4) == 1.6378
    assert set(rows.column("clock").to_pylist()) == {"VENUE"}
    assert pc.all(pc.less(rows.column("quote_ns"), rows.column("time_ns"))).as_py()
    assert pc.all(rows.column("is_strict")).as_py()
    assert pc.all(rows.column("is_flagged")).as_py()


@pytest.mark.parametrize("horizon", HORIZONS)
def test_effective_is_realised_and_impact(day: Read, horizon: str) -> None:
    rows = day("usdm_ethusdt").build(DAILY)
    realised, impact = (rows.column(f"{what}_{horizon}_bps") for what in ("realised", "impact"))
    assert realised.null_count == impact.null_count < len(rows)
    difference = pc.subtract(rows.column("effective_bps"), pc.add(realised, impact)).drop_null().to_numpy()
    assert np.abs(difference).max() < 1e-9
    last = pc.max(day("usdm_ethusdt").tables[SILVER_QUOTES.name].column("event_ns")).as_py()
    known = rows.filter(pc.is_valid(realised)).column("time_ns").to_numpy()
    assert known.max() + HORIZONS[horizon] <= last


def test_costs_without_a_flag_are_signed_by_lee_and_ready(day: Read) -> None:
    trades = day("usdm_ethusdt").tables[SILVER_TRADES.name]
    side = trades.column("aggressor_side")
    unsigned = replace(day("usdm_ethusdt"), SILVER_TRADES, "aggressor_side", pa.nulls(len(trades), side.type))
    rows = unsigned.build(DAILY)
    assert not pc.any(rows.column("is_flagged")).as_py()
    flagged = day("usdm_ethusdt").build(DAILY).column("sign").to_numpy()
    assert round(float((rows.column("sign").to_numpy() == flagged).mean()), 4) == 0.9996


def test_costs_in_minutes_not_to_be_trusted_are_left_out(day: Read) -> None:
    whole = day("usdm_ethusdt").build(DAILY)
    rows = distrust(day("usdm_ethusdt"), 2).build(DAILY)
    minute = day("usdm_ethusdt").integrity().column("window_start")[2].as_py()
    assert 0 < len(rows) < len(whole)
    known = whole.column("known_ts").to_pylist()
    assert len(whole) - len(rows) == sum((end - minute).total_seconds() == 60 for end in known)


def test_costs_before_any_quote_are_null(day: Read) -> None:
    tables = dict(day("usdm_ethusdt").tables)
    rows = Day(tables | {SILVER_QUOTES.name: tables[SILVER_QUOTES.name].slice(0, 0)}).build(DAILY)
    assert rows.column("effective_bps").null_count == rows.column("quote_ns").null_count == len(rows) == 14_076


def test_costs_of_no_trade_are_no_row(day: Read) -> None:
    tables = dict(day("usdm_ethusdt").tables)
    assert BOOK_INTEGRITY.name not in tables
    assert len(Day(tables | {SILVER_TRADES.name: tables[SILVER_TRADES.name].slice(0, 0)}).build(DAILY)) == 0
