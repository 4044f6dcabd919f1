"""What a run earned and at what risk, from its equity curve and its fills. What is undefined is None, never 0.

Ratios are those of empyrical: Sharpe, The Sharpe Ratio, 1994; Sortino and Price, Performance Measurement in a Downside
Risk Framework, 1994; Young, Calmar Ratio, 1991.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pipelines.microstructure.series import UNITS_PER_ONE, Floats, Ints, compiled
from pipelines.research.returns import ROUNDING, check_returns, defined
from schemas.errors import ResearchError


@dataclass(frozen=True)
class Fills:
    """Fills of one instrument in order of time, n each.

    `ns` is when, `price` and `quantity` are in units of 1e-9, quantity is negative where it sold; `fee` is in the quote
    currency, negative where the venue paid.
    """

    ns: Ints
    price: Ints
    quantity: Ints
    fee: Floats

    def __len__(self) -> int:
        return len(self.ns)


@dataclass(frozen=True)
class Activity:
    """How much a run looked at and how often it wanted something."""

    signal_count: int
    event_count: int


@dataclass(frozen=True)
class Metrics:
    """Money is in the quote currency, ratios are a year's.

    `max_drawdown` is a fraction of the highest equity before, in [−1, 0];
    `turnover` is traded value over mean equity; `trade_count` counts fills, `round_trip_count` those that close;
    `win_rate` is the part of round trips that earned; `signal_density` is signals an event.
    """

    total_pnl: float
    total_return: float | None
    trade_count: int
    round_trip_count: int
    win_rate: float | None
    signal_density: float | None
    traded_value: float
    fees: float
    turnover: float | None
    max_drawdown: float | None
    sharpe: float | None
    sortino: float | None
    calmar: float | None


def measure_run(
    equity: npt.ArrayLike, fills: Fills, activity: Activity, periods_per_year: float, flat: float = 0.0
) -> Metrics:
    """Metrics of an equity curve (T + 1,), its start and the end of each of T periods, net of all costs.

    `flat` is the return a period that Sharpe and Sortino measure from. Ratios are None where the equity is not positive
    throughout. Raises ResearchError for an empty curve, values that are no numbers, and fills out of order or of 0.
    """
    curve = check_returns(equity, "value")
    if not len(curve):
        raise ResearchError("The equity curve is empty: give at least what the run began with.")
    _check_fills(fills)
    returns = compute_returns(curve)
    earned = measure_round_trips(fills)
    value = float((np.abs(fills.quantity) / UNITS_PER_ONE * (fills.price / UNITS_PER_ONE)).sum())
    return Metrics(
        total_pnl=float(curve[-1] - curve[0]),
        total_return=defined(curve[-1] / curve[0] - 1) if curve[0] > 0 else None,
        trade_count=len(fills),
        round_trip_count=len(earned),
        win_rate=float((earned > 0).mean()) if len(earned) else None,
        signal_density=activity.signal_count / activity.event_count if activity.event_count else None,
        traded_value=value,
        fees=float(fills.fee.sum()),
        turnover=value / float(curve.mean()) if curve.mean() > 0 else None,
        max_drawdown=None if returns is None else measure_drawdown(returns),
        sharpe=None if returns is None else measure_sharpe(returns, periods_per_year, flat),
        sortino=None if returns is None else measure_sortino(returns, periods_per_year, flat),
        calmar=None if returns is None else measure_calmar(returns, periods_per_year),
    )


def compute_returns(equity: npt.ArrayLike) -> Floats | None:
    """Simple returns (T,) of an equity curve (T + 1,); None where it is not positive throughout."""
    curve = check_returns(equity, "value")
    return curve[1:] / curve[:-1] - 1 if len(curve) and (curve > 0).all() else None


def measure_round_trips(fills: Fills) -> Floats:
    """What each fill that closes (a part of) a position realised, in the quote currency, net of fees: (r,).

    By average cost: the closed quantity × (price − average cost), less its part of the fees of the opening fills and of
    this one. A fill that turns the position closes the old one and opens another with the rest.
    """
    earned = np.empty(len(fills))
    return earned[: _close(fills.price / UNITS_PER_ONE, fills.quantity, np.asarray(fills.fee, np.float64), earned)]


def measure_sharpe(returns: npt.ArrayLike, periods_per_year: float, flat: float = 0.0) -> float | None:
    """√periods · mean/deviation of returns (T,) above `flat`, by the sample's deviation; None where none varies."""
    excess, years = check_returns(returns) - flat, _check_year(periods_per_year)
    if len(excess) < 2 or _is_flat(excess):
        return None
    return defined(excess.mean() / excess.std(ddof=1) * np.sqrt(years))


