"""A day's liquidity and spread: charts as PNG, and one HTML that holds them all."""

import base64
import io
from collections.abc import Mapping
from datetime import date
from html import escape
from pathlib import Path

import pandas as pd
import pyarrow as pa

from pipelines.serve.analytics.charts import CHARTS
from schemas.errors import LakeError

NEEDED = {
    "gold.spread_1m": (
        *("symbol", "window_start", "quote_count", "spread_avg_bps", "spread_max_bps", "liquidity_score"),
        *("market_regime", "event_date"),
    ),
    "gold.venue_liquidity_5m": ("symbol", "venue", "window_end", "value", "share", "effective_venues", "event_date"),
    "gold.measures_1d": ("symbol", "venue", "value", "effective_bps", "impact_10s_bps", "event_date"),
}
COLUMNS = ("Symbol", "Minutes", "Quotes", "Spread avg, bps", "Spread max, bps", "Liquidity score", "Stressed minutes")
STYLE = """body { margin: 0; background: #f5f7fa; color: #1f2933; font: 15px/1.5 Inter, 'Segoe UI', Arial, sans-serif;
  font-variant-numeric: tabular-nums; } main { max-width: 1120px; margin: 0 auto; padding: 32px 24px; }
h1 { font-size: 28px; margin: 0; } p { color: #52606d; margin: 0 0 20px; }
section { background: white; border: 1px solid #e4e7eb; border-radius: 10px; padding: 16px 20px; margin-bottom: 16px; }
img { width: 100%; display: block; } table { border-collapse: collapse; width: 100%; }
th, td { text-align: right; padding: 6px 10px; border-bottom: 1px solid #e4e7eb; font-weight: 400; }
thead th { color: #52606d; font-size: 13px; } th:first-child { text-align: left; }
tr:last-child > * { border-bottom: 0; }"""


def write_daily_report(day: date, tables: Mapping[str, pa.Table | pd.DataFrame], folder: Path) -> Path:
    """Write the charts and `report.html` of a day into a folder, which is made; the path of the HTML.

    `tables` are rows of gold.spread_1m, gold.venue_liquidity_5m and gold.measures_1d; other days' rows are left out. A
    report that is there is written anew. Raises LakeError for a table or column that lacks, and for a day without
    spreads.
    """
    frames = {name: _of_day(name, tables, day) for name in NEEDED}
    if frames["gold.spread_1m"].empty:
        raise LakeError(f"gold.spread_1m has no row of {day}: nothing can be reported of it.")
    folder.mkdir(parents=True, exist_ok=True)
    images = {name: _draw(draw(frames[table])) for name, (table, draw) in CHARTS.items() if len(frames[table])}
    for name, image in images.items():
        (folder / f"{name}.png").write_bytes(image)
    path = folder / "report.html"
    path.write_text(_write(day, frames["gold.spread_1m"], images), encoding="utf-8")
    return path


def summarise_spread(spread: pd.DataFrame) -> pd.DataFrame:
    """By symbol, of the minutes of gold.spread_1m: how many, quotes, spread in bps, liquidity score, stressed minutes.

    The mean spread weighs each minute by its quotes; the liquidity score is 1000 over it.
    """
    quotes = spread["quote_count"].astype(float)
    rows = spread.assign(quotes=quotes, weighed=quotes * spread["spread_avg_bps"])
    rows["stressed"] = rows["market_regime"] == "STRESSED"
    by = rows.groupby("symbol")
    mean = by["weighed"].sum() / by["quotes"].sum()
    counts = {"minutes": by.size(), "quotes": by["quotes"].sum()}
    spreads = {"spread_avg_bps": mean, "spread_max_bps": by["spread_max_bps"].max(), "liquidity_score": 1000 / mean}
    return pd.DataFrame({**counts, **spreads, "stressed": by["stressed"].sum()})


def _of_day(name: str, tables: Mapping[str, pa.Table | pd.DataFrame], day: date) -> pd.DataFrame:
    if name not in tables:
        raise LakeError(f"The report lacks {name}: give its rows of {day}.")
    given = tables[name]
    columns = given.column_names if isinstance(given, pa.Table) else list(given.columns)
    lacking = [column for column in NEEDED[name] if column not in columns]
    if lacking:
        raise LakeError(f"{name} comes without {', '.join(lacking)}: the report needs them.")
    frame = given.select(NEEDED[name]).to_pandas() if isinstance(given, pa.Table) else given[list(NEEDED[name])]
    return frame[pd.to_datetime(frame["event_date"]).dt.date == day]


def _draw(figure: object) -> bytes:
    image = io.BytesIO()
    figure.savefig(image, format="png", metadata={"Software": None})  # type: ignore[attr-defined]  # a Figure
    return image.getvalue()


def _write(day: date, spread: pd.DataFrame, images: Mapping[str, bytes]) -> str:
    shown = (
        f'<img alt="{name}" src="data:image/png;base64,{base64.b64encode(i).decode()}">' for name, i in images.items()
    )
    charts = "".join(f"<section>{image}</section>" for image in shown)
    head = "".join(f"<th>{name}</th>" for name in COLUMNS)
    body = "".join(_row(str(symbol), row) for symbol, row in summarise_spread(spread).iterrows())
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>Liquidity and spread, {day}</title>'
        f'<link rel="icon" href="data:,"><style>{STYLE}</style></head><body><main><h1>Liquidity and spread</h1>'
        f"<p>{day}, UTC. Spreads are in bps of mid over all venues.</p>"
        f"<section><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></section>{charts}</main></body></html>\n"
    )


def _row(symbol: str, row: "pd.Series[float]") -> str:
    cells = (
        *(f"{row['minutes']:,.0f}", f"{row['quotes']:,.0f}", f"{row['spread_avg_bps']:.3f}"),
        *(f"{row['spread_max_bps']:.3f}", f"{row['liquidity_score']:,.1f}", f"{row['stressed']:,.0f}"),
    )
    said = ("undefined" if cell == "nan" else cell for cell in cells)
    return f"<tr><th>{escape(symbol)}</th>{''.join(f'<td>{cell}</td>' for cell in said)}</tr>"
