"""Run a strategy over a tape: with everything that happened, or only for the returns, as a grid of trials wants."""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from pipelines.exact import exact_units, units_of, wide_units
from pipelines.microstructure.series import Floats, Ints
from pipelines.research import layout as at
from pipelines.research.compiled import run_of
from pipelines.research.desk import Market
from pipelines.research.settings import Settings
from pipelines.research.strategy import Strategy
from pipelines.research.tape import Tape

FIRST_FILLS = 16 * at.SPARE_FILLS
MONEY_DIGITS = 19
MID_DIGITS = 20


@dataclass(frozen=True)
class Result:
    """What became of a run, and what it assumed.

    fills: number, event_ns, side, price, quantity, fee, is_maker, position and cash after it, realised_pnl so far by
    average cost without fees. equity: event_ns, position, mid (null before there is one), cash, equity, at each step
    and at the end. Numbers are exact decimals.
    """

    strategy: str
    parameters: Mapping[str, float]
    settings: Settings
    fills: pa.Table
    equity: pa.Table
    event_count: int
    signal_count: int
    order_count: int
    cancelled_count: int
    fees: int  # paid, in 1e-9

    @property
    def returns(self) -> Floats:
        """Changes of the equity from sample to sample over the capital, (samples − 1,)."""
        return _returns(units_of(self.equity.column("equity")), float(self.settings.capital))


def run(tape: Tape, strategy: Strategy, parameters: Mapping[str, float], settings: Settings) -> Result:
    """A strategy over a tape; the same arguments give the same bytes.

    Raises ResearchError when the strategy cannot be told these parameters, or the settings do not fit the tape.
    """
    known = strategy.with_defaults(parameters)
    market = Market(tape, settings)
    desk = market.desk(strategy, known, FIRST_FILLS)
    go = run_of(strategy)
    while not go(desk):
        desk = desk._replace(fills=np.concatenate((desk.fills, np.empty_like(desk.fills))))
    words = desk.words
    return Result(
        strategy=strategy.name,
        parameters=known,
        settings=settings,
        fills=_fills(desk.fills[: words[at.FILLS]], tape),
        equity=_equity(desk.equity[: words[at.SAMPLES]], tape),
        event_count=len(tape),
        signal_count=int(words[at.SIGNALS]),
        order_count=int(words[at.ORDERS]),
        cancelled_count=int(words[at.CANCELLED]),
        fees=int(words[at.FEES]),
    )


def run_returns(market: Market, strategy: Strategy, parameters: Mapping[str, float]) -> Floats:
    """Only the changes of the equity from sample to sample over the capital, (samples − 1,).

    The loop holds no lock, so trials of one market may run in threads beside each other. Raises ResearchError when the
    strategy cannot be told these parameters.
    """
    desk = market.desk(strategy, strategy.with_defaults(parameters), 0)
    run_of(strategy)(desk)
    return _returns(desk.equity[: desk.words[at.SAMPLES], at.E_EQUITY], float(market.settings.capital))


def run_grid(market: Market, strategy: Strategy, trials: Sequence[Mapping[str, float]], threads: int = 1) -> Floats:
    """The returns of many trials, (trials, samples − 1), in the order of the trials whatever the threads do.

    Trials that share a signal follow each other, so that it is computed once. Raises ResearchError when the strategy
    cannot be told the parameters of a trial, before any has run.
    """
    known = [strategy.with_defaults(trial) for trial in trials]
    order = sorted(range(len(known)), key=lambda trial: [known[trial][name] for name in strategy.signal_reads])
    with ThreadPoolExecutor(threads) as pool:
        found = list(pool.map(lambda trial: run_returns(market, strategy, known[trial]), order))
    rows = np.empty((len(known), len(found[0]) if found else 0))
    for trial, returns in zip(order, found, strict=True):
        rows[trial] = returns
    return rows


def _returns(equity: Ints, capital: float) -> Floats:
    return np.diff(equity) / (capital * at.UNITS)


def _fills(rows: Ints, tape: Tape) -> pa.Table:
    columns = {
        "number": pa.array(np.arange(1, len(rows) + 1)),
        "event_ns": pa.array(rows[:, at.F_NS]),
        "side": pa.array(np.where(rows[:, at.F_SIDE] > 0, "BUY", "SELL").tolist(), pa.string()),
        "price": exact_units(rows[:, at.F_PRICE] * tape.tick),
        "quantity": exact_units(rows[:, at.F_LOTS] * tape.lot),
        "fee": wide_units(rows[:, at.F_FEE], MONEY_DIGITS),
        "is_maker": pa.array(rows[:, at.F_MAKER] != 0),
        "position": exact_units(rows[:, at.F_POSITION] * tape.lot),
        "cash": wide_units(rows[:, at.F_CASH], MONEY_DIGITS),
        "realised_pnl": wide_units(rows[:, at.F_REALISED], MONEY_DIGITS),
    }
    return pa.table(columns)


def _equity(rows: Ints, tape: Tape) -> pa.Table:
    mid = wide_units(rows[:, at.E_MID] * tape.tick * 5, MID_DIGITS, rows[:, at.E_MID] == 0)
    columns = {
        "event_ns": pa.array(rows[:, at.E_NS]),
        "position": exact_units(rows[:, at.E_POSITION] * tape.lot),
        "mid": pa.Array.from_buffers(pa.decimal128(MID_DIGITS, 10), len(mid), mid.buffers()),
        "cash": wide_units(rows[:, at.E_CASH], MONEY_DIGITS),
        "equity": wide_units(rows[:, at.E_EQUITY], MONEY_DIGITS),
    }
    return pa.table(columns)
