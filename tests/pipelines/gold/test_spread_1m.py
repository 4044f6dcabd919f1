"""The view of the spread minute by minute, by hand."""

import pytest
from pyspark.sql.types import StructType

from pipelines.gold.spread_1m import SPREAD_1M
from tests.conftest import assert_rows
from tests.pipelines.gold.conftest import Fold
from tests.pipelines.gold.partials import START, minute, quotes, trades

MOMENTS = (
    "symbol STRING, window_start TIMESTAMP, quote_count BIGINT NOT NULL, "
    "spread_avg_bps DOUBLE, spread_min_bps DOUBLE, spread_max_bps DOUBLE, spread_std_bps DOUBLE, "
    "liquidity_score DOUBLE, trade_count BIGINT NOT NULL, quote_to_trade_ratio DOUBLE"
)
FLOWS = [  # symbol, spreads, quantity bought and sold (None: no trades), order_imbalance, is_optimal_execution
    ("tight", (4, 5), (3, 3), 0.5, True),
    ("tight, at two fifths", (4, 5), (2, 3), 0.4, False),
    ("tight, at three fifths", (4, 5), (3, 2), 0.6, False),
    ("tight, only bought", (4, 5), (1, 0), 1.0, False),
    ("tight, only sold", (4, 5), (0, 1), 0.0, False),
    ("tight, sides unknown", (4, 5), (0, 0), None, None),
    ("tight, no trades", (4, 5), None, None, None),
    ("locked", (0, 0), (3, 3), 0.5, True),
    ("at 5 bps", (5, 5), (3, 3), 0.5, False),
    ("at 5 bps, no trades", (5, 5), None, None, False),
    ("at std 2", (1, 5), (3, 3), 0.5, False),
    ("one side quoted", (), (3, 3), 0.5, None),
    ("no quotes", None, (3, 3), 0.5, None),
    ("no quotes, only bought", None, (3, 0), 1.0, False),
]


@pytest.mark.spark
def test_spread_1m_over_all_windows_and_venues_of_a_minute(fold: Fold) -> None:
    quoted = [
        quotes("S", minute(0), 1, 7),
        quotes("S", minute(0.5), 1, venue="XNYS"),
        quotes("S", minute(0.99), 7, one_sided=4),
        quotes("S", minute(1), 2),
        quotes("T", minute(0), 0),
        quotes("T", minute(1), one_sided=1),
    ]
    traded = [trades("S", minute(0)), trades("S", minute(0), venue="XNYS"), trades("T", minute(1)), trades("U", START)]
    rows = fold(SPREAD_1M, quotes=quoted, trades=traded)
    assert rows.columns == [name for name, _ in SPREAD_1M.columns]
    expected = [
        ("S", START, 4, 4.0, 1.0, 7.0, 3.0, 250.0, 2, 2.0),
        ("S", minute(1), 1, 2.0, 2.0, 2.0, 0.0, 500.0, 0, None),
        ("T", START, 1, 0.0, 0.0, 0.0, 0.0, None, 0, None),
        ("T", minute(1), 0, None, None, None, None, None, 1, 0.0),
        ("U", START, 0, None, None, None, None, None, 1, 0.0),
    ]
    assert_rows(rows.select(*StructType.fromDDL(MOMENTS).names), expected, MOMENTS)


@pytest.mark.spark
def test_spread_1m_judges_flow(fold: Fold) -> None:
    rows = fold(
        SPREAD_1M,
        quotes=[quotes(case, START, *bps, one_sided=1) for case, bps, *_ in FLOWS if bps is not None],
        trades=[trades(case, START, buy_quantity=f[0], sell_quantity=f[1]) for case, _, f, *_ in FLOWS if f],
    )
    assert_rows(
        rows.select("symbol", "event_date", "order_imbalance", "is_optimal_execution"),
        [(case, START.date(), imbalance, is_optimal) for case, _, _, imbalance, is_optimal in FLOWS],
        "symbol STRING, event_date DATE, order_imbalance DOUBLE, is_optimal_execution BOOLEAN",
    )


@pytest.mark.spark
def test_spread_1m_compares_with_the_last_thirty_minutes(fold: Fold) -> None:
    calm = [quotes("S", minute(n), 4, 4) for n in range(29)]
    rows = fold(
        SPREAD_1M,
        quotes=[*calm, quotes("S", minute(29), 34), quotes("S", minute(30), 2, 12), quotes("S", minute(60), 1)],
        trades=[trades("S", minute(61))],
    )
    assert_rows(
        rows.select("window_start", "spread_rolling_avg_bps", "is_anomaly", "market_regime"),
        [
            *[(minute(n), 4.0, False, "NORMAL") for n in range(29)],
            (minute(29), 5.0, True, "STRESSED"),
            (minute(30), (28 * 4 + 34 + 7) / 30, True, "NORMAL"),
            (minute(60), 1.0, False, "NORMAL"),
            (minute(61), 1.0, None, None),
        ],
        "window_start TIMESTAMP, spread_rolling_avg_bps DOUBLE, is_anomaly BOOLEAN, market_regime STRING",
    )


@pytest.mark.spark
def test_spread_1m_regime_of_a_minute_after_one_of_4_bps(fold: Fold) -> None:
    # The rolling average is r = (4 + x) / 2: x < 0.8 r below 8/3, x > 1.5 r above 12, and never x > 2 r.
    regimes = {2.666: "CALM", 2.667: "NORMAL", 4: "NORMAL", 12: "NORMAL", 12.001: "STRESSED", 1000: "STRESSED"}
    rows = fold(
        SPREAD_1M,
        quotes=[quotes(str(bps), minute(n), each) for bps in regimes for n, each in enumerate((4, bps))],
        trades=[],
    )
    found = rows.where(rows.window_start == minute(1)).select("symbol", "market_regime", "is_anomaly")
    expected = [(str(bps), regime, False) for bps, regime in regimes.items()]
    assert_rows(found, expected, "symbol STRING, market_regime STRING, is_anomaly BOOLEAN")
