"""Events in, rows out: on both databases, cut anywhere, read again, cut off."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, text
from sqlalchemy.exc import IntegrityError

from pipelines.serve.accounts.database import open_database
from pipelines.serve.accounts.projection import Slice, begin_partitions, project, projected_offsets
from schemas.errors import InstanceError
from tests.pipelines.serve.accounts.shorthand import (
    PRODUCER,
    START_NS,
    TOPIC_ID,
    UNIT,
    message,
    payloads,
    project_all,
    rows_of,
    toy_events,
    units,
)

SELL = {"order_id": "b1", "account_id": "BOB", "side": "SELL", "type": "LIMIT", "time_in_force": "GTC"}
BUY = {"order_id": "a1", "account_id": "ALICE", "side": "BUY", "type": "LIMIT", "time_in_force": "DAY"}
TERMS = {"price": 231, "quantity": 60, "trade_id": "t1"}
EVENTS = [
    message(1, "FUNDED", account_id="ALICE", symbol="", venue="", cash=50_000),
    message(2, "FUNDED", account_id="BOB", quantity=100, cash=1_000, position=100, cost=23_000),
    message(3, "ACCEPTED", **SELL, price=231, quantity=100, open_quantity=100),
    message(4, "ACCEPTED", **BUY, price=231, quantity=60, open_quantity=60),
    message(5, "FILLED", **BUY, **TERMS, open_quantity=0, fee=0.4158, cash=36_139.5842, position=60, cost=13_860),
    message(
        *(6, "FILLED"), **SELL, **TERMS, open_quantity=40, fee=-0.2772, cash=14_860.2772, position=40, cost=9_200,
        realised_pnl=60,
    ),
    message(7, "CANCELLED", **SELL, price=231, quantity=40, open_quantity=0, reason="USER"),
    message(8, "CANCEL_REFUSED", **SELL, reason="UNKNOWN_ORDER"),
    message(9, "SET"),
]  # fmt: skip
LIMIT, DAY = units(231), date(2026, 9, 21)
EXPECTED = {
    "profiles": [
        ("ALICE", "ALICE", "INDIVIDUAL", START_NS + UNIT),
        ("BOB", "BOB", "INDIVIDUAL", START_NS + 2 * UNIT),
    ],
    "balances": [
        ("ALICE", 0, 36_139_584_200_000, 415_800_000, PRODUCER, 5),
        ("BOB", 0, 14_860_277_200_000, -277_200_000, PRODUCER, 6),
    ],
    "positions": [
        ("ALICE", "AAPL", units(60), units(13_860), 0, START_NS + 5 * UNIT),
        ("BOB", "AAPL", units(40), units(9_200), units(60), START_NS + 6 * UNIT),
    ],
    "orders": [
        (
            *("DLXA", "AAPL", "a1", "ALICE", "BUY", "LIMIT", "DAY", LIMIT, units(60), units(60), 0),
            *("FILLED", None, START_NS + 4 * UNIT, START_NS + 5 * UNIT),
        ),
        (
            *("DLXA", "AAPL", "b1", "BOB", "SELL", "LIMIT", "GTC", LIMIT, units(100), units(60), 0),
            *("CANCELLED", "USER", START_NS + 3 * UNIT, START_NS + 7 * UNIT),
        ),
    ],
    "trades": [
        (
            *("DLXA", "AAPL", "t1", LIMIT, units(60), "ALICE", "a1", 415_800_000, "BOB", "b1", -277_200_000),
            START_NS + 5 * UNIT,
        )
    ],
    "trading_days": [
        ("ALICE", "AAPL", DAY, 1, units(60), units(13_860), 0, 0, 415_800_000),
        ("BOB", "AAPL", DAY, 1, 0, 0, units(60), units(13_860), -277_200_000),
    ],
    "projected_offsets": [("market.order_events.v1", TOPIC_ID, 0, 9)],
    "projected_shards": [(0, PRODUCER, 9)],
}
# What makes the insertion into a table fail, by dialect.
BREAK = {
    "sqlite": "CREATE TRIGGER broken BEFORE INSERT ON {0} BEGIN SELECT RAISE(ABORT, 'broken'); END",
    "postgresql": "ALTER TABLE {0} ADD CONSTRAINT broken CHECK (false) NOT VALID",
}
REPAIR = {"sqlite": "DROP TRIGGER broken", "postgresql": "ALTER TABLE {0} DROP CONSTRAINT broken"}


@pytest.fixture
def engine(database: str) -> Iterator[Engine]:
    opened = open_database(database)
    yield opened
    opened.dispose()


def test_project_writes_what_the_events_say(engine: Engine) -> None:
    project_all(engine, payloads(EVENTS))
    assert rows_of(engine) == EXPECTED


def test_project_of_messages_that_come_again_changes_nothing(engine: Engine) -> None:
    project_all(engine, payloads(EVENTS))
    messages = payloads(EVENTS)
    project(engine, Slice(TOPIC_ID, 0, 9, 18, messages))
    assert rows_of(engine, "projected_offsets") == {k: v for k, v in EXPECTED.items() if k != "projected_offsets"}
    assert projected_offsets(engine, TOPIC_ID) == {0: 18}


def test_project_of_a_topic_made_again_goes_on_with_what_is_new(engine: Engine) -> None:
    project_all(engine, payloads(EVENTS[:6]))
    begin_partitions(engine, "b", {0: 0})
    project(engine, Slice("b", 0, 0, 9, payloads(EVENTS)))
    assert rows_of(engine, "projected_offsets") == {k: v for k, v in EXPECTED.items() if k != "projected_offsets"}
    assert (projected_offsets(engine, TOPIC_ID), projected_offsets(engine, "b")) == ({0: 6}, {0: 9})


@pytest.mark.parametrize("cut", range(len(EVENTS)))
def test_project_cut_in_two_is_the_whole(tmp_path: Path, cut: int) -> None:
    engine = open_database(f"sqlite:///{tmp_path}/x.db")
    project_all(engine, payloads(EVENTS), [cut])
    assert rows_of(engine) == EXPECTED


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10**6), cuts=st.lists(st.integers(0, 120), max_size=6))
def test_project_cut_anywhere_is_the_whole(seed: int, cuts: list[int]) -> None:
    messages = payloads(toy_events(seed, 80).messages)
    inside = [cut for cut in cuts if cut <= len(messages)]
    with TemporaryDirectory() as folder:
        whole, parts = (open_database(f"sqlite:///{folder}/{name}.db") for name in ("whole", "parts"))
        project_all(whole, messages)
        project_all(parts, messages, inside)
        assert rows_of(whole) == rows_of(parts)


@pytest.mark.parametrize("seed", range(3))
def test_project_keeps_money(engine: Engine, seed: int) -> None:
    exchange = toy_events(seed, 300)
    project_all(engine, payloads(exchange.messages), [100])
    rows = rows_of(engine)
    nobody = units(exchange.cash[""])
    assert sum(cash + fees for _, _, cash, fees, *_ in rows["balances"]) + nobody == units(3_000_000)
    fees = sum(fee for _, _, _, fee, *_ in rows["balances"])
    assert sum(day[-1] for day in rows["trading_days"]) == fees
    assert sum((trade[7] or 0) + (trade[10] or 0) for trade in rows["trades"]) == fees


def test_project_that_fails_leaves_nothing_and_goes_on_where_it_was(engine: Engine) -> None:
    messages = payloads(EVENTS)
    project_all(engine, messages[:4])
    before = rows_of(engine)
    run(engine, BREAK, "trades")
    with pytest.raises(IntegrityError, match="broken"):
        project(engine, Slice(TOPIC_ID, 0, 4, 9, messages[4:]))
    assert rows_of(engine) == before
    run(engine, REPAIR, "trades")
    project(engine, Slice(TOPIC_ID, 0, 4, 9, messages[4:]))
    assert rows_of(engine) == EXPECTED


def run(engine: Engine, statements: dict[str, str], table: str) -> None:
    with engine.begin() as connection:
        connection.execute(text(statements[engine.dialect.name].format(table)))


def test_project_refuses_a_slice_that_another_has_projected(engine: Engine) -> None:
    messages = payloads(EVENTS)
    project_all(engine, messages)
    with pytest.raises(InstanceError, match=r"market.order_events.v1\[0\] is not projected up to offset 3 any more"):
        project(engine, Slice(TOPIC_ID, 0, 3, 9, messages[3:]))
    assert rows_of(engine) == EXPECTED


def test_project_passes_over_what_is_no_event_of_the_exchange(engine: Engine) -> None:
    others = payloads([message(1, "FUNDED", account_id="EVE", cash=1, producer_id="sim-1")])
    project_all(engine, [b"\xff\xff", None, *others, *payloads(EVENTS)])
    assert rows_of(engine, "projected_offsets") == {k: v for k, v in EXPECTED.items() if k != "projected_offsets"}


def test_project_keeps_sums_that_64_bits_do_not_hold(engine: Engine) -> None:
    largest = 999_999_999
    fills = [
        message(n, "FILLED", **(BUY | {"trade_id": f"t{n}", "price": largest, "quantity": largest})) for n in (1, 2, 3)
    ]
    project_all(engine, payloads(fills), [1])
    (day,) = rows_of(engine)["trading_days"]
    assert day[4:6] == (3 * largest * UNIT, 3 * largest * largest * UNIT)


def test_project_takes_the_last_cash_of_a_shard_from_any_partition(engine: Engine) -> None:
    project_all(engine, payloads([message(2, "FUNDED", account_id="ALICE", cash=70)]))
    begin_partitions(engine, TOPIC_ID, {1: 0})
    project(engine, Slice(TOPIC_ID, 1, 0, 1, payloads([message(1, "FUNDED", account_id="ALICE", cash=50)])))
    assert rows_of(engine)["balances"] == [("ALICE", 0, units(70), 0, PRODUCER, 2)]
