"""gold.bars, gold.vpin and gold.predictor_scores over the captures."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from pipelines.gold.daily import bars, predictor_scores
from pipelines.gold.daily.measures_1d import DAILY as MEASURES
from schemas.measures import MEASURES_DAILY
from schemas.silver import SILVER_TRADES
from tests.pipelines.gold.daily.conftest import Day, replace

Read = Callable[..., Day]
NAME = "spot_btcusdt"
TOTAL = Decimal("212.03315")


def of_kind(rows: pa.Table, kind: str) -> pa.Table:
    """Bars of a kind."""
    return rows.filter(pc.equal(rows.column("kind"), kind))


def test_bars_hold_every_trade_once(day: Read) -> None:
    rows = day(NAME).build(bars.DAILY)
    time = of_kind(rows, "TIME")
    assert (pc.sum(time.column("quantity")).as_py(), pc.sum(time.column("trade_count")).as_py()) == (TOTAL, 9757)
    assert pc.sum(time.column("buy_quantity")).as_py() == Decimal("96.65118")
    assert {ns % (60 * 10**9) for ns in time.column("close_ns").to_pylist()} == {0}
    for kind, amount in (("VOLUME", "quantity"), ("DOLLAR", "value")):
        some = of_kind(rows, kind)
        (size,) = set(some.column("size").to_pylist())
        assert float(pc.min(some.column(amount)).as_py()) >= size
        assert float(pc.sum(some.column(amount)).as_py()) > (len(some) - 1) * size
        assert some.column("bar_seq").to_pylist() == list(range(1, len(some) + 1))
    assert pc.all(pc.less_equal(rows.column("low_price"), rows.column("high_price"))).as_py()


def test_sizes_are_of_the_first_trades_or_of_an_earlier_day(day: Read) -> None:
    alone = of_kind(day(NAME).build(bars.DAILY), "VOLUME")
    assert alone.column("trade_count")[0].as_py() == bars.FIRST_TRADES
    measures = day(NAME).build(MEASURES)
    earlier = replace(Day({MEASURES_DAILY.name: measures}), MEASURES_DAILY, "event_date", pa.array([date(2024, 8, 5)]))
    rows = Day({**day(NAME).tables, **earlier.tables}).build(bars.DAILY)
    (size,) = set(of_kind(rows, "VOLUME").column("size").to_pylist())
    assert size == pytest.approx(float(TOTAL) / bars.A_DAY)
    assert 40 <= len(of_kind(rows, "VOLUME")) <= bars.A_DAY


def test_few_trades_give_bars_by_time_only(day: Read) -> None:
    tables = dict(day(NAME).tables)
    few = Day(tables | {SILVER_TRADES.name: tables[SILVER_TRADES.name].slice(0, bars.FIRST_TRADES - 1)})
    assert set(few.build(bars.DAILY).column("kind").to_pylist()) == {"TIME"}
    assert len(few.build(bars.VPIN_DAILY)) == 0
    nothing = Day(tables | {SILVER_TRADES.name: tables[SILVER_TRADES.name].slice(0, 0)})
    assert len(nothing.build(bars.DAILY)) == len(nothing.build(bars.VPIN_DAILY)) == 0


def test_vpin_is_the_mean_of_fifty_buckets(day: Read) -> None:
    rows = day(NAME).build(bars.VPIN_DAILY)
    (size,) = set(rows.column("bucket_quantity").to_pylist())
    assert len(rows) == int(TOTAL / size)
    assert rows.column("vpin").null_count == bars.A_DAY - 1
    last = rows.column("imbalance").to_pylist()[-bars.A_DAY :]
    assert rows.column("vpin")[-1].as_py() == pytest.approx(sum(map(abs, last)) / bars.A_DAY)


def test_vpin_of_a_volume_beyond_64_bits_is_the_same(day: Read) -> None:
    trades = day(NAME).tables[SILVER_TRADES.name]
    more = pc.multiply(trades.column("quantity"), pa.scalar(Decimal(80_000_000))).cast(pa.decimal128(18, 9))
    rows = replace(day(NAME), SILVER_TRADES, "quantity", more.combine_chunks()).build(bars.VPIN_DAILY)
    expected = day(NAME).build(bars.VPIN_DAILY)
    assert len(rows) == len(expected)
    assert rows.column("vpin")[-1].as_py() == pytest.approx(expected.column("vpin")[-1].as_py(), abs=1e-6)


def test_scores_are_of_the_same_quotes_and_stoikov_is_best_at_a_second(day: Read) -> None:
    rows = day(NAME).build(predictor_scores.DAILY).to_pylist()
    assert len(rows) == 4 * 4
    for horizon in predictor_scores.FORETOLD:
        scores = [row for row in rows if row["horizon"] == horizon]
        assert len({row["quote_count"] for row in scores}) == 1
        assert {row["predictor"] for row in scores} == {"mid", "micro_price", "micro_price_stoikov", "mid_ofi"}
    best = min((row for row in rows if row["horizon"] == "1s"), key=lambda row: row["rmse_bps"])
    assert best["predictor"] == "micro_price_stoikov"
    few = Day({name: table.slice(0, 500) for name, table in day(NAME).tables.items()})
    assert len(few.build(predictor_scores.DAILY)) == 0