def measure_sortino(returns: npt.ArrayLike, periods_per_year: float, flat: float = 0.0) -> float | None:
    """√periods · mean/√(mean squared shortfall below `flat`) of returns (T,); None without a shortfall."""
    excess, years = check_returns(returns) - flat, _check_year(periods_per_year)
    downside = float(np.sqrt((np.minimum(excess, 0) ** 2).mean())) if len(excess) >= 2 else 0.0
    return defined(excess.mean() / downside * np.sqrt(years)) if downside > 0 else None


def measure_drawdown(returns: npt.ArrayLike) -> float | None:
    """The deepest fall of compounded returns (T,) from the highest before or the start, in [−1, 0]; None for T = 0."""
    falls = trace_drawdown(returns)
    return float(falls.min()) if len(falls) > 1 else None


def trace_drawdown(returns: npt.ArrayLike) -> Floats:
    """Compounded returns (T,) against the highest before: (T + 1,), the first 0."""
    grown = np.concatenate([[1.0], np.cumprod(1 + check_returns(returns))])
    return grown / np.maximum.accumulate(grown) - 1


def measure_calmar(returns: npt.ArrayLike, periods_per_year: float) -> float | None:
    """Compound return a year over the deepest drawdown of returns (T,); None without one or where it overflows."""
    values, years = check_returns(returns), len(np.atleast_1d(np.asarray(returns))) / _check_year(periods_per_year)
    fall = measure_drawdown(values)
    if not fall:
        return None
    with np.errstate(over="ignore"):
        return defined(float(np.prod(1 + values) ** (1 / years) - 1) / -fall)


def _is_flat(values: Floats) -> bool:
    return float(values.var()) <= ROUNDING * float((values**2).mean())


def _check_year(periods_per_year: float) -> float:
    if not 0 < periods_per_year < np.inf:
        raise ResearchError(f"A year of {periods_per_year} periods: give how many periods a year has.")
    return periods_per_year


def _check_fills(fills: Fills) -> None:
    if (np.diff(fills.ns) < 0).any():
        raise ResearchError("Fills must come in order of time.")
    if (fills.quantity == 0).any():
        raise ResearchError(f"Fill {int(np.argmin(fills.quantity != 0))} has the quantity 0: leave it out.")


@compiled
def _close(price: Floats, quantity: Ints, fee: Floats, earned: Floats) -> int:
    """Fill `earned` with what each closing fill realised; their number. `cost` is the open position's, with fees."""
    held, cost, count = 0, 0.0, 0
    for row in range(len(price)):
        bought, closed = quantity[row], 0
        if held != 0 and (held > 0) != (bought > 0):
            closed = min(abs(held), abs(bought))
            side = 1 if held > 0 else -1
            part = cost * closed / abs(held)
            own = fee[row] * closed / abs(bought)
            earned[count] = side * closed / 1e9 * price[row] - part - own
            count += 1
            cost -= part
            held -= side * closed
        opened = bought - (closed if bought > 0 else -closed)
        if opened != 0:
            held += opened
            cost += opened / 1e9 * price[row] + fee[row] * abs(opened) / abs(bought)
        elif held == 0:
            cost = 0.0
    return count
