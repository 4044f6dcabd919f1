"""Trades to partials of a second."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pyarrow as pa

from pipelines.gold.prices_1s import READS, build_price_partials
from schemas.gold import PRICE_PARTIALS
from schemas.silver import SILVER_TRADES
from tests.pipelines.gold.partials import START, columns_of, nanoseconds


def trades_of(*rows: tuple[datetime, int | None, str, str]) -> pa.Table:
    """Trades by time, venue_seq, price and quantity."""
    trades = [("S", ts, nanoseconds(ts), seq, ts.date(), Decimal(p), Decimal(q)) for ts, seq, p, q in rows]
    return columns_of(SILVER_TRADES, READS, trades)


def test_build_price_partials_gives_the_columns_of_the_table() -> None:
    built = build_price_partials(trades_of())
    assert built.schema.equals(PRICE_PARTIALS.arrow_schema)
    assert built.num_rows == 0


def test_build_price_partials_of_a_second() -> None:
    later = START + timedelta(milliseconds=999)
    rows = [(later, 3, "100.5", "2"), (START, 1, "101", "1"), (START, 2, "99.25", "4")]
    assert build_price_partials(trades_of(*rows)).to_pylist() == [
        {
            "symbol": "S",
            "window_start": START,
            "trade_count": 3,
            "quantity": Decimal(7),
            "value": Decimal(699),
            "high_price": Decimal(101),
            "low_price": Decimal("99.25"),
            "first_ns": nanoseconds(START),
            "first_seq": 1,
            "first_price": Decimal(101),
            "last_ns": nanoseconds(later),
            "last_seq": 3,
            "last_price": Decimal("100.5"),
            "event_date": START.date(),
        }
    ]


def test_build_price_partials_of_one_instant_takes_the_sequence_then_the_price() -> None:
    rows = [(START, 7, "2", "1"), (START, None, "3", "1"), (START, 7, "5", "1"), (START, 2, "9", "1")]
    (row,) = build_price_partials(trades_of(*rows)).to_pylist()
    assert (row["first_seq"], row["first_price"], row["last_seq"], row["last_price"]) == (0, 3, 7, 5)


def test_build_price_partials_at_the_borders_of_a_second() -> None:
    midnight = datetime(2024, 8, 9, tzinfo=UTC)
    before = midnight - timedelta(microseconds=1)
    built = build_price_partials(trades_of((before, 1, "1", "1"), (midnight, 2, "1", "1")))
    found = built.select(("window_start", "event_date")).to_pylist()
    assert [tuple(row.values()) for row in found] == [
        (midnight - timedelta(seconds=1), before.date()),
        (midnight, midnight.date()),
    ]
