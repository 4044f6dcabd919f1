"""Quotes and depth: what a reader of the books may rely on."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

from pipelines.source.simulator.book import SHARE, TICK
from pipelines.source.simulator.config import INSTRUMENTS, VENUE_PROFILES, MarketConfig, Stress
from pipelines.source.simulator.market import Market
from pipelines.wire import wire_schema
from schemas.proto import market_pb2
from schemas.topics import DEPTH, QUOTES

CALM = Stress(volatility=1e-6)
LIT = {"XNAS", "XNYS", "ARCX", "BATS", "IEXG"}
SECOND = 1_000_000_000
Book = dict[str, dict[int, int]]


def _config(**changes: object) -> MarketConfig:
    return replace(MarketConfig(seed=11, start_ns=0), **changes)


def _levels(batch: pa.RecordBatch, name: str) -> np.ndarray:
    return batch.column(name).flatten().to_numpy().reshape(len(batch), -1)


def _spreads_bps(batch: pa.RecordBatch) -> np.ndarray:
    bid, ask = _levels(batch, "bid_prices")[:, 0], _levels(batch, "ask_prices")[:, 0]
    return (ask - bid) / ((ask + bid) / 2) * 1e4


def _quotes(config: MarketConfig, events: int = 60_000) -> pa.RecordBatch:
    return Market(replace(config, mix={QUOTES: 1.0})).step(0, 10 * SECOND, events)[QUOTES]


def test_quotes_are_never_crossed_best_first_and_positive():
    quotes = _quotes(_config(stress=Stress(volatility=0.5)))
    bids, asks = _levels(quotes, "bid_prices"), _levels(quotes, "ask_prices")
    assert bids.shape == asks.shape == (60_000, 5)
    assert (bids[:, 0] < asks[:, 0]).all()
    assert (np.diff(bids) < 0).all()
    assert (np.diff(asks) > 0).all()
    assert bids.min() > 0


def test_quotes_are_whole_ticks_and_whole_shares():
    quotes = _quotes(_config())
    for name, unit in (("prices", TICK), ("quantities", SHARE)):
        for side in ("bid", "ask"):
            values = _levels(quotes, f"{side}_{name}")
            assert values.min() >= unit
            assert (values % unit == 0).all()


def test_quotes_come_from_lit_venues_only():
    assert set(_quotes(_config()).column("venue").to_pylist()) == LIT


@pytest.mark.parametrize("instrument", INSTRUMENTS, ids=lambda instrument: instrument.symbol)
def test_quotes_have_the_mean_spread_of_their_tier(instrument):
    spreads = _spreads_bps(_quotes(_config(instruments=(instrument,), stress=CALM)))
    assert spreads.mean() == pytest.approx(instrument.spread_bps, rel=0.03)
    assert 1 <= instrument.spread_bps <= 15


def test_quotes_widen_by_exp_of_the_stress():
    stress = Stress(reversion=1e-9, volatility=4e-5)  # frozen where it starts: sd 0.9
    start = {
        seed: np.random.default_rng(seed).spawn(2)[0].standard_normal() * np.sqrt(stress.variance) for seed in range(6)
    }
    for seed, level in start.items():
        calm, stressed = (
            _spreads_bps(_quotes(_config(seed=seed, instruments=INSTRUMENTS[-1:], stress=process))).mean()
            for process in (CALM, stress)
        )
        assert stressed / calm == pytest.approx(np.exp(level), rel=0.05)


def test_quotes_of_a_venue_have_its_own_sizes_and_latency():
    quotes = _quotes(_config(instruments=INSTRUMENTS[:1])).to_pandas()
    quotes["lag"] = quotes.receive_ts_ns - quotes.venue_ts_ns
    for profile in VENUE_PROFILES[:5]:
        rows = quotes[quotes.venue == profile.code]
        shares = np.concatenate(rows.bid_quantities.to_numpy()) / SHARE
        assert np.median(shares) == pytest.approx(INSTRUMENTS[0].level_shares * profile.size_scale, rel=0.1)
        assert rows.lag.between(profile.latency_us * 1000, profile.latency_us * 1500).all()


def test_quotes_keep_prices_above_zero_when_a_stock_has_fallen():
    penny = replace(INSTRUMENTS[0], price=1.0, volatility=400.0)
    quotes = _quotes(_config(instruments=(penny,)), 5_000)
    assert _levels(quotes, "bid_prices").min() > 0


def _depth_messages(steps: int = 6) -> list[dict]:
    market = Market(_config(instruments=INSTRUMENTS[:3]))
    batches = [market.step(n * SECOND, SECOND, 12_000)[DEPTH] for n in range(steps)]
    assert batches[0].schema == wire_schema(DEPTH)
    return [row for batch in batches for row in batch.to_pylist()]


def _replay(messages: list[dict]) -> Iterator[tuple[dict, Book]]:
    """Each message with its book after it: the plainest reader of diffs."""
    books: dict[tuple[str, str], Book] = {}
    for message in messages:
        key = message["symbol"], message["venue"]
        if message["kind"] == market_pb2.DEPTH_KIND_SNAPSHOT:
            books[key] = {"bid": {}, "ask": {}}
        for side in ("bid", "ask"):
            for price, quantity in zip(message[f"{side}_prices"], message[f"{side}_quantities"], strict=True):
                if quantity:
                    books[key][side][price] = quantity
                else:
                    del books[key][side][price]  # a delete of what is not there is an error
        yield message, books[key]


def test_depth_replayed_never_crosses_and_keeps_ten_levels():
    for _, book in _replay(_depth_messages()):
        assert max(book["bid"]) < min(book["ask"])
        assert (len(book["bid"]), len(book["ask"])) == (10, 10)


def test_depth_chains_without_gaps():
    last: dict[tuple[str, str], int] = {}
    for message in _depth_messages():
        key = message["symbol"], message["venue"]
        assert message["previous_venue_seq"] == last.get(key, 0)
        assert message["first_venue_seq"] == message["previous_venue_seq"] + 1 <= message["venue_seq"]
        last[key] = message["venue_seq"]


def test_depth_begins_with_a_snapshot_and_repeats_it_each_1000_messages():
    market = Market(_config(instruments=INSTRUMENTS[:1], venues=VENUE_PROFILES[:1], mix={DEPTH: 1.0}))
    kinds = np.concatenate([market.step(n * SECOND, SECOND, 700)[DEPTH].column("kind").to_numpy() for n in range(3)])
    assert np.flatnonzero(kinds == market_pb2.DEPTH_KIND_SNAPSHOT).tolist() == [0, 1000, 2000]


def test_depth_snapshot_equals_the_book_that_the_diffs_made():
    market = Market(_config(instruments=INSTRUMENTS[:1], venues=VENUE_PROFILES[:1], mix={DEPTH: 1.0}))
    messages = market.step(0, SECOND, 1001)[DEPTH].to_pylist()
    last = messages[-1]
    *_, (_, diffed) = _replay([*messages[:-1]])
    unchanged = {
        p: q for p, q in zip(last["bid_prices"], last["bid_quantities"], strict=True) if diffed["bid"].get(p) == q
    }
    assert len(unchanged) >= 5  # one update later most levels stand as they were


def test_depth_names_only_levels_that_changed():
    before: dict[tuple[str, str], Book] = {}
    for message, book in _replay(_depth_messages(2)):
        key = message["symbol"], message["venue"]
        old = before.get(key)
        if old and message["kind"] == market_pb2.DEPTH_KIND_DIFF:
            for side in ("bid", "ask"):
                changed = {p for p in old[side].keys() | book[side].keys() if old[side].get(p) != book[side].get(p)}
                assert set(message[f"{side}_prices"]) == changed
        before[key] = {side: dict(levels) for side, levels in book.items()}


def test_depth_shows_the_touch_of_the_last_quote():
    market = Market(_config(mix={QUOTES: 0.7, DEPTH: 0.3}))
    last: dict[tuple[str, str], tuple[int, ...]] = {}
    compared = 0
    for step in range(3):
        batches = market.step(step * SECOND, SECOND, 2_000)
        rows = [row for topic in (QUOTES, DEPTH) for row in batches[topic].to_pylist()]
        for row in sorted(rows, key=lambda row: (row["symbol"], row["venue"], row["venue_seq"])):
            key = row["symbol"], row["venue"]
            touch = tuple(row[f"{side}_{what}"][:1] for side in ("bid", "ask") for what in ("prices", "quantities"))
            if "kind" not in row:
                last[key] = touch
            elif row["kind"] == market_pb2.DEPTH_KIND_SNAPSHOT and key in last:
                assert touch == last[key]
                compared += 1
    assert compared >= 3


def test_depth_and_quotes_number_the_updates_of_one_book():
    batches = Market(_config(instruments=INSTRUMENTS[:1], venues=VENUE_PROFILES[:1])).step(0, SECOND, 5_000)
    numbers = np.concatenate([batches[topic].column("venue_seq").to_numpy() for topic in (QUOTES, DEPTH)])
    assert sorted(numbers) == list(range(1, len(numbers) + 1))
