"""Deliveries to typed columns."""

from datetime import UTC, date, datetime
from decimal import Decimal
from types import SimpleNamespace

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.exact import LIMIT_UNITS, exact_numbers
from pipelines.silver.decode import type_messages
from pipelines.wire import decode
from schemas.registry import Topic
from schemas.silver import LEVEL_FACTS
from schemas.topics import DEPTH, ORDERS, QUOTES, TOPICS, TRADES
from spark_jobs.jobs import job_of
from tests.pipelines.silver.deliveries import INGEST_TS, KAFKA_TS, VENUE_NS, deliver, payloads_of

INT64 = st.integers(-(2**63), 2**63 - 1)
LARGEST = Decimal("999999999.999999999")


def decoded(topic: Topic, *payloads: bytes | None) -> list[SimpleNamespace]:
    deliveries = deliver(topic, payloads)
    message, _ = decode(topic, deliveries.column("raw_value"))
    rows = type_messages(message, deliveries, job_of(topic.name).silver)
    return [SimpleNamespace(**row) for row in rows.to_pylist()]


def as_decimal(units: int) -> Decimal:
    return Decimal(max(-LIMIT_UNITS, min(LIMIT_UNITS, units))).scaleb(-9)


@given(st.lists(INT64))
def test_exact_numbers_keep_every_digit_and_clamp(units: list[int]) -> None:
    assert exact_numbers(pa.array(units, pa.int64())).to_pylist() == [as_decimal(unit) for unit in units]


@given(st.lists(st.lists(INT64, max_size=3), max_size=6), st.integers(0, 6), st.integers(0, 6))
def test_exact_numbers_of_sliced_lists(lists: list[list[int]], start: int, stop: int) -> None:
    found = exact_numbers(pa.array(lists, pa.list_(pa.int64()))[start:stop])
    assert found.to_pylist() == [[as_decimal(unit) for unit in units] for units in lists[start:stop]]


@pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: topic.noun)
def test_type_messages_gives_the_columns_of_silver_and_the_facts_of_levels(topic: Topic) -> None:
    table = job_of(topic.name).silver
    (row,) = decoded(topic, *payloads_of(topic, {}))
    facts = [fact.name for fact in LEVEL_FACTS] if "bid_prices" in table.column_names else []
    assert list(vars(row)) == [*table.column_names, *facts]


def test_type_messages_names_enums() -> None:
    numbers = [{"side": 0}, {"side": 1}, {"side": 2}, {"side": 7}, {"side": -1}, {"type": 4, "time_in_force": 3}]
    rows = decoded(ORDERS, *payloads_of(ORDERS, *[{"side": 0, "type": 0, "time_in_force": 0} | n for n in numbers]))
    assert [row.side for row in rows] == [None, "BUY", "SELL", "7", "-1", None]
    assert (rows[5].type, rows[5].time_in_force) == ("STOP_LIMIT", "IOC")


def test_type_messages_takes_empty_text_and_no_sequence_as_null() -> None:
    nothing, something = decoded(
        DEPTH,
        *payloads_of(
            DEPTH,
            {"venue": "", "venue_seq": 0, "first_venue_seq": 0, "previous_venue_seq": 0, "kind": 0},
            {"venue": "X", "venue_seq": 3, "first_venue_seq": 2, "previous_venue_seq": 1, "kind": 2},
        ),
    )
    names = ("venue", "venue_seq", "first_venue_seq", "previous_venue_seq", "kind")
    assert [getattr(nothing, name) for name in names] == [None] * 5
    assert [getattr(something, name) for name in names] == ["X", 3, 2, 1, "DIFF"]


def test_type_messages_keeps_numbers_exact() -> None:
    units = [1, -1, 61_685_990_000_000, LIMIT_UNITS, LIMIT_UNITS + 1, -(2**63), 2**63 - 1]
    rows = decoded(TRADES, *payloads_of(TRADES, *[{"price": unit} for unit in units]))
    small = Decimal("0.000000001")
    assert [row.price for row in rows] == [small, -small, Decimal("61685.99"), LARGEST, LARGEST, -LARGEST, LARGEST]


def test_type_messages_takes_receive_time_where_the_venue_gives_none() -> None:
    venue, receive = decoded(
        TRADES,
        *payloads_of(
            TRADES,
            {"venue_ts_ns": VENUE_NS + 1_999, "receive_ts_ns": VENUE_NS + 5_000},
            {"venue_ts_ns": 0, "receive_ts_ns": VENUE_NS + 5_000},
        ),
    )
    assert (venue.event_ns, venue.event_ts, venue.has_venue_ts) == (VENUE_NS + 1_999, at_micros(1), True)
    assert (receive.event_ns, receive.event_ts, receive.has_venue_ts) == (VENUE_NS + 5_000, at_micros(5), False)
    assert venue.receive_ns == receive.receive_ns == VENUE_NS + 5_000


def at_micros(micros: int) -> datetime:
    return KAFKA_TS.replace(microsecond=micros)


def test_type_messages_passes_the_delivery_on() -> None:
    (row,) = decoded(TRADES, *payloads_of(TRADES, {}))
    assert (row.kafka_topic, row.kafka_partition, row.kafka_offset) == (TRADES.name, 0, 0)
    assert row.ingest_ts == INGEST_TS


def test_type_messages_of_levels() -> None:
    empty = {"bid_prices": [], "bid_quantities": [], "ask_prices": [], "ask_quantities": []}
    no_ask = {"ask_prices": [], "ask_quantities": []}
    none, bid_only, both = decoded(QUOTES, *payloads_of(QUOTES, empty, no_ask, {}))
    assert (none.bid_prices, none.bid_price, none.obi, none.is_paired) == ([], None, None, True)
    assert (bid_only.bid_price, bid_only.ask_price, bid_only.obi, bid_only.spread_bps) == (99, None, 1.0, None)
    assert (both.bid_prices, both.ask_quantities) == ([Decimal(99)], [Decimal(1)])
    assert (both.obi, both.micro_price, both.spread_bps, both.is_best_first) == (0.5, 100.5, 200.0, True)


def test_type_messages_keeps_corrupt_payloads_in_their_places() -> None:
    good = payloads_of(TRADES, {}, {})
    rows = decoded(TRADES, good[0], b"\xff", None, good[1])
    assert [(row.kafka_offset, row.seq) for row in rows] == [(0, 1), (1, 0), (2, 0), (3, 2)]


def test_type_messages_of_nothing() -> None:
    assert decoded(QUOTES) == []


def test_type_messages_dates_by_utc() -> None:
    midnight = datetime(2024, 8, 9, tzinfo=UTC)
    times = [int(midnight.timestamp()) * 10**9 + shift for shift in (-1, 0)]
    rows = decoded(TRADES, *payloads_of(TRADES, *[{"venue_ts_ns": time} for time in [*times, -1]]))
    assert [row.event_date for row in rows] == [date(2024, 8, 8), date(2024, 8, 9), date(1969, 12, 31)]
