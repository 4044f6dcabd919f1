"""Every rule: rows that pass, and rows that fail with their sentence."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pyarrow as pa
import pytest
from pyspark.sql.types import StructField, StructType

from expectations.rules import CLAMPED_UNITS, LIMIT
from expectations.silver import RULES, find_violations
from pipelines.exact import LIMIT_UNITS
from schemas.registry import arrow_schema
from schemas.silver import LEVEL_FACTS, TABLES

NOON = datetime(2024, 8, 8, 12, tzinfo=UTC)
LARGEST = Decimal("999999999.999999999")
MESSAGE = {"producer_id": "p", "symbol": "S", "venue": "XNAS", "event_ts": NOON, "kafka_ts": NOON}
BOOK = MESSAGE | {
    "bid_prices": [Decimal(99)],
    "bid_quantities": [Decimal(1)],
    "ask_prices": [Decimal(101)],
    "ask_quantities": [Decimal(0)],
    "lowest_price": 1,
    "lowest_quantity": 0,
    "highest_level": CLAMPED_UNITS - 1,
    "is_paired": True,
    "is_best_first": True,
}
GOOD = {
    "silver.orders": MESSAGE
    | {"order_id": "o", "action": "NEW", "side": "BUY", "type": "LIMIT", "time_in_force": "DAY"}
    | {"price": Decimal(0), "quantity": LARGEST - Decimal("1e-9")}
    | {"stop_price": Decimal(0), "display_quantity": Decimal(0)},
    "silver.order_events": MESSAGE
    | {"kind": "ACCEPTED", "trade_id": None, "side": "BUY", "type": "LIMIT", "time_in_force": "DAY"}
    | {"open_quantity": Decimal(0)},
    "silver.trades": MESSAGE
    | {"trade_id": "t", "aggressor_side": "SELL", "price": Decimal("1e-9"), "quantity": LARGEST - Decimal("1e-9")},
    "silver.quotes": BOOK | {"bid_price": Decimal(99), "ask_price": Decimal(101)},
    "silver.depth": BOOK | {"kind": "DIFF"},
}
TYPES = {c.name: c.type for table in TABLES for c in (*table.columns, *LEVEL_FACTS)}

Change = dict[str, object]
Case = tuple[Change, list[str]]

SENT_CASES: list[Case] = [
    ({"producer_id": None}, ["producer_id is missing"]),
    ({"event_ts": NOON + timedelta(minutes=5)}, []),
    (
        {"event_ts": NOON + timedelta(minutes=5, microseconds=1)},
        [
            "event_ts 2024-08-08 12:05:00.000001 is more than 300 seconds ahead of kafka_ts 2024-08-08 12:00:00",
        ],
    ),
    ({"event_ts": datetime(1990, 1, 1, tzinfo=UTC)}, []),
    ({"event_ts": datetime(1970, 1, 1, tzinfo=UTC)}, ["event_ts 1970-01-01 00:00:00 is before 1990-01-01"]),
]
MESSAGE_CASES: list[Case] = [
    *SENT_CASES,
    ({"symbol": None}, ["symbol is missing"]),
    ({"venue": None}, ["venue is missing"]),
]
ACTIONS = ("NEW", "CANCEL", "REPLACE", "PHASE", "REFERENCE", "COLLAR", "FUND", "TIME")
ENUM_CASES: dict[str, tuple[str, ...]] = {
    "action": ACTIONS,
    "side": ("BUY", "SELL"),
    "type": ("LIMIT", "MARKET", "STOP", "STOP_LIMIT"),
    "time_in_force": ("DAY", "GTC", "IOC", "FOK", "GTD"),
}
ORDER_CASES: list[Case] = [
    ({"order_id": None}, ["order_id is missing in NEW"]),
    ({"symbol": None, "action": "PHASE"}, ["symbol is missing in PHASE"]),
    ({"venue": None, "action": "CANCEL"}, ["venue is missing in CANCEL"]),
    ({"symbol": None, "venue": None, "order_id": None, "action": "FUND", "quantity": Decimal(-1)}, []),
    ({"stop_price": Decimal(-1)}, ["stop_price -1.000000000 is negative"]),
    ({"stop_price": LARGEST}, [f"stop_price is beyond {LIMIT}"]),
    ({"display_quantity": Decimal(-1)}, ["display_quantity -1.000000000 is negative"]),
    ({"display_quantity": LARGEST}, [f"display_quantity is beyond {LIMIT}"]),
    ({"action": None}, ["action is missing"]),
    *[({name: value}, []) for name, allowed in ENUM_CASES.items() for value in allowed],
    *[({name: "7"}, [f"{name} 7 is not one of {', '.join(allowed)}"]) for name, allowed in ENUM_CASES.items()],
    ({"side": None, "type": None, "time_in_force": None, "price": None, "quantity": None}, []),
    ({"price": Decimal("-1.5")}, ["price -1.500000000 is negative"]),
    ({"price": LARGEST}, [f"price is beyond {LIMIT}"]),
    ({"quantity": Decimal("-1e-9")}, ["quantity -0.000000001 is negative in NEW"]),
    ({"quantity": -LARGEST}, ["quantity -999999999.999999999 is negative in NEW", f"quantity is beyond {LIMIT}"]),
]
EVENT_ENUM_CASES = {
    "kind": (
        *("ACCEPTED", "FILLED", "CANCELLED", "REPLACED", "REFUSED", "CANCEL_REFUSED", "REPLACE_REFUSED"),
        *("TRIGGERED", "SET", "FUNDED"),
    )
} | {name: allowed for name, allowed in ENUM_CASES.items() if name != "action"}
EVENT_CASES: list[Case] = [
    ({"symbol": None}, ["symbol is missing in ACCEPTED"]),
    ({"venue": None, "kind": "SET"}, ["venue is missing in SET"]),
    ({"symbol": None, "venue": None, "kind": "FUNDED"}, []),
    ({"kind": None}, ["kind is missing"]),
    ({"kind": "FILLED"}, ["trade_id is missing in FILLED"]),
    *[({name: v, "trade_id": "t"}, []) for name, allowed in EVENT_ENUM_CASES.items() for v in allowed],
    *[({name: "7"}, [f"{name} 7 is not one of {', '.join(allowed)}"]) for name, allowed in EVENT_ENUM_CASES.items()],
    ({"open_quantity": Decimal(-1)}, ["open_quantity -1.000000000 is negative"]),
]
TRADE_CASES: list[Case] = [
    ({"trade_id": None}, ["trade_id is missing"]),
    ({"aggressor_side": None}, []),
    ({"aggressor_side": "BUY"}, []),
    ({"aggressor_side": "3"}, ["aggressor_side 3 is not one of BUY, SELL"]),
    ({"price": Decimal(0)}, ["price 0.000000000 is not positive"]),
    ({"price": LARGEST}, [f"price is beyond {LIMIT}"]),
    ({"quantity": Decimal(-2)}, ["quantity -2.000000000 is not positive"]),
    ({"quantity": LARGEST}, [f"quantity is beyond {LIMIT}"]),
]
LEVEL_CASES: list[Case] = [
    (
        {"is_paired": False, "bid_quantities": []},
        ["bid has 1 prices and 0 quantities, ask has 1 prices and 1 quantities"],
    ),
    ({"lowest_price": 0}, ["price 0.000000000 is not positive"]),
    ({"lowest_price": -(2**63)}, ["price -9223372036.854775808 is not positive"]),
    ({"lowest_quantity": -1}, ["quantity -0.000000001 is negative"]),
    ({"highest_level": CLAMPED_UNITS}, [f"price or quantity 999999999.999999999 is beyond {LIMIT}"]),
    ({"highest_level": 2**63 - 1}, [f"price or quantity 9223372036.854775807 is beyond {LIMIT}"]),
]
QUOTE_CASES: list[Case] = [
    (
        {"is_best_first": False, "bid_prices": [Decimal(99), Decimal(100)]},
        ["first bid 99.000000000 is not the best, which is 100.000000000"],
    ),
    (
        {"is_best_first": False, "ask_prices": [Decimal(101), Decimal("100.5")]},
        ["first ask 101.000000000 is not the best, which is 100.500000000"],
    ),
    ({"bid_price": Decimal(101)}, []),
    ({"bid_price": Decimal(102)}, ["crossed quote: bid 102.000000000 is above ask 101.000000000"]),
    ({"bid_price": None, "bid_prices": []}, []),
    ({"ask_price": None, "ask_prices": []}, []),
    (
        {"lowest_price": 0, "bid_price": Decimal(102), "symbol": None},
        [
            "symbol is missing",
            "price 0.000000000 is not positive",
            "crossed quote: bid 102.000000000 is above ask 101.000000000",
        ],
    ),
]
DEPTH_CASES: list[Case] = [
    ({"kind": "SNAPSHOT"}, []),
    ({"kind": None}, ["kind is missing"]),
    ({"kind": "9"}, ["kind 9 is not one of SNAPSHOT, DIFF"]),
]
CASES: dict[str, list[Case]] = {
    "silver.orders": SENT_CASES + ORDER_CASES,
    "silver.order_events": SENT_CASES + EVENT_CASES,
    "silver.trades": MESSAGE_CASES + TRADE_CASES,
    "silver.quotes": MESSAGE_CASES + LEVEL_CASES + QUOTE_CASES,
    "silver.depth": MESSAGE_CASES + LEVEL_CASES + DEPTH_CASES,
}


def rows_of(table: str, changes: Sequence[Change]) -> pa.RecordBatch:
    """A good row a change, but for what the change says."""
    schema = arrow_schema(StructType([StructField(name, TYPES[name]) for name in GOOD[table]]))
    return pa.RecordBatch.from_pylist([GOOD[table] | change for change in changes], schema)


@pytest.mark.parametrize("table", RULES)
def test_find_violations_says_what_is_wrong(table: str) -> None:
    cases: list[Case] = [({}, []), *CASES[table]]
    found = find_violations(table, rows_of(table, [change for change, _ in cases]))
    assert found == {i: sentences for i, (_, sentences) in enumerate(cases) if sentences}


@pytest.mark.parametrize("table", RULES)
def test_find_violations_of_no_rows(table: str) -> None:
    assert find_violations(table, rows_of(table, [])) == {}


@pytest.mark.parametrize("table", RULES)
def test_every_rule_is_broken_by_a_case(table: str) -> None:
    rows = rows_of(table, [change for change, sentences in CASES[table] if sentences])
    assert [i for i, rule in enumerate(RULES[table]) if not rule.find(rows)] == []


def test_every_silver_table_has_rules() -> None:
    assert set(RULES) == {table.name for table in TABLES}


def test_the_limit_is_where_decoding_clamps() -> None:
    assert CLAMPED_UNITS == LIMIT_UNITS
    assert f"±{LARGEST - Decimal('1e-9')}" == LIMIT
