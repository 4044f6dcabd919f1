"""The figures of reports. Colours are those of Okabe and Ito, which people who are colour-blind can tell apart."""

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from pipelines.microstructure.series import UNITS_PER_ONE, Ints
from pipelines.research.formats import basis_points, duration
from pipelines.research.metrics import Fills, compute_returns, trace_drawdown
from pipelines.research.record import Line, Run, Trials
from pipelines.research.surface import Surface

BLUE, VERMILION, GREEN, ORANGE, SKY, PURPLE, BLACK = (
    *("#0072B2", "#D55E00", "#009E73", "#E69F00", "#56B4E9", "#CC79A7", "#1F2933"),
)
COLOURS = (BLUE, VERMILION, GREEN, ORANGE, PURPLE, SKY, BLACK)
DASHES = ("solid", "dash", "dot", "dashdot")
DIVERGING = ((0.0, "#B35806"), (0.25, "#F1A340"), (0.5, "#F7F7F7"), (0.75, "#7FB3D5"), (1.0, BLUE))
FONT = "Inter, 'Segoe UI', 'Helvetica Neue', Arial, sans-serif"
GRID = "#E4E7EB"
FILL_LIMIT = 3000


def draw_equity(run: Run) -> go.Figure:
    """Equity above, drawdown below, over one axis of time."""
    figure = make_subplots(rows=2, shared_xaxes=True, row_heights=[0.68, 0.32], vertical_spacing=0.06)
    figure.add_trace(_line(Line(run.ns, run.equity, "Equity"), BLUE), row=1, col=1)
    figure.add_hline(float(run.equity[0]), line={"color": "#9AA5B1", "width": 1, "dash": "dot"}, row=1, col=1)
    returns = compute_returns(run.equity)
    if returns is not None:
        fall = _line(Line(run.ns, trace_drawdown(returns), "Drawdown"), VERMILION)
        figure.add_trace(fall.update(fill="tozeroy", fillcolor="rgba(213,94,0,0.18)"), row=2, col=1)
    figure.update_yaxes(title_text=f"Equity, {run.currency}", tickformat=",.6~g", row=1, col=1)
    figure.update_yaxes(title_text="Drawdown", tickformat=".3~%", row=2, col=1)
    return _style(figure, 430)


def draw_trades(run: Run) -> go.Figure:
    """Fills on the price; of very many, an even sample."""
    figure = go.Figure(_line(Line(run.price_ns, run.price, "Price"), "#9AA5B1"))
    for name, colour, symbol, side in (("Buy", BLUE, "triangle-up", 1), ("Sell", VERMILION, "triangle-down", -1)):
        rows = sample_rows(run.fills, side)
        marker = {"color": colour, "symbol": symbol, "size": 9, "line": {"color": "white", "width": 1}}
        quantity = np.abs(run.fills.quantity[rows]) / UNITS_PER_ONE
        figure.add_trace(
            go.Scatter(
                x=_times(run.fills.ns[rows]),
                y=run.fills.price[rows] / UNITS_PER_ONE,
                customdata=quantity,
                mode="markers",
                marker=marker,
                name=name,
                hovertemplate=f"{name} %{{customdata:,.6~g}} at %{{y:,.8~g}}<extra></extra>",
            )
        )
    figure.update_yaxes(title_text=f"Price, {run.currency}", tickformat=",.8~g")
    return _style(figure, 340)


def sample_rows(fills: Fills, side: int) -> Ints:
    """Rows of the fills of a side (1 bought, −1 sold); of more than can be seen, an even sample of FILL_LIMIT."""
    rows = np.flatnonzero(np.sign(fills.quantity) == side)
    return rows if len(rows) <= FILL_LIMIT else rows[np.linspace(0, len(rows) - 1, FILL_LIMIT).astype(int)]


