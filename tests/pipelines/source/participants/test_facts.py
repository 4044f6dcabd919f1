"""What markets are known for, measured on one rehearsal of four minutes with some thirty thousand orders."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pytest

from pipelines.source.participants.config import INSTITUTIONS, LIT, MAKERS, TradingConfig, trading_config
from pipelines.source.participants.institutions import SLICES, Institutions
from pipelines.source.participants.rehearsal import Tempo, rehearse
from pipelines.source.simulator.config import INSTRUMENTS
from pipelines.source.simulator.prices import Floats
from schemas.topics import ORDER_EVENTS
from tests.pipelines.source.participants.shard_exchange import shard_exchange

START = 1_700_000_000_000_000_000
STEP_NS = 200_000_000
SECONDS = 240
WARM_S = 10
CHOSEN = tuple(instrument for instrument in INSTRUMENTS if instrument.symbol in ("AAPL", "XOM", "GME"))


@dataclass(frozen=True)
class Record:
    """What happened: times (steps,); the rest (steps, accounts or symbols, ...)."""

    config: TradingConfig
    orders: int
    time_ns: list[int]
    prices: Floats  # of the last trade
    spreads: Floats  # mean of the lit venues, bps
    makers: Floats  # inventory
    institutions: Floats  # inventory
    events: pa.Table


@pytest.fixture(scope="module")
def record() -> Record:
    config = trading_config(3, START, CHOSEN)
    steps = list(_watched(config))
    columns = [np.array(column) for column in zip(*(row for _, row in steps), strict=True)]
    said = [step.said[ORDER_EVENTS] for step, _ in steps]
    orders = sum(len(step.orders) for step, _ in steps)
    return Record(config, orders, columns[0].tolist(), *columns[1:], pa.Table.from_batches(said))


def _watched(config: TradingConfig):
    for step in rehearse(config, Tempo(150, SECONDS, STEP_NS), shard_exchange()):
        views = {desk.kind.name: desk.view(step.time_ns) for desk in step.desks}
        makers, institutions = views[MAKERS.name], views[INSTITUTIONS.name]
        bid, ask = makers.bid[:, LIT], makers.ask[:, LIT]
        spreads = np.where((bid > 0) & (ask > 0), (ask - bid) / np.maximum(ask + bid, 1) * 2e4, np.nan)
        yield (
            step,
            (step.time_ns, makers.history[-1].copy(), spreads, makers.inventory.copy(), institutions.inventory.copy()),
        )


def _returns(record: Record) -> Floats:
    """Log returns of the last trade price each second, in standard deviations, (seconds, symbols)."""
    each_second = record.prices[WARM_S * 10**9 // STEP_NS :: 10**9 // STEP_NS]
    returns = np.diff(np.log(each_second), axis=0)
    return returns / returns.std(axis=0)


def _autocorrelation(values: Floats, lag: int) -> float:
    deviations = values - values.mean(axis=0)
    return float((deviations[lag:] * deviations[:-lag]).sum() / (deviations**2).sum())


def test_rehearse_sends_some_tens_of_thousands_of_orders(record: Record) -> None:
    assert 30_000 < record.orders < 40_000


def test_quoted_spreads_are_ordered_by_the_tiers(record: Record) -> None:
    measured = np.nanmean(record.spreads[50:], axis=(0, 2))
    tiers = [instrument.spread_bps for instrument in CHOSEN]
    assert tiers == sorted(tiers)
    assert measured[1] > 2 * measured[0]
    assert measured[2] > 2 * measured[1]
    assert np.all((measured > 0.4 * np.array(tiers)) & (measured < 1.5 * np.array(tiers)))


def test_traded_returns_have_fat_tails(record: Record) -> None:
    assert np.mean(_returns(record) ** 4) - 3 > 1


def test_absolute_returns_are_autocorrelated_and_returns_are_not(record: Record) -> None:
    returns = _returns(record)
    assert _autocorrelation(returns, 1) < -0.1  # the bounce between bid and ask (Roll 1984)
    assert abs(np.mean([_autocorrelation(returns, lag) for lag in range(2, 12)])) < 0.03
    assert np.mean([_autocorrelation(np.abs(returns), lag) for lag in range(2, 12)]) > 0.05


def test_makers_inventory_reverts_and_stays_bounded(record: Record) -> None:
    inventory = record.makers / np.array([instrument.level_shares for instrument in CHOSEN])
    assert np.abs(inventory).max() < 30  # the limit, at which the side that would add to it is not quoted
    every = inventory[:: 10 * 10**9 // STEP_NS].reshape(-1, MAKERS.count * len(CHOSEN))
    change = np.diff(every, axis=0)
    assert np.sum(change * every[:-1]) / np.sum(every[:-1] ** 2) < -0.2


def test_institutions_follow_their_schedule_and_fill_their_parents(record: Record) -> None:
    strategy = Institutions(CHOSEN, INSTITUTIONS.count, record.config.market.seed, START)
    for account in range(INSTITUTIONS.count):
        parent = strategy.parent(account, 0)
        done = record.institutions[:, account, parent.symbol]
        due = np.array([parent.due(time_ns) for time_ns in record.time_ns])
        during = np.flatnonzero((np.array(record.time_ns) - parent.start_ns) // parent.horizon_ns == 0)
        assert done[during[-1]] == parent.shares == due[during[-1]]
        assert np.abs(done - due)[during].max() <= 4 * np.abs(np.diff(due[during])).max()
        assert len(np.unique(due[during])) <= SLICES


def _orders(seed: int) -> list[pa.RecordBatch]:
    config = trading_config(seed, START, CHOSEN)
    return [step.orders for step in rehearse(config, Tempo(500, 3.0), shard_exchange())]


def test_rehearse_with_the_same_seed_gives_the_same_orders() -> None:
    first, second, other = (_orders(seed) for seed in (1, 1, 2))
    assert first == second
    assert first[1:] != other[1:]
