"""A day's report from tables as gold has them."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from pipelines.gold.views import VIEWS
from pipelines.serve.analytics.charts import CHARTS
from pipelines.serve.analytics.daily_report import NEEDED, summarise_spread, write_daily_report
from schemas.errors import LakeError
from schemas.tables import TABLES

DAY = date(2024, 8, 8)
SYMBOLS = {"BTCUSDT": 1.2, "ETHUSDT": 1.9, "A<B": 6.0}
VENUES = {"BINANCE": 0.6, "BATS": 0.3, "SIGMA": 0.1}
PNG = b"\x89PNG\r\n\x1a\n"


def minute(at: int, day: date = DAY) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(minutes=at)


def make_tables(day: date = DAY, minutes: int = 240) -> dict[str, pa.Table]:
    """Four hours of three symbols at three venues, in the types that Spark gives."""
    rng = np.random.default_rng(1)
    spreads, liquidity, measures = [], [], []
    for symbol, level in SYMBOLS.items():
        for at in range(minutes):
            average = level * float(np.exp(0.2 * rng.standard_normal()))
            spreads.append(
                {
                    "symbol": symbol,
                    "window_start": minute(at, day),
                    "quote_count": 100 + at,
                    "event_date": day,
                    "spread_avg_bps": average,
                    "spread_max_bps": 2 * average,
                    "liquidity_score": 1000 / average,
                    "market_regime": "STRESSED" if average > 1.4 * level else "NORMAL",
                }
            )
            for venue, share in VENUES.items():
                value = Decimal(round(1e6 * share)) + Decimal("0.5")
                cell = {"symbol": symbol, "venue": venue, "window_end": minute(at + 1, day), "event_date": day}
                liquidity.append({**cell, "value": value, "share": share, "effective_venues": 1 / 0.46})
        for venue, share in VENUES.items():
            cell = {"symbol": symbol, "venue": venue, "value": 1e9 * share, "event_date": day}
            measures.append({**cell, "effective_bps": level, "impact_10s_bps": None if venue == "BATS" else level / 2})
    return {name: pa.Table.from_pylist(rows) for name, rows in zip(NEEDED, (spreads, liquidity, measures), strict=True)}


def test_report_needs_columns_that_gold_has() -> None:
    known = {view.name: {name for name, _ in view.columns} for view in VIEWS}
    known |= {table.name: {column.name for column in table.columns} for table in TABLES}
    assert {name: set(columns) - known[name] for name, columns in NEEDED.items()} == {name: set() for name in NEEDED}


def test_write_daily_report(tmp_path: Path) -> None:
    path = write_daily_report(DAY, make_tables(), tmp_path / "day" / "report")
    text = path.read_text()
    assert {file.name for file in path.parent.iterdir()} == {"report.html", *(f"{name}.png" for name in CHARTS)}
    assert all((path.parent / f"{name}.png").read_bytes().startswith(PNG) for name in CHARTS)
    assert text.count("data:image/png;base64,") == len(CHARTS)
    assert "http" not in text
    assert "<th>A&lt;B</th><td>240</td>" in text


def test_write_daily_report_again_gives_the_same_bytes(tmp_path: Path) -> None:
    path = write_daily_report(DAY, make_tables(minutes=20), tmp_path)
    first = path.read_bytes()
    frames = {name: table.to_pandas() for name, table in make_tables(minutes=20).items()}
    assert write_daily_report(DAY, frames, tmp_path).read_bytes() == first


def test_write_daily_report_leaves_other_days_out(tmp_path: Path) -> None:
    other = make_tables(DAY + timedelta(days=1), 30)
    both = {name: pa.concat_tables([table, other[name]]) for name, table in make_tables(minutes=20).items()}
    assert "<th>BTCUSDT</th><td>20</td>" in write_daily_report(DAY, both, tmp_path).read_text()


def test_write_daily_report_of_a_day_without_trades(tmp_path: Path) -> None:
    tables = make_tables(minutes=20)
    quiet = {name: table if name == "gold.spread_1m" else table.slice(0, 0) for name, table in tables.items()}
    path = write_daily_report(DAY, quiet, tmp_path)
    assert {file.name for file in tmp_path.iterdir()} == {"report.html", "spread.png", "liquidity.png"}
    assert "BTCUSDT" in path.read_text()


def test_summarise_spread_weighs_minutes_by_their_quotes() -> None:
    rows = {
        "symbol": ["A", "A", "B"],
        "quote_count": [1, 3, 0],
        "spread_avg_bps": [1.0, 5.0, np.nan],
        "spread_max_bps": [2.0, 9.0, np.nan],
        "market_regime": ["CALM", "STRESSED", None],
    }
    found = summarise_spread(pd.DataFrame(rows))
    assert found.loc["A"].tolist() == [2, 4, 4.0, 9.0, 250.0, 1]
    assert found.loc["B", ["spread_avg_bps", "liquidity_score"]].isna().all()


def test_write_daily_report_of_bad_input(tmp_path: Path) -> None:
    tables = make_tables(minutes=2)
    for given, day, sentence in [
        ({}, DAY, "The report lacks gold.spread_1m: give its rows of 2024-08-08."),
        (tables, date(2020, 1, 1), "gold.spread_1m has no row of 2020-01-01: nothing can be reported of it."),
        (
            {**tables, "gold.measures_1d": tables["gold.measures_1d"].drop_columns(["value", "venue"])},
            DAY,
            "gold.measures_1d comes without venue, value: the report needs them.",
        ),
    ]:
        with pytest.raises(LakeError) as raised:
            write_daily_report(day, given, tmp_path / "never")
        assert str(raised.value) == sentence
    assert not (tmp_path / "never").exists()