def draw_trials(trials: Trials) -> go.Figure:
    """Sharpe ratio over the first two parameters that vary, the median over the others; over one, a line of points."""
    varied = trials.varied()
    if len(varied) < 2:
        name = varied[0] if varied else "trial"
        values = trials.parameters.get(name, range(len(trials.sharpe))) if varied else range(len(trials.sharpe))
        figure = go.Figure(go.Scatter(x=[str(v) for v in values], y=trials.sharpe, mode="markers", marker_color=BLUE))
        return _style(figure.update_xaxes(title_text=name).update_yaxes(title_text="Sharpe ratio a period"), 340)
    axes = [_levels(trials, name) for name in varied[:2]]
    cells = np.full([len(levels) for levels, _ in axes], np.nan)
    for row, column in set(zip(axes[0][1], axes[1][1], strict=True)):
        held = trials.sharpe[(np.array(axes[0][1]) == row) & (np.array(axes[1][1]) == column)]
        cells[row, column] = np.median(held[np.isfinite(held)]) if np.isfinite(held).any() else np.nan
    labels = [[str(level) for level in levels] for levels, _ in axes]
    figure = go.Figure(_heat(labels[1], labels[0], cells, ".3f"))
    figure.update_layout(coloraxis=_coloraxis("Sharpe"))
    figure.update_xaxes(title_text=varied[1], type="category").update_yaxes(title_text=varied[0], type="category")
    return _style(figure, 380)


def draw_surface(surface: Surface, currency: str) -> go.Figure:
    """PnL over latency and fee, one map a queue model, all in one scale."""
    queues = len(surface.queue_models)
    figure = make_subplots(cols=queues, shared_yaxes=True, subplot_titles=surface.queue_models, horizontal_spacing=0.04)
    fees, latencies = [basis_points(fee) for fee in surface.fee_bps], [duration(ns) for ns in surface.latency_ns]
    for queue in range(queues):
        figure.add_trace(_heat(fees, latencies, surface.pnl[:, queue], ",.4~g"), row=1, col=queue + 1)
    figure.update_layout(coloraxis=_coloraxis(f"PnL, {currency}"))
    figure.update_xaxes(title_text="Fee", type="category").update_yaxes(type="category")
    return _style(figure.update_yaxes(title_text="Order latency", col=1), 380)


def draw_equities(runs: list[tuple[str, Run]]) -> go.Figure:
    """Profit and loss of named runs since their start, one above the other."""
    figure = go.Figure()
    for at, (name, run) in enumerate(runs):
        line = _line(Line(run.ns, run.equity - run.equity[0], name), COLOURS[at % len(COLOURS)])
        figure.add_trace(line.update(line_dash=DASHES[at // len(COLOURS) % len(DASHES)]))
    figure.update_yaxes(title_text=f"PnL, {runs[0][1].currency}", tickformat=",.6~g", zerolinecolor="#9AA5B1")
    return _style(figure, 440)


def _levels(trials: Trials, name: str) -> tuple[list[object], list[int]]:
    values = list(trials.parameters[name])
    numbers = [value for value in set(values) if isinstance(value, int | float)]
    others = [value for value in set(values) if not isinstance(value, int | float)]
    levels = [*sorted(numbers), *sorted(others, key=str)]
    return levels, [levels.index(value) for value in values]


def _heat(x: list[str], y: list[str], cells: np.ndarray, digits: str) -> go.Heatmap:
    text = f"%{{z:{digits}}}" if cells.size <= 150 else None
    return go.Heatmap(x=x, y=y, z=cells, texttemplate=text, coloraxis="coloraxis", xgap=2, ygap=2, hoverongaps=False)


def _coloraxis(title: str) -> dict[str, object]:
    bar = {"title": {"text": title}, "thickness": 12, "outlinewidth": 0}
    return {"colorscale": DIVERGING, "cmid": 0, "colorbar": bar}


def _line(line: Line, colour: str) -> go.Scatter:
    thin = line.thinned()
    return go.Scatter(x=_times(thin.ns), y=thin.values, name=thin.name, line={"color": colour, "width": 1.8})


def _times(ns: Ints) -> np.ndarray:
    return np.asarray(ns, np.int64).astype("datetime64[ns]")


def _style(figure: go.Figure, height: int) -> go.Figure:
    figure.update_layout(
        template="plotly_white",
        height=height,
        margin={"l": 72, "r": 24, "t": 32, "b": 44},
        font={"family": FONT, "size": 13, "color": "#3E4C59"},
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 1, "xanchor": "right"},
        hoverlabel={"font": {"family": FONT}},
    )
    figure.update_xaxes(gridcolor=GRID, linecolor="#CBD2D9").update_yaxes(gridcolor=GRID, automargin=True)
    return figure
