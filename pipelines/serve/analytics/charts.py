"""Charts of a day from tables of gold, each of a few symbols or venues: of more, the largest are shown."""

from collections.abc import Callable

import matplotlib.dates as dates
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

# Okabe and Ito: colours that people who are colour-blind can tell apart.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#E69F00", "#CC79A7", "#56B4E9", "#1F2933")
MOST = len(COLOURS)
INK, SOFT, LINE = "#1F2933", "#52606D", "#E4E7EB"


def draw_spread(spread: pd.DataFrame) -> Figure:
    """Mean spread a minute by symbol, of gold.spread_1m; stressed minutes are marked."""
    figure, axes = _canvas("Spread", "bps of mid, mean of a minute; dots: STRESSED")
    shown = _largest(spread, "symbol", "quote_count")
    for colour, (symbol, rows) in zip(COLOURS, shown, strict=False):
        axes.plot(rows["window_start"], rows["spread_avg_bps"], color=colour, linewidth=1.3, label=symbol)
        stressed = rows[rows["market_regime"] == "STRESSED"]
        axes.scatter(stressed["window_start"], stressed["spread_avg_bps"], color=colour, s=14, zorder=3)
    return _finish_times(figure, axes)


def draw_liquidity(spread: pd.DataFrame) -> Figure:
    """Distribution of the liquidity score, 1000/mean spread, over the minutes of gold.spread_1m, by symbol."""
    figure, axes = _canvas("Liquidity score", "1000/mean spread in bps of each minute; lines: median, quartiles")
    names = [symbol for symbol, _ in _largest(spread, "symbol", "quote_count")]
    rows = spread[spread["symbol"].isin(names)].dropna(subset=["liquidity_score"])
    if len(rows):
        look = {"order": names, "hue_order": names, "palette": list(COLOURS[: len(names)]), "legend": False}
        sns.violinplot(rows, x="liquidity_score", y="symbol", hue="symbol", inner="quart", cut=0, ax=axes, **look)
    axes.set(xlabel="", ylabel="")
    return figure


def draw_venue_shares(liquidity: pd.DataFrame) -> Figure:
    """Part of each venue in the value of its symbol, of gold.venue_liquidity_5m: the mean over the day's windows."""
    figure, axes = _canvas("Where it traded", "% of the value, mean over rolling 5 minutes")
    venues = [venue for venue, _ in _largest(liquidity, "venue", "value")]
    windows = liquidity.groupby("symbol")["window_end"].nunique()
    shares = liquidity.groupby(["symbol", "venue"])["share"].sum().unstack(fill_value=0.0).div(windows, axis=0)
    if len(shares):
        shown = 100 * shares.reindex(columns=venues)
        sns.heatmap(shown, cmap="Blues", vmin=0, vmax=100, annot=True, fmt=".1f", linewidths=2, cbar=False, ax=axes)
    axes.set(xlabel="", ylabel="")
    axes.tick_params(rotation=0)
    return figure


def draw_concentration(liquidity: pd.DataFrame) -> Figure:
    """Effective venues, 1/HHI, over the day by symbol, of gold.venue_liquidity_5m."""
    figure, axes = _canvas("Effective venues", "1/HHI of the venues' shares over rolling 5 minutes")
    once = liquidity.drop_duplicates(["symbol", "window_end"])
    for colour, (symbol, rows) in zip(COLOURS, _largest(once, "symbol", "value"), strict=False):
        axes.plot(rows["window_end"], rows["effective_venues"], color=colour, linewidth=1.3, label=symbol)
    return _finish_times(figure, axes)


def draw_costs(measures: pd.DataFrame) -> Figure:
    """Effective spread and what of it the price took within 10 s, by symbol and venue, of gold.measures_1d."""
    figure, axes = _canvas("Cost of a trade", "bps of mid, share-weighted: effective spread, impact after 10 s")
    known = measures.dropna(subset=["effective_bps"]).nlargest(12, "value")
    names = known["symbol"] + " " + known["venue"]
    for column, label, colour, offset in (
        ("effective_bps", "Effective spread", COLOURS[0], -0.2),
        ("impact_10s_bps", "Impact, 10 s", COLOURS[3], 0.2),
    ):
        axes.barh([at + offset for at in range(len(known))], known[column], height=0.36, color=colour, label=label)
    axes.set_yticks(range(len(known)), names)
    axes.invert_yaxis()
    return _finish(figure, axes)


CHARTS: dict[str, tuple[str, Callable[[pd.DataFrame], Figure]]] = {
    "spread": ("gold.spread_1m", draw_spread),
    "liquidity": ("gold.spread_1m", draw_liquidity),
    "venue_shares": ("gold.venue_liquidity_5m", draw_venue_shares),
    "concentration": ("gold.venue_liquidity_5m", draw_concentration),
    "costs": ("gold.measures_1d", draw_costs),
}


def _canvas(title: str, unit: str) -> tuple[Figure, Axes]:
    figure = Figure(figsize=(9.2, 3.6), dpi=130, layout="constrained", facecolor="white")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    axes.set_title(title, loc="left", fontsize=12, fontweight="bold", color=INK, pad=24)
    axes.text(0, 1.03, unit, transform=axes.transAxes, fontsize=9, color=SOFT, va="bottom")
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.spines["bottom"].set_color(LINE)
    axes.tick_params(colors=SOFT, labelsize=9, length=0)
    axes.grid(color=LINE, linewidth=0.8)
    axes.set_axisbelow(True)
    return figure, axes


def _largest(rows: pd.DataFrame, key: str, weight: str) -> list[tuple[str, pd.DataFrame]]:
    """The rows of each of the MOST keys with the most weight, the largest first, in order of time."""
    totals = rows[weight].astype(float).groupby(rows[key]).sum().nlargest(MOST)
    clock = "window_end" if "window_end" in rows else "window_start"
    return [(str(name), rows[rows[key] == name].sort_values(clock)) for name in totals.index]


def _finish_times(figure: Figure, axes: Axes) -> Figure:
    axes.xaxis.set_major_formatter(dates.DateFormatter("%H:%M"))  # type: ignore[no-untyped-call]  # matplotlib types it not
    axes.set_ylim(bottom=0)
    return _finish(figure, axes)


def _finish(figure: Figure, axes: Axes) -> Figure:
    if axes.get_legend_handles_labels()[0]:
        figure.legend(loc="outside upper right", ncols=MOST, frameon=False, fontsize=9, labelcolor=SOFT)
    return figure
