"""The market as a whole: reproducible, gapless, in time, and shared among topics as asked."""

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.source.simulator.columns import Choices, Counters
from pipelines.source.simulator.config import INSTRUMENTS, VENUE_PROFILES, MarketConfig, VenueProfile
from pipelines.source.simulator.market import Market
from pipelines.wire import encode, wire_schema
from schemas.errors import SettingsError
from schemas.registry import Topic
from schemas.topics import DEPTH, ORDERS, QUOTES, TOPICS, TRADES

SLICE = 50_000_000
START = 1_700_000_000_000_000_000


def _bytes(config: MarketConfig, events: Sequence[int]) -> dict[Topic, list[bytes]]:
    market = Market(config)
    messages: dict[Topic, list[bytes]] = {topic: [] for topic in TOPICS}
    for number, count in enumerate(events):
        for topic, batch in market.step(START + number * SLICE, SLICE, count).items():
            messages[topic] += encode(topic, batch).to_pylist()
    return messages


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 2**32), events=st.lists(st.integers(0, 500), max_size=4))
def test_step_same_seed_same_bytes(seed: int, events: list[int]):
    config = MarketConfig(seed, START)
    assert _bytes(config, events) == _bytes(config, events)


def test_step_different_seed_differs_in_every_topic():
    one, other = (_bytes(MarketConfig(seed, START), [2_000]) for seed in (1, 2))
    assert all(not set(one[topic]) & set(other[topic]) for topic in TOPICS)


def test_step_prices_do_not_depend_on_the_rate():
    def last_mid(events: int) -> float:
        market = Market(MarketConfig(4, START, instruments=INSTRUMENTS[:1], mix={QUOTES: 1.0}))
        for number in range(200):
            batch = market.step(START + number * SLICE, SLICE, events)[QUOTES]
        row = batch.slice(len(batch) - 1).to_pylist()[0]
        return (row["bid_prices"][0] + row["ask_prices"][0]) / 2

    assert last_mid(3) == pytest.approx(last_mid(500), abs=2e7)


@settings(max_examples=20, deadline=None)
@given(st.lists(st.integers(0, 700), min_size=1, max_size=5))
def test_step_counts_messages_without_gap_in_rising_time(events: list[int]):
    market = Market(MarketConfig(7, START))
    slices = [market.step(START + n * SLICE, SLICE, count) for n, count in enumerate(events)]
    assert [sum(map(len, batches.values())) for batches in slices] == events
    for topic in TOPICS:
        batches = [batch for each in slices for batch in each.values() if batch.schema == wire_schema(topic)]
        columns = {name: [v for b in batches for v in b.column(name).to_pylist()] for name in ("seq", "venue_ts_ns")}
        assert columns["seq"] == list(range(1, len(columns["seq"]) + 1))
        assert (np.diff(columns["venue_ts_ns"]) > 0).all()


def test_step_keeps_times_within_the_slice():
    for batch in Market(MarketConfig(7, START)).step(START, SLICE, 5_000).values():
        times = batch.column("venue_ts_ns").to_numpy()
        assert START <= times.min() < times.max() < START + SLICE


def test_step_names_the_run_as_producer():
    batch = Market(MarketConfig(7, START)).step(START, SLICE, 100)[QUOTES]
    assert set(batch.column("producer_id").to_pylist()) == {f"sim-7-{START}"}


def test_step_shares_events_by_the_mix():
    batches = Market(MarketConfig(7, START)).step(START, SLICE, 100_000)
    for topic, share in {QUOTES: 0.60, DEPTH: 0.15, ORDERS: 0.15, TRADES: 0.10}.items():
        assert len(batches[topic]) == pytest.approx(100_000 * share, abs=4 * np.sqrt(100_000 * 0.25))


@pytest.mark.parametrize("topic", [ORDERS, TRADES, QUOTES, DEPTH], ids=lambda topic: topic.noun)
def test_step_leaves_out_topics_outside_the_mix(topic: Topic):
    batches = Market(MarketConfig(7, START, mix={topic: 1.0})).step(START, SLICE, 1_000)
    assert {each: len(batch) for each, batch in batches.items()} == {topic: 1_000}


def test_step_numbers_each_venue_and_symbol_for_itself():
    batches = Market(MarketConfig(7, START)).step(START, SLICE, 20_000)
    for topic in (ORDERS, TRADES):
        for _, rows in batches[topic].to_pandas().groupby(["symbol", "venue"]):
            assert rows.venue_seq.tolist() == list(range(1, len(rows) + 1))


@given(st.lists(st.lists(st.integers(0, 5), max_size=30), max_size=4))
def test_counters_count_as_a_dictionary_does(calls: list[list[int]]):
    counters, plain = Counters(6), dict.fromkeys(range(6), 0)
    for groups in calls:
        expected = []
        for group in groups:
            plain[group] += 1
            expected.append(plain[group])
        assert counters.count(np.array(groups, np.int64)).tolist() == expected


def test_choices_draw_in_proportion_and_never_what_has_no_weight():
    drawn = np.bincount(Choices(np.array([3.0, 0.0, 1.0, 0.0])).draw(np.random.default_rng(1), 100_000), minlength=4)
    assert drawn[1] == drawn[3] == 0
    assert drawn[0] == pytest.approx(75_000, abs=600)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"sector_correlation": 0.1}, "sector_correlation 0.1"),
        ({"mix": {}}, "no positive share"),
        ({"mix": {QUOTES: -1.0, DEPTH: 2.0}}, "no positive share"),
        ({"instruments": (INSTRUMENTS[0].__class__("LOW", "x", 0.2, 0.1, 5, 1, 10),)}, "LOW costs 0.2"),
        ({"venues": (VenueProfile("NOPE", 1, 1, 1, 1, 1, 1),)}, "Venue NOPE is unknown"),
    ],
)
def test_market_config_refuses_what_makes_no_market(changes: dict, sentence: str):
    with pytest.raises(SettingsError, match=sentence):
        MarketConfig(1, 0, **changes)


def test_market_config_has_twelve_stocks_and_four_dark_pools_by_default():
    assert len(INSTRUMENTS) == 12
    assert [p.code for p, dark in zip(VENUE_PROFILES, MarketConfig(1, 0).is_dark, strict=True) if dark] == [
        "UBSA",
        "SGMT",
        "CROS",
        "LQNT",
    ]
    assert sum(profile.trade_share for profile in VENUE_PROFILES) == pytest.approx(1)
